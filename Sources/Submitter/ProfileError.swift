// SPDX-License-Identifier: Apache-2.0

/// One thing that is wrong, and where.
package struct ValidationError: Error, Hashable, Sendable, CustomStringConvertible {
  /// A JSON Pointer (RFC 6901) into the request body: inputs begin with `/input`.
  package let pointer: String
  /// What must be, in plain words without a subject: `must be a string`.
  package let message: String

  package init(pointer: String, message: String) {
    self.pointer = pointer
    self.message = message
  }

  package var description: String { "\(pointer.isEmpty ? "/" : pointer) \(message)" }
}

/// Collects errors up to a number that no person reads to the end.
struct ValidationErrors {
  private static let limit = 100
  private(set) var all: [ValidationError] = []

  var isFull: Bool { all.count >= Self.limit }

  mutating func add(_ pointer: String, _ message: String) {
    if !isFull { all.append(ValidationError(pointer: pointer, message: message)) }
  }
}

/// Writes JSON Pointers; the JSON module follows them.
enum JSONPointer {
  /// One step deeper (RFC 6901, 3).
  static func appending(_ name: String, to pointer: String) -> String {
    var result = pointer + "/"
    for scalar in name.unicodeScalars {
      switch scalar {
      case "~": result += "~0"
      case "/": result += "~1"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}
