// SPDX-License-Identifier: Apache-2.0

/// Base64 (RFC 4648), written and read in the one canonical form of each alphabet.
package enum Base64: Sendable {
  /// Section 4: `+` and `/`, padded with `=` to a multiple of four.
  case standard
  /// Section 5: `-` and `_`, without padding.
  case url

  /// Appends the text of `bytes`.
  package func encode(_ bytes: Span<UInt8>, to text: inout [UInt8]) {
    let characters = self == .standard ? Self.standardCharacters : Self.urlCharacters
    var index = 0
    while index < bytes.count {
      let count = min(3, bytes.count - index)
      var group: UInt32 = 0
      for offset in 0..<3 { group = group << 8 | (offset < count ? UInt32(bytes[index + offset]) : 0) }
      for place in 0...count { text.append(characters[Int(group >> UInt32(18 - 6 * place) & 63)]) }
      if self == .standard { for _ in count..<3 { text.append(UInt8(ascii: "=")) } }
      index += 3
    }
  }

  /// The text of `bytes`.
  package func encode(_ bytes: Span<UInt8>) -> String {
    var text: [UInt8] = []
    text.reserveCapacity((bytes.count + 2) / 3 * 4)
    encode(bytes, to: &text)
    return String(decoding: text, as: UTF8.self)
  }

  /// The bytes of a text; `nil` if it is not exactly what ``encode(_:)`` would write for them.
  ///
  /// So white space, missing or spare padding and bits left over in the last character (RFC 4648 section 3.5) are
  /// refused: one value has one text.
  package func decode(_ text: Span<UInt8>) -> [UInt8]? {
    guard let end = endOfCharacters(in: text) else { return nil }
    var bytes = [UInt8](repeating: 0, count: end * 6 / 8)
    var span = bytes.mutableSpan
    return decode(text, into: &span) ? bytes : nil
  }

  /// Writes the bytes of a text, which must fill `bytes` exactly.
  ///
  /// - Returns: `false`, with `bytes` in no particular state, if ``decode(_:)`` would not give exactly as many.
  package func decode(_ text: Span<UInt8>, into bytes: inout MutableSpan<UInt8>) -> Bool {
    guard let end = endOfCharacters(in: text), end * 6 / 8 == bytes.count else { return false }
    let values = (self == .standard ? Self.standardValues : Self.urlValues).span
    var left = text.extracting(first: end)
    var count = 0
    while left.count >= 4 {
      guard let group = Self.group(of: left.extracting(first: 4), values) else { return false }
      bytes[count] = UInt8(truncatingIfNeeded: group &>> 16)
      bytes[count &+ 1] = UInt8(truncatingIfNeeded: group &>> 8)
      bytes[count &+ 2] = UInt8(truncatingIfNeeded: group)
      left = left.extracting(droppingFirst: 4)
      count &+= 3
    }
    guard left.count > 0 else { return true }
    guard var rest = Self.group(of: left, values) else { return false }
    // Two characters for one byte, three for two: what is over must be nothing.
    rest &<<= UInt32(6 &* (4 &- left.count))
    while count < bytes.count {
      bytes[count] = UInt8(truncatingIfNeeded: rest &>> 16)
      rest = rest &<< 8 & 0xFF_FFFF
      count &+= 1
    }
    return rest == 0
  }

  /// The bits of up to four characters, those of the last one lowest; `nil` if one is no character.
  @inline(__always)
  private static func group(of text: Span<UInt8>, _ values: Span<UInt8>) -> UInt32? {
    var group: UInt32 = 0
    var seen: UInt8 = 0
    for index in text.indices {
      let value = values[Int(text[index])]
      seen |= value
      group = group &<< 6 | UInt32(value)
    }
    return seen < 64 ? group : nil
  }

  /// Where the padding begins; `nil` if the length or the amount of padding is impossible.
  private func endOfCharacters(in text: Span<UInt8>) -> Int? {
    var end = text.count
    if self == .standard {
      guard end % 4 == 0 else { return nil }
      for _ in 0..<2 where end > 0 && text[end - 1] == UInt8(ascii: "=") { end -= 1 }
    }
    return end % 4 == 1 ? nil : end
  }

  private static let common = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
  private static let standardCharacters = Array((common + "+/").utf8)
  private static let urlCharacters = Array((common + "-_").utf8)
  private static let standardValues = values(of: standardCharacters)
  private static let urlValues = values(of: urlCharacters)

  /// The value of every byte; 255 for those that are no characters.
  private static func values(of characters: [UInt8]) -> [UInt8] {
    var values = [UInt8](repeating: 255, count: 256)
    for (value, character) in characters.enumerated() { values[Int(character)] = UInt8(value) }
    return values
  }
}
