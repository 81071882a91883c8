// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import HTTP1

@Suite("Sixteen bytes at a time")
struct SixteenBytesTests {
  /// Bit n of the answer for each of 16 bytes that has `byte` in place n and otherwise the byte `other`.
  private static func answers(_ byte: UInt8, _ other: UInt8, _ ask: (SixteenBytes) -> UInt32) -> [UInt32] {
    (0..<16).map { place in
      var bytes = [UInt8](repeating: other, count: 20)
      bytes[place + 2] = byte
      return ask(SixteenBytes(bytes.span, at: 2))
    }
  }

  private static func expected(_ isFound: Bool) -> [UInt32] { (0..<16).map { isFound ? 1 << UInt32($0) : 0 } }

  @Test("every byte at every place is told from the others", arguments: UInt8.min...UInt8.max)
  func everyByte(byte: UInt8) {
    let isLetter = byte.isLetter
    let isHost = isLetter || byte.isDigit || "-._".utf8.contains(byte)
    let isPath = isHost || byte == UInt8(ascii: "/")
    let isQuoted = byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
    #expect(Self.answers(byte, 0x61) { $0.others } == Self.expected(!isLetter && byte != UInt8(ascii: "-")))
    #expect(Self.answers(byte, 0x61) { $0.notOfHost } == Self.expected(!isHost))
    #expect(Self.answers(byte, 0x61) { $0.notOfPath } == Self.expected(!isPath))
    #expect(Self.answers(byte, 0x61) { $0.notPlain & 0xFFFF } == Self.expected(!(0x20..<0x7F).contains(byte)))
    #expect(Self.answers(byte, 0x61) { $0.notPlain >> 16 } == Self.expected(isQuoted))
    // What is passed over unseen must be what the grammar lets through.
    #expect(!isPath || (ByteSet.path.contains(byte) && ByteSet.query.contains(byte)))
    #expect(!isHost || ByteSet.registeredName.contains(byte))
  }

  @Test("all places are told at once")
  func allPlaces() {
    let bytes = Array("a\tb\"c:d/e.f\\g\u{7F}h!".utf8)
    let sixteen = SixteenBytes(bytes.span, at: 0)
    func bits(_ isFound: (UInt8) -> Bool) -> UInt32 {
      bytes.enumerated().reduce(0) { $0 | (isFound($1.element) ? 1 << UInt32($1.offset) : 0) }
    }
    #expect(sixteen.others == bits { !$0.isLetter })
    #expect(sixteen.notPlain == bits { $0 < 0x20 || $0 == 0x7F } | bits { $0 == 0x22 || $0 == 0x5C } << 16)
  }

  @Test("the first byte found is told, or where fewer than sixteen are left", arguments: 0..<50)
  func first(place: Int) {
    var bytes = [UInt8](repeating: UInt8(ascii: "x"), count: 50)
    bytes[place] = UInt8(ascii: ":")
    for start in 0...50 {
      let found = bytes.span.first(from: start) { $0.others }
      let lastLook = start + (50 - start) / 16 * 16
      #expect(found == (place >= start && place < lastLook ? place : lastLook))
    }
  }
}
