// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import HTTP1

@Suite("Lines that are read whole")
struct WholeLineTests {
  private static func head(_ line: [UInt8], version: String = "HTTP/1.1") -> [UInt8] {
    Array("GET / \(version)\r\nHost: h\r\n".utf8) + line + Array("\r\nA: b\r\n\r\nand a body behind it".utf8)
  }

  @Test("every byte at every place of a name counts as when it comes alone", arguments: 0..<20)
  func names(place: Int) {
    for byte in UInt8.min...UInt8.max {
      var line = Array("X-Some-Longer-Name42: value".utf8)
      line[place] = byte
      let bytes = Self.head(line)
      #expect(whole(bytes) == dripped(bytes).verdict, "\(byte)")
    }
  }

  @Test("every byte at every place of a value counts as when it comes alone", arguments: 0..<20)
  func values(place: Int) {
    for byte in UInt8.min...UInt8.max {
      var line = Array("N: some longer value, 42".utf8)
      line[place + 2] = byte
      let bytes = Self.head(line)
      #expect(whole(bytes) == dripped(bytes).verdict, "\(byte)")
    }
  }

  @Test("every byte at every place of the version and its line's end counts as when it comes alone", arguments: 0..<10)
  func versions(place: Int) {
    for byte in UInt8.min...UInt8.max {
      var bytes = Self.head([])
      bytes[place + 6] = byte
      #expect(whole(bytes) == dripped(bytes).verdict, "\(byte)")
    }
  }

  @Test("it is known of a head that came whole whether all its values are plain text", arguments: 0..<40)
  func plainValues(place: Int) {
    for byte in UInt8.min...UInt8.max {
      var line = Array("N: ".utf8) + [UInt8](repeating: UInt8(ascii: "v"), count: 40)
      line[place + 3] = byte
      let bytes = Self.head(line)
      var parser = RequestParser()
      guard case .head = parser.parse(bytes.span, from: 0) else { continue }
      let isPlain = (0x20..<0x7F).contains(byte) && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
      #expect(parser.head.hasPlainValues == isPlain, "\(byte)")
    }
    var parser = RequestParser()
    let bytes = Self.head(Array("N: v".utf8))
    for end in bytes.indices {
      if case .head = parser.parse(bytes.span.extracting(0..<end), from: 0) { break }
    }
    #expect(!parser.head.hasPlainValues)
  }

  @Test("a head may have as many fields and bytes as its limits say, and one more is too many")
  func limits() {
    let line = "Some-Name: some value\r\n"
    let bytes = Array(("GET / HTTP/1.1\r\nHost: h\r\n" + String(repeating: line, count: 9) + "\r\n").utf8)
    for (fields, head) in [(10, bytes.count), (9, bytes.count), (10, bytes.count - 1), (10, bytes.count - 30)] {
      let limits = HTTPLimits(head: head, fields: fields)
      let verdict = whole(bytes, limits: limits)
      #expect(verdict == dripped(bytes, limits: limits).verdict)
      #expect(verdict.status == (fields == 10 && head == bytes.count ? 200 : 431))
    }
  }
}

@Suite("Comparing in any mixture of cases")
struct MatchingTests {
  private static func matches(_ bytes: [UInt8], _ range: Range<Int>, _ text: String) -> Bool {
    bytes.span.matches(range, ignoringCase: text)
  }

  @Test(
    "letters match in both cases, everything else only itself",
    arguments: ["host", "content-length", "x-webhook-signature"])
  func everyByte(text: String) {
    let wanted = Array(text.utf8)
    for place in wanted.indices {
      for byte in UInt8.min...UInt8.max {
        var sent = Array(text.uppercased().utf8)
        sent[place] = byte
        #expect(Self.matches(sent, 0..<sent.count, text) == (byte.lowercased == wanted[place]), "\(byte)")
      }
    }
  }

  @Test("only the whole range counts")
  func lengths() {
    let bytes = Array("xHostx".utf8)
    #expect(Self.matches(bytes, 1..<5, "host"))
    for range in [0..<5, 1..<6, 2..<5, 1..<4, 1..<1] {
      #expect(!Self.matches(bytes, range, "host"))
    }
    #expect(Self.matches(bytes, 2..<2, ""))
  }

  @Test("fields that may stand once have values that pass for nothing when they stand twice")
  func onlyValues() {
    var parser = RequestParser()
    let bytes = Array("GET / HTTP/1.1\r\nHost: h\r\nOne: 1\r\nTwo: 2\r\ntWO: 2\r\n\r\n".utf8)
    #expect(parser.parse(bytes.span, from: 0) == .head(consumed: bytes.count))
    func values(_ first: String, _ second: String) -> [String?] {
      let (first, second) = (Array(first.utf8), Array(second.utf8))
      let (one, other) = parser.head.onlyValues(of: first.span, second.span, in: bytes.span)
      return [one, other].map { $0.map { $0 == 0..<0 ? "twice" : String(decoding: bytes[$0], as: UTF8.self) } }
    }
    #expect(values("one", "two") == ["1", "twice"])
    #expect(values("two", "one") == ["twice", "1"])
    #expect(values("ones", "host") == [nil, "h"])
    #expect(values("six", "eight") == [nil, nil])
  }
}
