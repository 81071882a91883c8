// SPDX-License-Identifier: Apache-2.0

/// The name of a field, laid out so that names in a message are compared with it sixteen bytes at a time.
package struct FieldName: Sendable {
  private let count: Int
  private let front: SixteenBytes
  private let back: SixteenBytes

  /// - Parameter name: lower-case ASCII of 16 to 32 bytes.
  package init(_ name: StaticString) {
    count = name.utf8CodeUnitCount
    precondition(16...32 ~= count)
    let bytes = Array("\(name)".utf8)
    front = SixteenBytes(bytes.span, at: 0)
    back = SixteenBytes(bytes.span, at: count - 16)
  }

  /// Whether this name stands in that place of the message, in any mixture of cases.
  @inline(__always)
  func matches(_ place: Range<Int>, in message: Span<UInt8>) -> Bool {
    // The end first: names that are looked for begin alike.
    place.count == count
      && SixteenBytes(message, at: place.upperBound &- 16).isEqualIgnoringCase(back)
      && SixteenBytes(message, at: place.lowerBound).isEqualIgnoringCase(front)
  }
}
