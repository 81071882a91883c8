// SPDX-License-Identifier: Apache-2.0

import JSON
import Testing

@testable import Callbacks

@Suite struct RecentTextTests {
  /// Reads one JSON value after the other with the same memory.
  private func read(_ values: [String], orNumbers: Bool = false) throws -> [String?] {
    var recent = RecentText()
    var tape = JSONTape()
    var texts: [String?] = []
    for value in values {
      let bytes = Array(value.utf8)
      try tape.parse(bytes.span)
      texts.append(
        orNumbers
          ? recent.textOrNumber(tape.root, tape, in: bytes.span) : recent.text(tape.root, tape, in: bytes.span))
    }
    return texts
  }

  @Test func `every text is read as it stands, whichever came before`() throws {
    // Equal but for one byte at each place, and of every length up to beyond what is kept.
    var texts = (1...80).map { String(repeating: "a", count: $0) }
    for length in [1, 7, 8, 9, 15, 16, 17, 63, 64, 65] {
      for place in 0..<length {
        var text = Array(repeating: UInt8(ascii: "a"), count: length)
        text[place] = UInt8(ascii: "b")
        texts.append(String(decoding: text, as: UTF8.self))
      }
    }
    let again = texts.flatMap { [$0, $0, texts[0]] }
    #expect(try read(again.map { "\"\($0)\"" }) == again)
  }

  @Test func `escapes are decoded and never taken for the text they are written as`() throws {
    #expect(try read([#""a\nb""#, #""a\nb""#, #""a\\nb""#, #""a\nb""#]) == ["a\nb", "a\nb", "a\\nb", "a\nb"])
    #expect(
      try read([#""é""#, #""\u00e9""#, "\"e\u{301}\""]).map { $0.map { Array($0.utf8) } } == [
        [0xC3, 0xA9], [0xC3, 0xA9], [0x65, 0xCC, 0x81],
      ])
  }

  @Test func `what is no text is none, also behind one`() throws {
    #expect(try read([#""a""#, "\"\"", "null", "7", "[\"a\"]", #""a""#]) == ["a", nil, nil, nil, nil, "a"])
    var recent = RecentText()
    #expect(recent.text(nil, JSONTape(), in: [UInt8]().span) == nil)
  }

  @Test func `numbers are read as they are written, whichever came before, and whether as numbers or as texts`() throws
  {
    let long = String(repeating: "1", count: 80)
    let values = [
      "30", "30", #""30""#, "3", "30.0", "3e1", #""3e1""#, "-30", long, long, "null", "30", #""x""#, "[30]",
    ]
    let texts = ["30", "30", "30", "3", "30.0", "3e1", "3e1", "-30", long, long, nil, "30", "x", nil]
    #expect(try read(values, orNumbers: true) == texts)
  }
}
