// SPDX-License-Identifier: Apache-2.0

import HTTP1
import JSON
import Reactor
import Testing

@testable import Receiver
@testable import Server

@Suite("The fields of a request as JSON")
struct FieldLinesTests {
  /// What is written for a request with these field lines, which ends the bytes or has a body behind it, after other
  /// requests, of which one is dropped and one must stay as it is.
  private static func text(_ lines: [String], body: Int = 0) throws -> [UInt8] {
    var written = FieldLines()
    _ = written.append(try request(["Something: " + String(repeating: "left over", count: 20)], body: 0))
    written.removeAll()
    let first = written.append(try request(["First: f"], body: 16))
    let second = written.append(try request(lines, body: body))
    let third = written.append(try request(["Third: é"], body: 16))
    #expect(written.buffer[first].elementsEqual(#"[["First","f"]]"#.utf8))
    #expect(written.buffer[third].elementsEqual(#"[["Third","é"]]"#.utf8))
    return Array(written.buffer[second])
  }

  private static func request(_ lines: [String], body: Int) throws -> Request {
    let head = Array(("POST /callbacks HTTP/1.0\r\n" + lines.map { $0 + "\r\n" }.joined() + "\r\n").unicodeScalars)
      .map { UInt8($0.value) }
    let bytes = head + [UInt8](repeating: UInt8(ascii: "B"), count: body)
    var parser = RequestParser()
    #expect(parser.parse(bytes.span, from: 0) == .head(consumed: head.count))
    return Request(
      listener: ListenerTag(0), peer: .loopback(port: 1), isTLS: false, head: parser.head, bytes: bytes,
      decodedBody: nil, bodyRange: head.count..<bytes.count)
  }

  private static func pairs(_ lines: [String], body: Int = 0) throws -> [[String]] {
    let text = try text(lines, body: body)
    let json = try JSON.parse(text.span)
    return try #require(json.array).map { try #require($0.array).map { try #require($0.string) } }
  }

  @Test("names and values come out as they were sent, in their order")
  func plain() throws {
    let text = try Self.text(["Host: h", "X-A:1", "x-a:  2 ", "Empty:"])
    #expect(String(decoding: text, as: UTF8.self) == #"[["Host","h"],["X-A","1"],["x-a","2"],["Empty",""]]"#)
    #expect(try Self.text([]) == Array("[]".utf8))
  }

  @Test("names and values of every length come out whole", arguments: 0...70)
  func lengths(count: Int) throws {
    let value = String(String(repeating: "0123456789abcdef", count: 5).prefix(count))
    let name = "N" + String(value.reversed())
    for body in [0, 1, 7, 8, 15, 16, 31, 32, 40] {
      #expect(
        try Self.pairs(["A: b", "\(name): \(value)", "C: d"], body: body) == [["A", "b"], [name, value], ["C", "d"]])
      #expect(try Self.pairs(["\(name): \(value)"], body: body) == [[name, value]])
    }
  }

  @Test("what JSON escapes, and what is not ASCII, comes out as Latin-1 wherever it stands", arguments: 0..<20)
  func escapes(place: Int) throws {
    for character in ["\"", "\\", "\t", "\u{80}", "\u{A0}", "\u{FF}"] {
      let value =
        "a" + String(repeating: "x", count: place) + character + String(repeating: "y", count: 19 - place) + "z"
      #expect(
        try Self.pairs(["A: b", "V: \(value)", "C: d"], body: 40) == [["A", "b"], ["V", value], ["C", "d"]])
    }
  }

  @Test(
    "credentials are masked, in every case of their names, and nothing else is",
    arguments: ["authorization", "Cookie", "PROXY-AUTHORIZATION"])
  func masks(name: String) throws {
    #expect(try Self.pairs(["A: b", "\(name): secret", "C: d"]) == [["A", "b"], [name, "***"], ["C", "d"]])
    for other in [name + "s", String(name.dropLast()), String(name.dropLast()) + "!"] {
      #expect(try Self.pairs(["\(other): open"]) == [[other, "open"]])
    }
  }
}
