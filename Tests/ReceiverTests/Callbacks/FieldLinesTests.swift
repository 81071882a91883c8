// SPDX-License-Identifier: Apache-2.0

import HTTP1
import JSON
import Reactor
import Testing

@testable import Receiver
@testable import Server

@Suite("The fields of a request as JSON")
struct FieldLinesTests {
  /// What is written for a request with these field lines, behind something that must not stay.
  private static func text(_ lines: [String]) throws -> [UInt8] {
    let bytes = Array(("POST /callbacks HTTP/1.0\r\n" + lines.map { $0 + "\r\n" }.joined() + "\r\n").unicodeScalars)
      .map { UInt8($0.value) }
    var parser = RequestParser()
    #expect(parser.parse(bytes.span, from: 0) == .head(consumed: bytes.count))
    let request = Request(
      listener: ListenerTag(0), peer: .loopback(port: 1), isTLS: false, head: parser.head, bytes: bytes,
      bodyBuffer: bytes, bodyRange: bytes.count..<bytes.count)
    var text = Array("left over".utf8)
    FieldLines.write(request, to: &text)
    return text
  }

  private static func pairs(_ lines: [String]) throws -> [[String]] {
    let text = try text(lines)
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
    #expect(try Self.pairs(["A: b", "\(name): \(value)", "C: d"]) == [["A", "b"], [name, value], ["C", "d"]])
  }

  @Test("what JSON escapes, and what is not ASCII, comes out as Latin-1 wherever it stands", arguments: 0..<20)
  func escapes(place: Int) throws {
    for character in ["\"", "\\", "\t", "\u{80}", "\u{A0}", "\u{FF}"] {
      let value =
        "a" + String(repeating: "x", count: place) + character + String(repeating: "y", count: 19 - place) + "z"
      #expect(try Self.pairs(["A: b", "V: \(value)", "C: d"]) == [["A", "b"], ["V", value], ["C", "d"]])
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
