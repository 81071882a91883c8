// SPDX-License-Identifier: Apache-2.0

import CVector
import Testing

@testable import JSON

/// Strings are read 64 bytes at a time; here is the plain way beside it.
@Suite struct StringBlockTests {
  /// Whatever a string's reader tells apart, and a few that it does not.
  private static let pieces: [[UInt8]] =
    ["a", " ", "~", "\"", "\\", "\\\"", "\\\\", "\\n", "\\u00e9", "\\ud83d\\ude00", "é", "€", "😀", "/", "!", "[", "]"]
    .map {
      Array($0.utf8)
    } + [[0x00], [0x1F], [0x20], [0x7F], [0x80], [0xC3], [0xFF], Array("\\u00".utf8), Array("\\ud800".utf8)]

  @Test func `marks are what a look at every byte finds, with and without vectors`() {
    var random = SplitMix64(state: 1)
    for _ in 0..<2000 {
      let bytes = (0..<64).map { _ in Self.pieces.randomElement(using: &random)?.first ?? 0 }
      let words = (0..<8).map { Words.load(bytes.span, at: 8 * $0) }
      let (a, b, c, d) = (words[0], words[1], words[2], words[3])
      let (e, f, g, h) = (words[4], words[5], words[6], words[7])
      for marks in [hl_mark_string(a, b, c, d, e, f, g, h), hl_mark_string_portably(a, b, c, d, e, f, g, h)] {
        #expect(marks.quotes == mask(of: bytes) { $0 == ASCII.quote })
        #expect(marks.backslashes == mask(of: bytes) { $0 == ASCII.backslash })
        #expect(marks.unusual == mask(of: bytes) { $0 < 0x20 || $0 > 0x7F })
      }
    }
  }

  @Test func `every byte is marked alike with and without vectors`() {
    for byte in UInt8.min ... .max {
      let word = Words.every(byte)
      let one = hl_mark_string(word, 0, word, 0, word, 0, word, 0)
      let other = hl_mark_string_portably(word, 0, word, 0, word, 0, word, 0)
      #expect((one.quotes, one.backslashes, one.unusual) == (other.quotes, other.backslashes, other.unusual))
    }
  }

  @Test func `a string of any length at any place ends where the plain way finds its end`() {
    for length in 0..<200 {
      for before in [0, 1, 7, 61, 62, 63, 64, 65, 127, 128] {
        let text = String(repeating: "b", count: before)
        for escape in ["", "\\\"", "\\\\", "\\n", "é"] {
          expectPlain(Array("[\"\(text)\",\"\(String(repeating: "a", count: length))\(escape)\"]".utf8))
          expectPlain(Array("[\"\(text)\",\"\(escape)\(String(repeating: "a", count: length))\"]".utf8))
        }
      }
    }
  }

  @Test func `random strings end or fail where the plain way says, wherever the text is cut`() {
    var random = SplitMix64(state: 2)
    for _ in 0..<300 {
      let count = Int.random(in: 0..<80, using: &random)
      var text = Array("[\"".utf8)
      for _ in 0..<count {
        let isOrdinary = Int.random(in: 0..<3, using: &random) > 0
        text += isOrdinary ? [UInt8(ascii: "x")] : Self.pieces.randomElement(using: &random) ?? []
      }
      text += Array("\",\"last\"]".utf8)
      for end in 0...text.count { expectPlain(Array(text[..<end])) }
    }
  }

  private func mask(of bytes: [UInt8], where isMarked: (UInt8) -> Bool) -> UInt64 {
    bytes.enumerated().reduce(0) { $0 | (isMarked($1.element) ? 1 << UInt64($1.offset) : 0) }
  }

  /// Whether the tape says of a list of strings what the plain way does.
  private func expectPlain(_ bytes: [UInt8], sourceLocation: SourceLocation = #_sourceLocation) {
    let written = String(decoding: bytes, as: UTF8.self)
    do throws(JSONError) {
      let strings = try PlainReader.strings(of: bytes)
      guard let text = try? ParsedText(bytes) else {
        Issue.record("refused: \(written)", sourceLocation: sourceLocation)
        return
      }
      var found: [PlainReader.Found] = []
      text.elements(of: text.root) {
        found.append(PlainReader.Found(range: text.range($0), hasEscapes: text.hasEscapes($0)))
      }
      #expect(found == strings, "\(written)", sourceLocation: sourceLocation)
    } catch {
      #expect(throws: error, "\(written)", sourceLocation: sourceLocation) { try ParsedText(bytes) }
    }
  }
}

/// Reads lists of strings, byte by byte.
private enum PlainReader {
  struct Found: Equatable {
    let range: Range<Int>
    let hasEscapes: Bool
  }

  static func strings(of bytes: [UInt8]) throws(JSONError) -> [Found] {
    var found: [Found] = []
    guard !bytes.isEmpty else { throw JSONError(offset: 0, reason: .emptyText) }
    var i = try pass([ASCII.openBracket], bytes, at: 0)
    while true {
      i = try pass([ASCII.quote], bytes, at: i)
      let start = i - 1
      var hasEscapes = false
      while i < bytes.count, bytes[i] != ASCII.quote {
        switch bytes[i] {
        case ASCII.backslash:
          hasEscapes = true
          i = try Scan.escape(bytes.span, from: i).end
        case 0x80...: i = try Scan.multibyte(bytes.span, from: i)
        case ..<0x20: throw JSONError(offset: i, reason: .controlCharacter)
        default: i += 1
        }
      }
      guard i < bytes.count else { throw JSONError(offset: i, reason: .unexpectedEnd) }
      i += 1
      found.append(Found(range: start..<i, hasEscapes: hasEscapes))
      i = try pass([ASCII.comma, ASCII.closeBracket], bytes, at: i)
      if bytes[i - 1] == ASCII.closeBracket { break }
    }
    i = bytes[i...].firstIndex { !ASCII.isWhiteSpace($0) } ?? bytes.count
    guard i == bytes.count else { throw JSONError(offset: i, reason: .trailingBytes) }
    return found
  }

  private static func pass(_ allowed: [UInt8], _ bytes: [UInt8], at offset: Int) throws(JSONError) -> Int {
    let place = bytes[offset...].firstIndex { !ASCII.isWhiteSpace($0) } ?? bytes.count
    guard place < bytes.count else { throw JSONError(offset: place, reason: .unexpectedEnd) }
    guard allowed.contains(bytes[place]) else { throw JSONError(offset: place, reason: .unexpectedByte) }
    return place + 1
  }
}
