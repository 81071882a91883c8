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
    let long = "x-" + String(repeating: "n", count: 30)
    let bytes = Array(
      "GET / HTTP/1.1\r\nHost: h\r\nSixteen-bytes-01: 1\r\nSixteen-bytes-02-: 2\r\nsIXTEEN-BYTES-02-: 2\r\n\(long): 3\r\n\r\n"
        .utf8)
    #expect(parser.parse(bytes.span, from: 0) == .head(consumed: bytes.count))
    func values(_ first: StaticString, _ second: StaticString) -> [String?] {
      let (one, other) = parser.head.onlyValues(of: FieldName(first), FieldName(second), in: bytes.span)
      return [one, other].map { $0.map { $0 == 0..<0 ? "twice" : String(decoding: bytes[$0], as: UTF8.self) } }
    }
    #expect(values("sixteen-bytes-01", "sixteen-bytes-02-") == ["1", "twice"])
    #expect(values("sixteen-bytes-02-", "sixteen-bytes-01") == ["twice", "1"])
    #expect(values("x-nnnnnnnnnnnnnnnnnnnnnnnnnnnnnn", "x-nnnnnnnnnnnnnnnnnnnnnnnnnnnnn") == ["3", nil])
    // One letter off, in front, in the middle and at the end.
    #expect(values("tixteen-bytes-02-", "sixteen-bytes-02.") == [nil, nil])
    #expect(values("y-nnnnnnnnnnnnnnnnnnnnnnnnnnnnnn", "x-nnnnnnnnnnnnnnmnnnnnnnnnnnnnnn") == [nil, nil])
  }

  @Test("a field frames the message if and only if its name is that of the framing field, in any case of its letters")
  func framingNames() {
    let token = (UInt8(0)...127).filter { ByteSet.token.contains($0) }
    for name in ["host", "content-length", "expect", "connection", "transfer-encoding"] {
      let bytes = Array(name.utf8)
      for place in bytes.indices {
        for byte in token {
          var sent = bytes
          sent[place] = byte
          let isSame = sent.map(\.lowercased) == bytes
          // Each of these is refused for its value if it is taken for what it is.
          let head = Array("GET / HTTP/1.1\r\nHost: h\r\n".utf8) + sent + Array(": ,:\"\r\n\r\n".utf8)
          var parser = RequestParser()
          let result = parser.parse(head.span, from: 0)
          #expect((result == .head(consumed: head.count)) != isSame, "\(String(decoding: sent, as: UTF8.self))")
        }
      }
    }
  }
}
