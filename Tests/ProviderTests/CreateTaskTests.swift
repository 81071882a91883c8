// SPDX-License-Identifier: Apache-2.0

import HTTPClient
import Testing

@testable import Provider

/// The end of a createTask call without its texts.
private enum End: Equatable {
  case accepted(String)
  case refused(ProviderRefusal.Retry, ProviderRefusal.Kind)
  case notSent
  case unknown

  init(_ outcome: CreateOutcome) {
    switch outcome {
    case .accepted(let taskID, _): self = .accepted(taskID)
    case .refused(let refusal): self = .refused(refusal.retry, refusal.kind)
    case .notSent: self = .notSent
    case .unknown: self = .unknown
    }
  }
}

@Suite("createTask") struct CreateTaskTests {
  @Test("sends the body as given, once, with the key, and not as a request that may be repeated")
  func request() async throws {
    let stub = Stub(#"{"code":200,"msg":"success","data":{"taskId":"t1"}}"#)
    _ = await stub.provider(url: "https://api.example.test/").createTask(body: Array(#"{"model":"m"}"#.utf8))
    #expect(stub.requests.count == 1)
    let request = try #require(stub.requests.first)
    #expect(request.method == .post)
    #expect(request.url == "https://api.example.test/api/v1/jobs/createTask")
    #expect(text(request.body) == #"{"model":"m"}"#)
    #expect(!request.isIdempotent)
    #expect(!request.followRedirects)
    #expect(
      request.headers.map { "\($0.name): \($0.value)" } == [
        "Authorization: Bearer key-1", "Content-Type: application/json",
      ])
  }

  @Test(
    "is accepted with a task id, wherever it stands",
    arguments: [
      #"{"code":200,"msg":"success","data":{"taskId":"t1"}}"#,
      #"{"code":200,"msg":"success","data":{"taskId":"t1","recordId":"t1"}}"#,
      #"{"code":"200","message":"success","data":{"task_id":"t1"}}"#,
      #"{"code":200,"data":{"recordId":"t1"}}"#,
      #"{"code":200,"taskId":"t1"}"#,
    ])
  func accepted(body: String) async {
    let outcome = await Stub(body).provider().createTask(body: [])
    #expect(outcome == .accepted(taskID: "t1", raw: Array(body.utf8)))
  }

  @Test("a code in the body decides over the HTTP status")
  func codeDecides() async {
    for status in [200, 422, 500, 502] {
      let outcome = await Stub(#"{"code":200,"data":{"taskId":"t1"}}"#, status: status).provider().createTask(body: [])
      #expect(End(outcome) == .accepted("t1"), "\(status)")
    }
    for status in [200, 201, 401, 503] {
      let outcome = await Stub(#"{"code":402,"msg":"no","data":null}"#, status: status).provider().createTask(body: [])
      #expect(End(outcome) == .refused(.byUser, .insufficientCredits), "\(status)")
    }
  }

  @Test(
    "an enveloped code is refused, unclear or unknown as the table says",
    arguments: [
      (400, .refused(.byUser, .invalidInput)), (401, .refused(.byUser, .unauthorized)),
      (402, .refused(.byUser, .insufficientCredits)), (403, .refused(.byUser, .unauthorized)),
      (404, .refused(.byUser, .notFound)), (408, .unknown), (409, .unknown), (413, .refused(.byUser, .invalidInput)),
      (422, .refused(.byUser, .invalidInput)), (429, .refused(.later, .rateLimited)), (433, .refused(.byUser, .other)),
      (451, .refused(.byUser, .other)), (455, .refused(.later, .maintenance)), (499, .unknown),
      (500, .refused(.unclear, .serverError)), (501, .refused(.byUser, .generationFailed)), (502, .unknown),
      (503, .unknown), (504, .unknown), (505, .refused(.byUser, .featureDisabled)),
      (531, .refused(.byUser, .generationFailed)), (550, .refused(.later, .queueFull)), (0, .unknown), (-1, .unknown),
      (201, .unknown), (524, .unknown), (1000, .unknown),
    ] as [(Int, End)])
  private func codes(code: Int, end: End) async {
    for text in ["\(code)", "\"\(code)\"", "\(code).0"] {
      let outcome = await Stub(#"{"code":\#(text),"msg":"words","data":null}"#).provider().createTask(body: [])
      #expect(End(outcome) == end, "\(text)")
    }
  }

  @Test(
    "a status without a code is refused or unknown as the table says",
    arguments: [
      (200, .unknown), (201, .unknown), (204, .unknown), (301, .refused(.byUser, .other)), (302, .unknown),
      (303, .unknown), (307, .refused(.byUser, .other)), (308, .refused(.byUser, .other)),
      (400, .refused(.byUser, .invalidInput)), (401, .refused(.byUser, .unauthorized)),
      (402, .refused(.byUser, .insufficientCredits)), (403, .refused(.byUser, .unauthorized)),
      (404, .refused(.byUser, .notFound)), (408, .unknown), (409, .unknown), (422, .refused(.byUser, .invalidInput)),
      (429, .refused(.later, .rateLimited)), (499, .unknown), (500, .unknown), (502, .unknown), (503, .unknown),
      (504, .unknown), (520, .unknown), (524, .unknown),
    ] as [(Int, End)])
  private func statuses(status: Int, end: End) async {
    for body in [html, "", "[]", "{}", #"{"code":null}"#, #"{"code":"no"}"#, #"{"code":1.5}"#, #"{"code":200"#] {
      let outcome = await Stub(body, status: status).provider().createTask(body: [])
      #expect(End(outcome) == end, "\(body)")
    }
  }

  @Test(
    "a success without a usable task id is unknown, never a refusal",
    arguments: [
      #"{"code":200}"#, #"{"code":200,"data":null}"#, #"{"code":200,"data":"t1"}"#, #"{"code":200,"data":{}}"#,
      #"{"code":200,"data":{"taskId":""}}"#, #"{"code":200,"data":{"taskId":7}}"#,
      #"{"code":200,"data":{"taskId":"a\u0000b"}}"#,
      #"{"code":200,"data":{"taskId":"\#(String(repeating: "x", count: 257))"}}"#,
    ])
  func noTaskID(body: String) async {
    let outcome = await Stub(body).provider().createTask(body: [])
    #expect(outcome == .unknown(reason: "accepted without a task id", raw: Array(body.utf8)))
  }

  @Test("a lost answer is unknown, a request that never left is not sent")
  func transport() async {
    for reason: HTTPClientError.Reason in [.timedOut, .cancelled, .stopped, .tlsFailed("x"), .connectionLost("x")] {
      #expect(End(await Stub(.answerLost(reason)).provider().createTask(body: [])) == .unknown)
      #expect(await Stub(.notSent(reason)).provider().createTask(body: []) == .notSent(reason))
    }
  }

  @Test("a refusal keeps code, words, status and body, and says it plainly")
  func refusal() async throws {
    let body = #"{"code":402,"message":"The current credits are insufficient.","data":null}"#
    guard case .refused(let refusal) = await Stub(body).provider().createTask(body: []) else {
      Issue.record("not refused")
      return
    }
    #expect(refusal.code == 402)
    #expect(refusal.httpStatus == 200)
    #expect(text(refusal.raw) == body)
    #expect(refusal.isDefinite)
    #expect(
      "\(refusal)"
        == "the provider's account has too few credits (code 402): The current credits are insufficient.")
  }
}

@Suite("Secret") struct SecretTests {
  @Test("never shows itself, alone or inside something else")
  func hidden() {
    let secret = Secret("sk-visible")
    var dumped = ""
    dump(ProviderConfiguration(apiKey: secret), to: &dumped)
    for shown in ["\(secret)", String(reflecting: secret), String(describing: Optional(secret)), "\([secret])", dumped]
    {
      #expect(!shown.contains("visible"), "\(shown)")
    }
    #expect(secret.reveal() == "sk-visible")
  }

  @Test("is not in the words of any error or outcome")
  func notInErrors() async {
    let stub = Stub(#"{"code":401,"msg":"Unauthorized"}"#)
    let provider = stub.provider(key: "sk-visible")
    #expect(!String(reflecting: provider.configuration).contains("visible"))
    #expect(!"\(await provider.createTask(body: []))".contains("visible"))
    #expect(!"\(await provider.recordInfo(taskID: "t"))".contains("visible"))
  }
}
