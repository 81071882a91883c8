// SPDX-License-Identifier: Apache-2.0

import HTTP1
import HTTP1Vectors
import Testing

/// Every limit: exactly at it the message is accepted, one byte or one field more is refused, and the refusal comes with
/// the byte that uses the limit up.
@Suite struct LimitTests {
  private func requestLine(_ length: Int) -> String {
    let frame = "GET / HTTP/1.1\r\n"
    return "GET /" + String(repeating: "a", count: length - frame.bytes.count) + " HTTP/1.1\r\n"
  }

  private func head(_ length: Int) -> String {
    let frame = "GET / HTTP/1.1\r\nHost: h\r\nA: \r\n\r\n"
    return "GET / HTTP/1.1\r\nHost: h\r\nA: " + String(repeating: "b", count: length - frame.bytes.count) + "\r\n\r\n"
  }

  private func fields(_ count: Int) -> String {
    "GET / HTTP/1.1\r\nHost: h\r\n" + String(repeating: "A: b\r\n", count: count - 1) + "\r\n"
  }

  @Test func theRequestLineEndsWithin8KiB() {
    let text = requestLine(8192) + "Host: h\r\n\r\n"
    #expect(whole(text.bytes).status == 200)
    #expect(dripped(text.bytes).verdict == whole(text.bytes))

    let longer = requestLine(8193).bytes
    #expect(whole(longer) == .fault(.requestLineTooLong))
    #expect(dripped(longer) == (.fault(.requestLineTooLong), 8192))
  }

  @Test func emptyLinesBeforeDoNotCountAsRequestLine() {
    #expect(whole(("\r\n\r\n" + requestLine(8192) + "Host: h\r\n\r\n").bytes).status == 200)
  }

  @Test func aTargetWithoutEndIsTooLong() {
    for target in ["/", "/?", "http://", "http://x/", "http://x?"] {
      let bytes = ("GET " + target + String(repeating: "a", count: 100_000)).bytes
      #expect(whole(bytes) == .fault(.requestLineTooLong), "\(target)")
    }
    let authority = ("CONNECT " + String(repeating: "a", count: 100_000)).bytes
    #expect(whole(authority) == .fault(.requestLineTooLong))
  }

  @Test func theHeadEndsWithin16KiB() {
    #expect(whole(head(16384).bytes).status == 200)
    #expect(dripped(head(16384).bytes).verdict.status == 200)
    #expect(whole(head(16385).bytes) == .fault(.headTooLarge))
    #expect(dripped(head(16385).bytes) == (.fault(.headTooLarge), 16384))
  }

  @Test func emptyLinesBeforeCountAsHead() {
    #expect(whole(("\r\n" + head(16382)).bytes).status == 200)
    #expect(whole(("\r\n" + head(16383)).bytes) == .fault(.headTooLarge))
  }

  @Test(arguments: ["A", "A:", "A: ", "A: b"])
  func aFieldWithoutEndIsTooLarge(_ beginning: String) {
    let filler = beginning == "A" ? "a" : beginning == "A:" ? " " : "b"
    let bytes = ("GET / HTTP/1.1\r\n" + beginning + String(repeating: filler, count: 100_000)).bytes
    #expect(whole(bytes) == .fault(.headTooLarge))
    #expect(cut(bytes, at: 16384) == .fault(.headTooLarge))
  }

  @Test func aHundredFieldsAreRead() {
    #expect(whole(fields(100).bytes).status == 200)
    let more = fields(101).bytes
    #expect(whole(more) == .fault(.tooManyFields))
    #expect(dripped(more) == (.fault(.tooManyFields), more.count - 7))
  }

  @Test func aMethodMayHave256Bytes() {
    #expect(whole(line(String(repeating: "A", count: 256) + " / HTTP/1.1").bytes).status == 200)
    let longer = String(repeating: "A", count: 257).bytes
    #expect(dripped(longer) == (.fault(.methodTooLong), 257))
    #expect(whole(String(repeating: "A", count: 100_000).bytes) == .fault(.methodTooLong))
  }

  @Test func theBodyLimitIsTheCallers() {
    let limits = HTTPLimits(body: 10)
    #expect(whole(field("Content-Length: 10").bytes, limits: limits).status == 200)
    #expect(whole(field("Content-Length: 11").bytes, limits: limits) == .fault(.bodyTooLarge))
    #expect(whole(field("Content-Length: 0011").bytes, limits: limits) == .fault(.bodyTooLarge))
  }

  @Test func everyFaultHasAStatusThatRefuses() {
    let statuses = Set(HTTPFault.allCases.map(\.status))
    #expect(statuses == [400, 413, 414, 417, 431, 501, 505])
    let reasons = HTTPFault.allCases.map { "\($0.reason)" }
    #expect(Set(reasons).count == reasons.count)
    #expect(reasons.allSatisfy { !$0.isEmpty })
  }
}
