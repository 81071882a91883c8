// SPDX-License-Identifier: Apache-2.0

/// Content-Type values (RFC 9110, 8.3.1).
package enum MediaType {
  /// Whether a field value is the media type `essence`, with any valid parameters:
  /// `Application/JSON; charset=utf-8` is `application/json`. A malformed value is nothing.
  /// - Parameter essence: type, "/" and subtype in lower case.
  package static func isEqual(_ value: Range<Int>, in bytes: Span<UInt8>, to essence: String) -> Bool {
    var end = value.lowerBound
    while end < value.upperBound, bytes[end] == UInt8(ascii: "/") || ByteSet.token.contains(bytes[end]) { end += 1 }
    return bytes.matches(value.lowerBound..<end, ignoringCase: essence)
      && areParameters(end..<value.upperBound, in: bytes)
  }

  /// parameters = *( OWS ";" OWS [ token "=" ( token / quoted-string ) ] ) (RFC 9110, 5.6.6)
  private static func areParameters(_ range: Range<Int>, in bytes: Span<UInt8>) -> Bool {
    var index = range.lowerBound
    func skip(while condition: (UInt8) -> Bool) -> Int {
      let first = index
      while index < range.upperBound, condition(bytes[index]) { index += 1 }
      return index - first
    }
    while true {
      _ = skip(while: \.isBlank)
      guard index < range.upperBound else { return true }
      guard bytes[index] == UInt8(ascii: ";") else { return false }
      index += 1
      _ = skip(while: \.isBlank)
      guard skip(while: ByteSet.token.contains) > 0 else { continue }
      guard index < range.upperBound, bytes[index] == UInt8(ascii: "=") else { return false }
      index += 1
      if index < range.upperBound, bytes[index] == UInt8(ascii: "\"") {
        guard let end = quotedEnd(index + 1..<range.upperBound, in: bytes) else { return false }
        index = end
      } else if skip(while: ByteSet.token.contains) == 0 {
        return false
      }
    }
  }

  /// The place behind the closing quote.
  private static func quotedEnd(_ range: Range<Int>, in bytes: Span<UInt8>) -> Int? {
    var isEscaped = false
    for index in range {
      let byte = bytes[index]
      if isEscaped {
        guard byte.isFieldContent else { return nil }
        isEscaped = false
      } else if byte == UInt8(ascii: "\"") {
        return index + 1
      } else if byte == UInt8(ascii: "\\") {
        isEscaped = true
      } else if byte < 0x80, !ByteSet.quotedText.contains(byte) {
        return nil
      }
    }
    return nil
  }
}
