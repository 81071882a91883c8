// SPDX-License-Identifier: Apache-2.0

/// Decodes paths and queries of request targets (RFC 3986, 2.1). One pass, never twice; the result must be UTF-8 without
/// NUL, else it is nil.
package enum PercentCoding {
  /// The decoded segments of a path that begins with "/", or is empty, which means "/": `/a/b%20c/` is `a`, `b c` and an
  /// empty one; `/` is one empty one.
  ///
  /// nil also for a segment that is "." or "..", however written, or that hides a "/": what a route or a file name is
  /// made of must mean the same before and after decoding.
  package static func segments(of path: Range<Int>, in bytes: Span<UInt8>) -> [String]? {
    guard !path.isEmpty else { return [""] }
    guard bytes[path.lowerBound] == UInt8(ascii: "/") else { return nil }
    var segments: [String] = []
    var first = path.lowerBound + 1
    for index in first..<path.upperBound where bytes[index] == UInt8(ascii: "/") {
      guard let segment = segment(first..<index, in: bytes) else { return nil }
      segments.append(segment)
      first = index + 1
    }
    guard let last = segment(first..<path.upperBound, in: bytes) else { return nil }
    segments.append(last)
    return segments
  }

  /// The items of a query, split at "&" and at the first "=" of each; "+" is a space, as HTML forms and URL libraries
  /// write it. An item without "=" has an empty value; empty items are skipped. Names may repeat; the order is kept.
  package static func queryItems(of query: Range<Int>, in bytes: Span<UInt8>) -> [QueryItem]? {
    var items: [QueryItem] = []
    var first = query.lowerBound
    while first <= query.upperBound {
      var end = first
      var equals: Int?
      while end < query.upperBound, bytes[end] != UInt8(ascii: "&") {
        if equals == nil, bytes[end] == UInt8(ascii: "=") { equals = end }
        end += 1
      }
      if end > first {
        guard
          let name = decode(first..<(equals ?? end), in: bytes, plusIsSpace: true),
          let value = decode((equals.map { $0 + 1 } ?? end)..<end, in: bytes, plusIsSpace: true)
        else { return nil }
        items.append(QueryItem(name: name, value: value))
      }
      first = end + 1
    }
    return items
  }

  /// The decoded text. nil for a "%" without two hexadecimal digits, for NUL and for what is not UTF-8.
  package static func decode(_ range: Range<Int>, in bytes: Span<UInt8>, plusIsSpace: Bool = false) -> String? {
    var decoded: [UInt8] = []
    decoded.reserveCapacity(range.count)
    var index = range.lowerBound
    while index < range.upperBound {
      var byte = bytes[index]
      index += 1
      if byte == UInt8(ascii: "%") {
        guard
          index + 2 <= range.upperBound, let high = bytes[index].hexValue, let low = bytes[index + 1].hexValue
        else { return nil }
        byte = high << 4 | low
        index += 2
      } else if plusIsSpace, byte == UInt8(ascii: "+") {
        byte = .space
      }
      guard byte != 0 else { return nil }
      decoded.append(byte)
    }
    return String(validating: decoded, as: UTF8.self)
  }

  private static func segment(_ range: Range<Int>, in bytes: Span<UInt8>) -> String? {
    guard let text = decode(range, in: bytes), text != ".", text != "..", !text.utf8.contains(UInt8(ascii: "/")) else {
      return nil
    }
    return text
  }
}

/// One `name=value` of a query, decoded.
package struct QueryItem: Hashable, Sendable {
  package let name: String
  package let value: String

  package init(name: String, value: String) {
    self.name = name
    self.value = value
  }
}
