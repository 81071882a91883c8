// SPDX-License-Identifier: Apache-2.0

import OpenSSL
import Testing

@testable import Callbacks

@Suite struct VerifierPolicyTests {
  private let unsigned = Request(token: token(testSubmission), timestamp: nil, signature: nil)

  @Test(arguments: CallbackKind.allCases)
  func `a signed callback on a task's own address names the submission`(kind: CallbackKind) throws {
    let callback = try #require(Request(kind: kind, token: token(testSubmission)).verified())
    #expect(callback.news.kind == kind)
    #expect(callback.news.submission == testSubmission)
    #expect(callback.news.trust == .signed)
  }

  @Test(arguments: [[], [testKey]])
  func `an unsigned callback is a hint on a task's own address if that is allowed`(keys: [String]) throws {
    let callback = try #require(unsigned.verified(policy(keys: keys, allowUnsigned: true)))
    #expect(callback.news.trust == .hint)
    #expect(callback.news.submission == testSubmission)
    #expect(callback.keyIndex == nil)
    #expect(callback.news.signedAt == nil)
  }

  @Test(arguments: [[], [testKey]])
  func `an unsigned callback is refused if that is not allowed`(keys: [String]) {
    #expect(unsigned.reason(policy(keys: keys)) == .missingSignature)
  }

  @Test(arguments: [[], [testKey]], [true, false])
  func `an unsigned callback on the shared address is always refused`(keys: [String], allowUnsigned: Bool) {
    var request = unsigned
    request.token = nil
    #expect(request.reason(policy(keys: keys, allowUnsigned: allowUnsigned)) == .missingSignature)
  }

  @Test func `half a signature is none, and no hint either`() {
    var noTime = Request(token: token(testSubmission), timestamp: nil)
    #expect(noTime.reason(policy(allowUnsigned: true)) == .missingSignature)
    noTime.token = nil
    #expect(noTime.reason() == .missingSignature)
    #expect(
      Request(token: token(testSubmission), signature: nil).reason(policy(allowUnsigned: true)) == .missingSignature)
  }

  @Test func `a bad signature is never taken for a hint`() {
    let allowed = policy(allowUnsigned: true)
    let wrong = sign(testTask, String(testSeconds), key: "x")
    #expect(Request(token: token(testSubmission), signature: wrong).reason(allowed) == .badSignature)
    #expect(Request(token: token(testSubmission), signature: "").reason(allowed) == .malformedSignature)
    #expect(Request(token: token(testSubmission), timestamp: "").reason(allowed) == .malformedTimestamp)
    let late = Timestamp(seconds: testSeconds + 3600)
    #expect(Request(token: token(testSubmission), now: late).reason(allowed) == .stale)
  }

  @Test func `without a key a signature adds nothing`() {
    let signed = Request(token: token(testSubmission))
    #expect(signed.verified(policy(keys: [], allowUnsigned: true))?.news.trust == .hint)
    #expect(signed.reason(policy(keys: [])) == .badSignature)
    #expect(Request().reason(policy(keys: [], allowUnsigned: true)) == .badSignature)
  }

  @Test func `an empty key is no key`() {
    let request = Request(signature: sign(testTask, String(testSeconds), key: ""))
    #expect(request.reason(policy(keys: [""])) == .badSignature)
    #expect(request.reason(policy(keys: ["", testKey])) == .badSignature)
  }

  @Test func `a policy without a key for addresses is a mistake of ours`() async {
    await #expect(processExitsWith: .failure) { _ = CallbackPolicy(keys: [], tokenKey: []) }
  }

  @Test(arguments: [true, false])
  func `a wrong token is refused whether the body is signed or not`(isSigned: Bool) throws {
    var request = isSigned ? Request() : unsigned
    request.token = token(testSubmission, key: Array("another".utf8))
    let rejected = try #require(request.rejected(policy(allowUnsigned: true)))
    #expect(rejected == Rejected(reason: .badToken, kind: .completion, taskID: testTask, submission: nil))
    request.token = ""
    #expect(request.reason(policy(allowUnsigned: true)) == .badToken)
  }

  @Test func `the body is judged before the token and the token before the signature`() {
    let nothing = Request(token: "x", timestamp: nil, signature: nil, body: "{")
    #expect(nothing.rejected() == Rejected(reason: .notJSON, kind: .completion, taskID: nil, submission: nil))
    #expect(Request(token: "x", timestamp: nil, signature: nil, body: "{}").reason() == .noTaskID)
    #expect(Request(token: "x", timestamp: nil, signature: nil).reason() == .badToken)
  }

  @Test func `the digest knows a body again, in this folder and in no other`() throws {
    let request = Request()
    let digest = try #require(request.verified()).news.digest
    #expect(try #require(request.verified()).news.digest == digest)
    var other = request
    other.body += " "
    #expect(try #require(other.verified()).news.digest != digest)
    let known = policy()
    let elsewhere = CallbackPolicy(
      keys: known.keys, allowUnsigned: known.allowUnsigned, tolerance: known.tolerance, tokenKey: known.tokenKey + [1])
    #expect(try #require(request.verified(elsewhere)).news.digest != digest)
  }

  @Test func `one verifier judges request after request, whatever came before`() {
    var verifier = Verifier(policy())
    let good = Request()
    let long = Request(body: #"{"data":{"taskId":"\#(testTask)","param":"\#(String(repeating: "x", count: 9000))"}}"#)
    let first = good.outcome(&verifier)
    #expect(first == good.outcome())
    for other in [Request(body: "{"), Request(body: "[]"), Request(signature: nil), long] {
      _ = other.outcome(&verifier)
      #expect(good.outcome(&verifier) == first)
    }
  }
}
