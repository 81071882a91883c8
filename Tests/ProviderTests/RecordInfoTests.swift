// SPDX-License-Identifier: Apache-2.0

import Callbacks
import HTTPClient
import Testing

@testable import Provider

private enum End: Equatable {
  case record(ProviderState?)
  case notFound
  case refused(Int)
  case unparseable
  case unavailable

  init(_ outcome: RecordOutcome) {
    switch outcome {
    case .record(let report, _): self = .record(report.state)
    case .notFound: self = .notFound
    case .refused(let refusal): self = .refused(refusal.code)
    case .unparseable: self = .unparseable
    case .unavailable: self = .unavailable
    }
  }
}

@Suite("recordInfo") struct RecordInfoTests {
  private static let recorded =
    #"{"code":200,"msg":"success","data":{"taskId":"t1","model":"m/x","state":"success","param":"{}","#
    + #""resultJson":"{\"resultUrls\":[\"https://files.example.test/r.png\"]}","failCode":null,"failMsg":null,"#
    + #""costTime":12,"completeTime":1760000012939,"createTime":1760000000000}}"#

  @Test("asks with the id percent-encoded")
  func request() async throws {
    let stub = Stub(Self.recorded)
    _ = await stub.provider().recordInfo(taskID: "a b&c=d/é~_.-")
    let request = try #require(stub.requests.first)
    #expect(request.url == "https://api.example.test/api/v1/jobs/recordInfo?taskId=a%20b%26c%3Dd%2F%C3%A9~_.-")
    #expect(request.method == .get)
    #expect(request.isIdempotent)
  }

  @Test("gives the record and the answer as it came")
  func record() async throws {
    guard case .record(let report, let raw) = await Stub(Self.recorded).provider().recordInfo(taskID: "t1") else {
      Issue.record("no record")
      return
    }
    #expect(report.state == .success)
    #expect(report.urls == ["https://files.example.test/r.png"])
    #expect(text(raw) == Self.recorded)
  }

  @Test("a record without a state has none: the code is about the question")
  func noState() async {
    let outcome = await Stub(#"{"code":200,"data":{"taskId":"t1"}}"#).provider().recordInfo(taskID: "t1")
    #expect(End(outcome) == .record(nil))
  }

  @Test("a record counts whatever the code beside it", arguments: [200, 500, 501])
  func failedRecord(code: Int) async {
    let body = #"{"code":\#(code),"msg":"no","data":{"taskId":"t1","state":"fail","failCode":"500"}}"#
    #expect(End(await Stub(body).provider().recordInfo(taskID: "t1")) == .record(.fail))
  }

  @Test(
    "is not found in all its variants",
    arguments: [
      (#"{"code":404,"msg":"Task not found"}"#, 200), (#"{"code":404,"msg":"Task not found"}"#, 404),
      (#"{"code":422,"msg":"recordInfo is null","data":null}"#, 200), (#"{"code":422,"message":"x","data":null}"#, 422),
      (#"{"code":422,"msg":"Record does not exist"}"#, 200), (#"{"code":200,"msg":"success","data":null}"#, 200),
      (#"{"code":200}"#, 200), (html, 404), ("", 404),
    ])
  func notFound(body: String, status: Int) async {
    #expect(End(await Stub(body, status: status).provider().recordInfo(taskID: "t1")) == .notFound)
  }

  @Test(
    "is refused when the question is",
    arguments: [(400, 400), (401, 401), (402, 402), (429, 429), (455, 455), (505, 505)])
  func refused(code: Int, expected: Int) async {
    #expect(End(await Stub(#"{"code":\#(code)}"#).provider().recordInfo(taskID: "t1")) == .refused(expected))
  }

  @Test("is unavailable when nobody answered for the provider", arguments: [408, 500, 502, 503, 504])
  func unavailable(code: Int) async {
    #expect(End(await Stub(#"{"code":\#(code),"msg":"x"}"#).provider().recordInfo(taskID: "t1")) == .unavailable)
    #expect(End(await Stub(html, status: code).provider().recordInfo(taskID: "t1")) == .unavailable)
  }

  @Test("is unavailable when the transport failed, whether sent or not")
  func transport() async {
    #expect(End(await Stub(.notSent(.timedOut)).provider().recordInfo(taskID: "t1")) == .unavailable)
    #expect(End(await Stub(.answerLost(.timedOut)).provider().recordInfo(taskID: "t1")) == .unavailable)
  }

  @Test(
    "is unparseable when the answer is good but not the record of this task",
    arguments: [
      "", html, "[]", #"{"code":200,"data":"x"}"#, #"{"code":200,"data":{"param":"{\"a\":\"\x"}}"#,
      #"{"code":200,"data":{}}"#, #"{"code":200,"data":{"taskId":"t2","state":"success"}}"#,
      #"{"code":200,"data":{"taskId":"t1","recordId":"t2","state":"success"}}"#,
    ])
  func unparseable(body: String) async {
    let outcome = await Stub(body).provider().recordInfo(taskID: "t1")
    guard case .unparseable(let raw) = outcome else {
      Issue.record("\(outcome)")
      return
    }
    #expect(text(raw) == body)
  }
}
