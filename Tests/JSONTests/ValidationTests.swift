// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import JSON

/// What is refused, why, and at which byte.
@Suite struct ValidationTests {
  static let invalidTexts: [(text: String, reason: JSONError.Reason, offset: Int)] = [
    ("", .emptyText, 0),
    (" \n", .emptyText, 2),
    ("\u{FEFF}{}", .byteOrderMark, 0),
    ("é", .unexpectedByte, 0),
    ("\u{0}", .unexpectedByte, 0),
    ("{}\u{0}", .trailingBytes, 2),
    ("[]]", .trailingBytes, 2),
    ("1 2", .trailingBytes, 2),
    ("{}//", .trailingBytes, 2),
    ("nul", .unexpectedEnd, 3),
    ("nulL", .unexpectedByte, 3),
    ("True", .unexpectedByte, 0),
    ("trux", .unexpectedByte, 3),
    ("nullx", .trailingBytes, 4),
    ("NaN", .unexpectedByte, 0),
    ("Infinity", .unexpectedByte, 0),
    ("'a'", .unexpectedByte, 0),
    ("[", .unexpectedEnd, 1),
    ("[1", .unexpectedEnd, 2),
    ("[1,", .unexpectedEnd, 3),
    ("[1,]", .unexpectedByte, 3),
    ("[,1]", .unexpectedByte, 1),
    ("[1 2]", .unexpectedByte, 3),
    ("[1:2]", .unexpectedByte, 2),
    ("[1}", .unexpectedByte, 2),
    ("]", .unexpectedByte, 0),
    ("}", .unexpectedByte, 0),
    (",", .unexpectedByte, 0),
    ("{", .unexpectedEnd, 1),
    ("{]", .unexpectedByte, 1),
    ("{,}", .unexpectedByte, 1),
    ("{1:2}", .unexpectedByte, 1),
    (#"{"a""#, .unexpectedEnd, 4),
    (#"{"a"}"#, .unexpectedByte, 4),
    (#"{"a",1}"#, .unexpectedByte, 4),
    (#"{"a":"#, .unexpectedEnd, 5),
    (#"{"a":}"#, .unexpectedByte, 5),
    (#"{"a":1,}"#, .unexpectedByte, 7),
    (#"{"a":1]"#, .unexpectedByte, 6),
    (#"{"a":1 "b":2}"#, .unexpectedByte, 7),
    (#"{"a":1:2}"#, .unexpectedByte, 6),
    ("-", .unexpectedEnd, 1),
    ("-a", .invalidNumber, 1),
    ("+1", .unexpectedByte, 0),
    (".5", .unexpectedByte, 0),
    ("01", .invalidNumber, 1),
    ("-012", .invalidNumber, 2),
    ("00", .invalidNumber, 1),
    ("1.", .unexpectedEnd, 2),
    ("[1.]", .invalidNumber, 3),
    ("1.e1", .invalidNumber, 2),
    ("1e", .unexpectedEnd, 2),
    ("[1e]", .invalidNumber, 3),
    ("1e+", .unexpectedEnd, 3),
    ("1e+-1", .invalidNumber, 3),
    ("0x1", .trailingBytes, 1),
    ("1_0", .trailingBytes, 1),
    ("\"", .unexpectedEnd, 1),
    ("\"abcdefgh", .unexpectedEnd, 9),
    ("\"\n\"", .controlCharacter, 1),
    ("\"abcdefg\u{1F}h\"", .controlCharacter, 8),
    ("\"\u{0}\"", .controlCharacter, 1),
    (#""\"#, .unexpectedEnd, 2),
    (#""\a""#, .invalidEscape, 1),
    (#""\'""#, .invalidEscape, 1),
    (#""\U0041""#, .invalidEscape, 1),
    (#""\u004g""#, .invalidEscape, 1),
    (#""\u004""#, .invalidEscape, 1),
    (#""\u00"#, .unexpectedEnd, 5),
    (#""\ud800""#, .loneSurrogate, 1),
    (#""\udc00""#, .loneSurrogate, 1),
    (#""\ud800x""#, .loneSurrogate, 1),
    (#""\ud800\n""#, .loneSurrogate, 1),
    (#""\ud800\u0041""#, .loneSurrogate, 1),
    (#""\ud800\ud800""#, .loneSurrogate, 1),
    (#""\ud800\u004g""#, .invalidEscape, 7),
    (#""\udc00\ud800""#, .loneSurrogate, 1),
    (#"{"\ud800":1}"#, .loneSurrogate, 2),
  ]

  @Test(arguments: invalidTexts)
  func `an invalid text is refused with its reason and place`(
    text: String, reason: JSONError.Reason, offset: Int
  ) {
    #expect(throws: JSONError(offset: offset, reason: reason)) { try JSON.parse(text) }
  }

  @Test(arguments: Samples.valid)
  func `a valid text is accepted and written compactly`(text: String, compact: String) throws {
    #expect(try JSON.parse(text).description == compact)
  }

  static let invalidUTF8: [[UInt8]] = [
    [0x80], [0xBF], [0xC0, 0x80], [0xC1, 0xBF], [0xC2], [0xC2, 0x20], [0xC2, 0xC2],
    [0xE0, 0x80, 0x80], [0xE0, 0x9F, 0xBF], [0xE1, 0x80], [0xE1, 0x80, 0xC0], [0xED, 0xA0, 0x80], [0xED, 0xBF, 0xBF],
    [0xF0, 0x80, 0x80, 0x80], [0xF0, 0x8F, 0xBF, 0xBF], [0xF1, 0x80, 0x80], [0xF1, 0x80, 0x80, 0xC0],
    [0xF4, 0x90, 0x80, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xFE], [0xFF],
  ]

  @Test(arguments: invalidUTF8, [0, 1, 7, 8, 9])
  func `bytes that are not UTF-8 are refused where they begin`(bytes: [UInt8], position: Int) {
    let text = "\"".utf8 + [UInt8](repeating: 0x61, count: position) + bytes + "\"".utf8
    #expect(throws: JSONError(offset: 1 + position, reason: .invalidUTF8)) { try JSON.parse(text) }
  }

  @Test func `a sequence cut off by the end of the text is refused`() {
    #expect(throws: JSONError(offset: 1, reason: .invalidUTF8)) { try JSON.parse([0x22, 0xF0, 0x9F, 0x98]) }
  }

  /// Reference: the standard library's own validation.
  @Test func `every two-byte string is judged as the standard library judges UTF-8`() {
    for first in UInt8(0x80)...0xFF {
      for second in UInt8(0x23)...0xFF where second != UInt8(ascii: "\\") {
        let isUTF8 = String(validating: [first, second], as: UTF8.self) != nil
        #expect(((try? JSON.parse([0x22, first, second, 0x22])) != nil) == isUTF8, "\(first) \(second)")
      }
    }
  }

  /// Every byte at every position of the eight that are looked at together, and of the rest behind them.
  @Test func `each byte is accepted in a string exactly if it may stand for itself`() {
    for byte in UInt8.min...UInt8.max {
      let isAccepted = byte >= 0x20 && byte < 0x80 && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
      for position in 0..<20 {
        var text = [UInt8](repeating: UInt8(ascii: "x"), count: 22)
        text[0] = UInt8(ascii: "\"")
        text[21] = UInt8(ascii: "\"")
        text[1 + position] = byte
        #expect(((try? JSON.parse(text)) != nil) == isAccepted, "byte \(byte) at \(position)")
      }
    }
  }
}

/// Depth and size.
@Suite struct LimitTests {
  @Test func `depth up to the limit is accepted and one more refused`() throws {
    var tape = JSONTape()
    let fits = [UInt8](repeating: UInt8(ascii: "["), count: 128) + [UInt8](repeating: UInt8(ascii: "]"), count: 128)
    try tape.parse(fits.span)
    let exceeds = "[".utf8 + fits + "]".utf8
    #expect(parseError(exceeds) == JSONError(offset: 128, reason: .tooDeep))
    #expect(parseError(Array("[]".utf8), JSONLimits(maxDepth: 0)) == JSONError(offset: 0, reason: .tooDeep))
    #expect(parseError(Array("1".utf8), JSONLimits(maxDepth: 0)) == nil)
  }

  @Test func `siblings do not add to the depth`() {
    #expect(parseError(Array("[[],{},[[]],{\"a\":{}}]".utf8), JSONLimits(maxDepth: 3)) == nil)
  }

  @Test func `100,000 open containers neither crash nor pass by default`() {
    let arrays = [UInt8](repeating: UInt8(ascii: "["), count: 100_000)
    let objects = Array(String(repeating: "{\"a\":", count: 100_000).utf8)
    #expect(parseError(arrays) == JSONError(offset: 128, reason: .tooDeep))
    #expect(parseError(arrays, JSONLimits(maxDepth: .max)) == JSONError(offset: 100_000, reason: .unexpectedEnd))
    #expect(parseError(objects, JSONLimits(maxDepth: .max)) == JSONError(offset: 500_000, reason: .unexpectedEnd))
  }

  @Test func `a tape reads 100,000 nested arrays if it may`() throws {
    let text =
      [UInt8](repeating: UInt8(ascii: "["), count: 100_000) + [UInt8](repeating: UInt8(ascii: "]"), count: 100_000)
    var tape = JSONTape()
    try tape.parse(text.span, limits: JSONLimits(maxDepth: 100_000))
    var depth = 1
    var node = tape.root
    while let child = tape.firstChild(of: node) {
      node = child
      depth += 1
    }
    #expect(depth == 100_000)
    #expect(tape.range(of: node) == 99_999..<100_001)
  }

  @Test func `a tree is never deeper than its own limit`() throws {
    let deepest = String(repeating: "[", count: JSON.maxDepth) + String(repeating: "]", count: JSON.maxDepth)
    let tree = try JSON.parse(deepest, limits: JSONLimits(maxDepth: .max))
    #expect(tree.description == deepest)
    #expect(throws: JSONError(offset: JSON.maxDepth, reason: .tooDeep)) {
      try JSON.parse("[\(deepest)]", limits: JSONLimits(maxDepth: .max))
    }
  }

  @Test func `a text above the size limit is refused unread`() {
    #expect(parseError(Array("[1]".utf8), JSONLimits(maxBytes: 3)) == nil)
    #expect(parseError(Array("[1]x".utf8), JSONLimits(maxBytes: 3)) == JSONError(offset: 3, reason: .tooLarge))
  }

  @Test func `an error says what and where`() {
    #expect(JSONError(offset: 17, reason: .invalidUTF8).description == "invalid UTF-8 at byte 17")
  }

  private func parseError(_ bytes: [UInt8], _ limits: JSONLimits = .standard) -> JSONError? {
    var tape = JSONTape()
    do throws(JSONError) {
      try tape.parse(bytes.span, limits: limits)
      return nil
    } catch {
      return error
    }
  }
}
