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
    names = fields.map(\.name)
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
    guard own.contains(where: { field in names.contains { $0.isFieldName(field.name) } }) else {
      buffer.append(contentsOf: all)
      return
    }
    for (name, line) in zip(names, lines) where !own.contains(where: { name.isFieldName($0.name) }) {
      buffer.append(contentsOf: line)
    }
  }

  /// Appends all.
  func append(to buffer: inout [UInt8]) {
    buffer.append(contentsOf: all)
  }
}

extension String {
  /// Whether both name the same field (RFC 9110, 5.1).
  fileprivate func isFieldName(_ other: String) -> Bool {
    utf8.count == other.utf8.count
      && zip(utf8, other.utf8).allSatisfy { $0 == $1 || ($0 | 0x20 == $1 | 0x20 && 0x61...0x7A ~= $0 | 0x20) }
  }
}
