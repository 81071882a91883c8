// SPDX-License-Identifier: Apache-2.0

import HTTP1
import HTTP1Vectors
import Testing

private func isJSON(_ text: String) -> Bool {
  let bytes = text.bytes
  return MediaType.isEqual(0..<bytes.count, in: bytes.span, to: "application/json")
}

private func range(_ text: String) -> ByteRange? {
  let bytes = text.bytes
  return ByteRange(0..<bytes.count, in: bytes.span)
}

@Suite struct MediaTypeTests {
  @Test(arguments: [
    "application/json", "APPLICATION/Json", "application/json;", "application/json ; charset=utf-8",
    "application/json;charset=\"utf-8\"",
    "application/json; a=b; c=\"d;\\\"e\"", "application/json;;a=b", "application/json \t",
    "application/json; a=\"\u{E9}\"",
  ])
  func parametersDoNotMatter(_ text: String) { #expect(isJSON(text)) }

  @Test(arguments: [
    "", "application", "application/", "/json", "application/jsonp", "text/json", "application/json+x",
    "application /json",
    "application/json, text/html", "application/json; charset", "application/json; charset=", "application/json; =a",
    "application/json; a =b",
    "application/json; a= b", "application/json; a=\"b", "application/json; a=\"b\"c", "application/json; a=\"\\",
    "application/json; a=(b)",
    "application/json a=b", "application/json; a=\"b\u{1}\"", "application/json/x", " application/json",
  ])
  func anotherOrMalformedTypeIsNotEqual(_ text: String) { #expect(!isJSON(text)) }
}

@Suite struct ByteRangeTests {
  @Test(
    arguments: [
      ("bytes=0-0", 10, 0..<1), ("bytes=0-499", 10, 0..<10), ("bytes=2-4", 10, 2..<5), ("bytes=9-9", 10, 9..<10),
      ("bytes=3-", 10, 3..<10),
      ("bytes=-3", 10, 7..<10), ("bytes=-99", 10, 0..<10), ("BYTES=0-", 10, 0..<10),
      ("bytes=0-9223372036854775807", 10, 0..<10),
      ("bytes=007-08", 10, 7..<9),
    ] as [(String, Int64, Range<Int64>)])
  func aRangeIsCutToTheFile(_ text: String, _ size: Int64, _ expected: Range<Int64>) {
    #expect(range(text)?.resolved(size: size) == expected)
  }

  @Test(arguments: ["bytes=10-", "bytes=10-20", "bytes=-0", "bytes=9223372036854775807-"])
  func aRangeBehindTheEndHasNoBytes(_ text: String) throws {
    let parsed = try #require(range(text))
    #expect(parsed.resolved(size: 10) == nil)
  }

  @Test(arguments: ["bytes=0-", "bytes=-5", "bytes=0-0"])
  func anEmptyFileHasNoRange(_ text: String) throws {
    let parsed = try #require(range(text))
    #expect(parsed.resolved(size: 0) == nil)
  }

  @Test(arguments: [
    "", "bytes", "bytes=", "bytes=-", "bytes=a-b", "bytes=1", "bytes=5-4", "bytes=0-1,3-4", "bytes=0-1,", "bytes= 0-1",
    "bytes=0 -1",
    "bytes=0-1 ", "bytes =0-1", "items=0-1", "bytes=+1-2", "bytes=1--2", "bytes=--1", "bytes=0x0-1",
    "bytes=9223372036854775808-",
    "bytes=-9223372036854775808", "bytes:0-1", "bytes=0-1-2",
  ])
  func anythingElseIsIgnored(_ text: String) { #expect(range(text) == nil) }
}
