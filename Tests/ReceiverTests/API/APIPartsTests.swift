// SPDX-License-Identifier: Apache-2.0

import HTTP1
import JSON
import Ledger
import Server
import Testing

@testable import Callbacks
@testable import OpenSSL
@testable import Receiver

@Suite("Tokens in what is shown")
struct TokenMaskTests {
  private let token = CallbackToken.mint(
    TaskID.make(at: Timestamp(seconds: 1_760_000_000), random: (1, 2)), key: HMACKey(Array("key".utf8).span))

  @Test("lose their validator and nothing else")
  func masked() {
    let text = TokenMask.masked("/callbacks/\(token)/progress")
    #expect(text == "/callbacks/\(token.prefix(27))" + String(repeating: "*", count: 22) + "/progress")
  }

  @Test("are found in nested JSON, also where a string holds JSON")
  func nested() {
    let body: JSON = ["data": ["param": .string(#"{"callBackUrl":"https:\/\/h.test\/callbacks\/"# + token + #""}"#)]]
    let shown = String(decoding: TokenMask.masked(body).compact(), as: UTF8.self)
    #expect(!shown.contains(token.suffix(22)))
    #expect(shown.contains("callBackUrl"))
  }

  @Test(
    "are not seen where there are none",
    arguments: ["", "short", "/callbacks/not-a-token", String(repeating: "Z", count: 80)])
  func untouched(text: String) {
    #expect(TokenMask.masked(text) == text)
  }
}

@Suite("Cursors")
struct CursorTests {
  @Test("come back as they went", arguments: [0, 1, 35, 36, 1_000_000, UInt64.max])
  func roundTrip(number: UInt64) {
    #expect(Cursor.number(Cursor.text(number)) == number)
    let cursor = RequestCursor(seq: number, refused: number / 2)
    #expect(RequestCursor(cursor.text) == cursor)
  }

  @Test("of other making are refused", arguments: ["", "-1", "+1", "ä", "a.b.c", "zzzzzzzzzzzzzz", " 1", "."])
  func malformed(text: String) {
    #expect(Cursor.number(text) == nil)
    #expect(RequestCursor(text) == nil)
  }
}

@Suite("Query parameters")
struct ParameterTests {
  @Test("limit is a number in its range", arguments: [("1", 1), ("50", 50), ("250", 250)])
  func limit(text: String, expected: Int) {
    var errors: [ParameterError] = []
    #expect(errors.limit(text, 250) == expected)
    #expect(errors.isEmpty)
  }

  @Test("limit outside its range is told", arguments: ["0", "251", "-1", "+5", "x", "", "99999999999999999999"])
  func badLimit(text: String) {
    var errors: [ParameterError] = []
    #expect(errors.limit(text, 250) == nil)
    #expect(errors.map(\.name) == ["limit"])
  }
}

@Suite("Problems")
struct ProblemTests {
  @Test("are RFC 9457 objects")
  func shape() throws {
    let response = Problem(
      404, "there is no \"such\" thing", requestID: "req_1", members: [(name: "task", value: "tsk_1")]
    )
    .response
    #expect(response.status == 404)
    #expect(response.fields.contains { $0.name == "Content-Type" && $0.value == "application/problem+json" })
    guard case .bytes(let bytes) = response.body else {
      Issue.record("no body")
      return
    }
    let json = try JSON.parse(bytes)
    #expect(json["title"] == "Not Found")
    #expect(json["status"]?.int == 404)
    #expect(json["detail"] == "there is no \"such\" thing")
    #expect(json["requestId"] == "req_1")
    #expect(json["task"] == "tsk_1")
  }
}
