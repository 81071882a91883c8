// SPDX-License-Identifier: Apache-2.0

import HTTP1
import HTTP1Vectors
import Testing

private func segments(_ text: String) -> [String]? {
  let bytes = text.bytes
  return PercentCoding.segments(of: 0..<bytes.count, in: bytes.span)
}

private func items(_ text: String) -> [QueryItem]? {
  let bytes = text.bytes
  return PercentCoding.queryItems(of: 0..<bytes.count, in: bytes.span)
}

private func decoded(_ text: String) -> String? {
  let bytes = text.bytes
  return PercentCoding.decode(0..<bytes.count, in: bytes.span)
}

@Suite struct PercentCodingTests {
  @Test(arguments: [
    ("", [""]), ("/", [""]), ("/a", ["a"]), ("/a/", ["a", ""]), ("//a", ["", "a"]), ("/a/b%20c", ["a", "b c"]),
    ("/%C3%A9", ["é"]), ("/a+b", ["a+b"]), ("/...", ["..."]), ("/%25", ["%"]), ("/%2541", ["%41"]), ("/.a", [".a"]),
  ])
  func aPathHasSegments(_ path: String, _ expected: [String]) {
    #expect(segments(path) == expected)
  }

  @Test(arguments: [
    "a", "/.", "/..", "/a/../b", "/a/.", "/%2e", "/%2E%2e/a", "/.%2E", "/a%2Fb", "/%2f", "/a%00", "/%", "/%4",
    "/a/%zz/b",
    "/%FF", "/%C0%AF", "/%ED%A0%80", "/%C3",
  ])
  func aPathThatCouldMeanAnotherIsRefused(_ path: String) {
    #expect(segments(path) == nil)
  }

  @Test(
    arguments: [
      ("", []), ("a", [("a", "")]), ("a=", [("a", "")]), ("a=b", [("a", "b")]), ("a=b=c", [("a", "b=c")]),
      ("=b", [("", "b")]),
      ("a=1&a=2", [("a", "1"), ("a", "2")]), ("&&a=b&", [("a", "b")]), ("a+b=c+d", [("a b", "c d")]),
      ("a=%2B%26%3D", [("a", "+&=")]), ("%61=%62", [("a", "b")]), ("a?b=/:@", [("a?b", "/:@")]),
    ] as [(String, [(String, String)])])
  func aQueryHasItems(_ query: String, _ expected: [(String, String)]) {
    #expect(items(query) == expected.map { QueryItem(name: $0.0, value: $0.1) })
  }

  @Test(arguments: ["a=%", "a=%0", "%g=a", "a=%00", "a=%FF", "a&b=%C3", "a=b&%E2%82=c"])
  func aQueryThatDoesNotDecodeIsRefused(_ query: String) {
    #expect(items(query) == nil)
  }

  @Test func everyByteEscapedInASCIIDecodesToItself() {
    let hex = Array("0123456789abcdef")
    for byte in UInt8(1)...0x7F {
      let escaped = "%\(hex[Int(byte >> 4)])\(hex[Int(byte & 15)])"
      #expect(decoded(escaped) == String(UnicodeScalar(byte)))
      #expect(decoded(escaped.uppercased()) == String(UnicodeScalar(byte)))
    }
    #expect(decoded("%00") == nil)
  }
}
