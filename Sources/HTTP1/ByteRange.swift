// SPDX-License-Identifier: Apache-2.0

/// A Range request for one range of bytes (RFC 9110, 14.1.2).
package enum ByteRange: Hashable, Sendable {
  /// `bytes=first-last`, both inclusive, first ≤ last.
  case bounded(first: Int64, last: Int64)
  /// `bytes=first-`
  case from(Int64)
  /// `bytes=-count`: that many at the end.
  case suffix(Int64)

  /// nil for another unit, for more than one range, for numbers beyond 63 bits and for anything malformed. A server is
  /// free to ignore such a field and to answer with the whole (RFC 9110, 14.2).
  package init?(_ value: Range<Int>, in bytes: Span<UInt8>) {
    let unit = value.prefix(6)
    let range = value.dropFirst(6)
    guard
      bytes.matches(unit.startIndex..<unit.endIndex, ignoringCase: "bytes="),
      let dash = range.first(where: { bytes[$0] == UInt8(ascii: "-") })
    else { return nil }
    let first = range.startIndex..<dash
    let last = dash + 1..<range.endIndex
    switch (first.isEmpty, last.isEmpty) {
    case (true, true): return nil
    case (true, false):
      guard let count = Self.number(last, in: bytes) else { return nil }
      self = .suffix(count)
    case (false, true):
      guard let first = Self.number(first, in: bytes) else { return nil }
      self = .from(first)
    case (false, false):
      guard let first = Self.number(first, in: bytes), let last = Self.number(last, in: bytes), first <= last else {
        return nil
      }
      self = .bounded(first: first, last: last)
    }
  }

  /// The half-open range within a file of `size` bytes; nil if it has no byte in it (416).
  package func resolved(size: Int64) -> Range<Int64>? {
    switch self {
    case .bounded(let first, let last): first < size ? first..<min(last, size - 1) + 1 : nil
    case .from(let first): first < size ? first..<size : nil
    case .suffix(let count): count > 0 && size > 0 ? max(0, size - count)..<size : nil
    }
  }

  private static func number(_ range: Range<Int>, in bytes: Span<UInt8>) -> Int64? {
    var number: Int64 = 0
    for index in range {
      guard bytes[index].isDigit else { return nil }
      let (scaled, overflow) = number.multipliedReportingOverflow(by: 10)
      let (sum, carry) = scaled.addingReportingOverflow(Int64(bytes[index] &- 0x30))
      guard !overflow, !carry else { return nil }
      number = sum
    }
    return number
  }
}
