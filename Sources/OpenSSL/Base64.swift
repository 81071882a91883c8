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
    let characters = text.extracting(first: end)
    return self == .standard
      ? Self.decode(characters, by: Self.standardValues.span, into: &bytes)
      : Self.decode(characters, by: Self.urlValues.span, into: &bytes)
  }

  /// Reads characters whose number is the right one for `bytes`.
  private static func decode(
    _ characters: Span<UInt8>, by values: Span<Int8>, into bytes: inout MutableSpan<UInt8>
  ) -> Bool {
    precondition(values.count == 256)
    var left = characters
    var count = 0
    // Eight characters are six bytes, which are written as eight: the last two are written over by the next.
    while left.count >= 8, bytes.count &- count >= 8 {
      var group: UInt64 = 0
      for index in 0..<8 { group = group &<< 6 | bits(left[index], values) }
      // Of a byte that is no character all bits are set, and wherever it stood, some of them are beyond the six bytes.
      guard group &>> 48 == 0 else { return false }
      group &<<= 16
      var rest = bytes._mutatingExtracting(count..<bytes.count)
      // Stands for the checks of the eight, and the compiler makes one store of them.
      precondition(rest.count >= 8)
      for place in 0..<8 { rest[place] = UInt8(truncatingIfNeeded: group &>> UInt64(56 &- 8 &* place)) }
      left = left.extracting(droppingFirst: 8)
      count &+= 6
    }
    // What is left is at most ten characters.
    var pending: UInt64 = 0
    var pendingBits = 0
    for index in left.indices {
      let value = bits(left[index], values)
      guard value < 64 else { return false }
      pending = pending &<< 6 | value
      pendingBits &+= 6
      guard pendingBits >= 8 else { continue }
      pendingBits &-= 8
      bytes[count] = UInt8(truncatingIfNeeded: pending &>> UInt64(pendingBits))
      count &+= 1
    }
    // What is over behind the last byte must be nothing.
    return pending & ((1 &<< UInt64(pendingBits)) &- 1) == 0
  }

  @inline(__always)
  private static func bits(_ character: UInt8, _ values: Span<Int8>) -> UInt64 {
    UInt64(bitPattern: Int64(values[Int(character)]))
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
  /// The value of every byte; -1 for those that are no characters.
  private static let standardValues = values(of: standardCharacters)
  private static let urlValues = values(of: urlCharacters)

  private static func values(of characters: [UInt8]) -> [Int8] {
    var values = [Int8](repeating: -1, count: 256)
    for (value, character) in characters.enumerated() { values[Int(character)] = Int8(value) }
    return values
  }
}
