// SPDX-License-Identifier: Apache-2.0

package import HTTP1

/// Fields that a listener adds to every answer of its own, faults included, unless the answer has one of the same name.
/// Their lines are put together once.
package struct StandingFields: Sendable {
  /// None.
  package static let none = StandingFields([])

  private let names: [String]
  private let lines: [[UInt8]]
  private let all: [UInt8]

  /// - Parameter fields: A field that cannot be written is a fault of the program and traps.
  package init(_ fields: [ResponseHead.Field]) {
    names = fields.map { $0.name.lowercased() }
    lines = fields.map { field in
      var line: [UInt8] = []
      do {
        try ResponseWriter.appendField(field.name, field.value, to: &line)
      } catch {
        preconditionFailure("a standing field that cannot be written: \(error)")
      }
      return line
    }
    all = Array(lines.joined())
  }

  /// Appends what the answer does not say itself.
  func append(besides own: [ResponseHead.Field], to buffer: inout [UInt8]) {
    guard own.contains(where: { field in names.contains { field.name.isFieldName($0) } }) else {
      buffer.append(contentsOf: all)
      return
    }
    for (name, line) in zip(names, lines) where !own.contains(where: { $0.name.isFieldName(name) }) {
      buffer.append(contentsOf: line)
    }
  }

  /// Appends all.
  func append(to buffer: inout [UInt8]) {
    buffer.append(contentsOf: all)
  }
}

extension String {
  /// Whether it names the field of that name, which is lower-case (RFC 9110, 5.1).
  fileprivate func isFieldName(_ name: String) -> Bool {
    let utf8 = utf8
    return utf8.span.matches(0..<utf8.count, ignoringCase: name)
  }
}
