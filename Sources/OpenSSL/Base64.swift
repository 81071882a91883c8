// SPDX-License-Identifier: Apache-2.0

/// Base64 (RFC 4648), written and read in the one canonical form of each alphabet.
package enum Base64: Sendable {
  /// Section 4: `+` and `/`, padded with `=` to a multiple of four.
  case standard
  /// Section 5: `-` and `_`, without padding.
  case url

  /// Appends the text of `bytes`.
  package func encode(_ bytes: Span<UInt8>, to text: inout [UInt8]) {
    var index = 0
    while index < bytes.count {
      let count = min(3, bytes.count - index)
      var group: UInt32 = 0
      for offset in 0..<3 { group = group << 8 | (offset < count ? UInt32(bytes[index + offset]) : 0) }
      for place in 0...count { text.append(character(UInt8(truncatingIfNeeded: group >> UInt32(18 - 6 * place)) & 63)) }
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
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.count / 4 * 3 + 2)
    return forEachByte(of: text) { bytes.append($0) } ? bytes : nil
  }

  /// Writes the bytes of a text, which must fill `bytes` exactly.
  ///
  /// - Returns: `false`, with `bytes` in no particular state, if ``decode(_:)`` would not give exactly as many.
  package func decode(_ text: Span<UInt8>, into bytes: inout MutableSpan<UInt8>) -> Bool {
    guard let end = endOfCharacters(in: text), end * 6 / 8 == bytes.count else { return false }
    var count = 0
    return forEachByte(of: text) {
      bytes[count] = $0
      count += 1
    }
  }

  /// Calls `body` with each byte of a text; `false` if the text is not canonical, in which case the calls mean nothing.
  private func forEachByte(of text: Span<UInt8>, _ body: (UInt8) -> Void) -> Bool {
    guard let end = endOfCharacters(in: text) else { return false }
    var group: UInt32 = 0
    var bits: UInt32 = 0
    for index in 0..<end {
      guard let value = value(text[index]) else { return false }
      group = group << 6 | UInt32(value)
      bits += 6
      if bits >= 8 {
        bits -= 8
        body(UInt8(truncatingIfNeeded: group >> bits))
        group &= (1 << bits) - 1
      }
    }
    return group == 0
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

  private func character(_ value: UInt8) -> UInt8 {
    switch value {
    case 0..<26: UInt8(ascii: "A") + value
    case 26..<52: UInt8(ascii: "a") + (value - 26)
    case 52..<62: UInt8(ascii: "0") + (value - 52)
    case 62: self == .standard ? UInt8(ascii: "+") : UInt8(ascii: "-")
    default: self == .standard ? UInt8(ascii: "/") : UInt8(ascii: "_")
    }
  }

  private func value(_ character: UInt8) -> UInt8? {
    switch character {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"): character - UInt8(ascii: "A")
    case UInt8(ascii: "a")...UInt8(ascii: "z"): character - UInt8(ascii: "a") + 26
    case UInt8(ascii: "0")...UInt8(ascii: "9"): character - UInt8(ascii: "0") + 52
    case UInt8(ascii: "+") where self == .standard, UInt8(ascii: "-") where self == .url: 62
    case UInt8(ascii: "/") where self == .standard, UInt8(ascii: "_") where self == .url: 63
    default: nil
    }
  }
}
