// SPDX-License-Identifier: Apache-2.0

/// A named input with the verdict it must get.
package struct Case<Expected: Sendable & Hashable>: Sendable {
  package var name: String
  package var bytes: [UInt8]
  package var expected: Expected

  package init(_ name: String, _ text: String, _ expected: Expected) {
    self.name = name
    bytes = text.bytes
    self.expected = expected
  }
}

extension String {
  /// One byte for every character U+0000 to U+00FF, so that a table can spell any byte.
  package var bytes: [UInt8] { unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) } }
}
