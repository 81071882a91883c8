// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Callbacks

@Suite struct VerifierSignatureTests {
  /// Computed with another implementation.
  static let vectors = [
    ("test-hmac-key", "task_demo_0001", "1760000000", "jNl8PY/73zYfouhB0i/PyxRZQKzKB0ebJO58FGqz9Fo="),
    (
      "test-hmac-key", "0123456789abcdef0123456789abcdef", "1760000300",
      "npI+1GHrSswawXbtQ6MWR/uCy9EC8HnFD/YCIdNA5uI="
    ),
    ("clé-Ω", "task_demo_0001", "1760000000", "BpJQMh2Lmkt+ZBRB2Ru980JTbywptKGy0oj/wtWZIfk="),
  ]

  @Test(arguments: vectors)
  func `known signatures are accepted`(key: String, task: String, time: String, signature: String) throws {
    let request = Request(
      timestamp: time, signature: signature, body: #"{"data":{"taskId":"\#(task)"}}"#,
      now: Timestamp(seconds: try #require(Int64(time))))
    let callback = try #require(request.verified(policy(keys: [key])))
    #expect(callback.news.report.providerTaskID == task)
    #expect(callback.news.trust == .signed)
    #expect(callback.keyIndex == 0)
    #expect(callback.news.signedAt == Int64(time))
    #expect(callback.news.submission == nil)
  }

  @Test func `every other byte at every place of the signature is refused`() throws {
    let text = Array(sign(testTask, String(testSeconds)).utf8)
    for index in text.indices {
      for byte in UInt8(0x00)...0x7F where byte != text[index] {
        var other = text
        other[index] = byte
        let reason = Request(signature: String(decoding: other, as: UTF8.self)).reason()
        #expect(reason == .badSignature || reason == .malformedSignature)
      }
    }
  }

  @Test func `a signature that is not 44 canonical characters is malformed`() {
    let text = sign(testTask, String(testSeconds))
    let url = text.replacing("+", with: "-").replacing("/", with: "_")
    let malformed = ["", " ", text + "=", " " + text, text + " ", String(text.dropLast()), "sha256=" + text, url + "!"]
    for signature in malformed { #expect(Request(signature: signature).reason() == .malformedSignature) }
    for length in 0..<text.count {
      #expect(Request(signature: String(text.prefix(length))).reason() == .malformedSignature)
    }
    // Bits left over: the last character before the padding holds two that must be zero.
    let spare = String(text.dropLast(2)) + (text.dropLast().last == "A" ? "B" : "9") + "="
    #expect(Request(signature: spare).reason() == .malformedSignature)
  }

  @Test func `a signature in hexadecimal or base64url is malformed`() {
    #expect(Request(signature: String(repeating: "ab", count: 32)).reason() == .malformedSignature)
    #expect(Request(signature: String(repeating: "-_", count: 21) + "A=").reason() == .malformedSignature)
  }

  @Test func `every flipped bit of the timestamp is refused`() {
    let text = Array(String(testSeconds).utf8)
    for index in text.indices {
      for bit in 0..<7 {
        var other = text
        other[index] ^= 1 << UInt8(bit)
        let reason = Request(timestamp: String(decoding: other, as: UTF8.self)).reason()
        #expect(reason == .badSignature || reason == .malformedTimestamp)
      }
    }
  }

  @Test(arguments: [
    "", " ", "+1760000300", "-1760000300", " 1760000300", "1760000300 ", "01760000300", "00", "1760000300.0", "1.7e9",
    "0x68e77a00", "1760000300123", "9999999999999", "١٧٦٠٠٠٠٣٠٠", "1760000300,1760000300", "now", "/", ":",
  ])
  func `a timestamp that is not plain digits is malformed even if it is signed`(time: String) {
    #expect(Request(timestamp: time, signature: sign(testTask, time)).reason() == .malformedTimestamp)
  }

  @Test func `a timestamp of one zero and one of twelve digits are read`() {
    let zero = Request(timestamp: "0", signature: sign(testTask, "0"), now: Timestamp(seconds: 12))
    #expect(zero.verified()?.news.signedAt == 0)
    let late = Request(timestamp: "253402300799", signature: sign(testTask, "253402300799"))
    #expect(late.reason() == .fromFuture)
    #expect(Request(timestamp: "999999999999", signature: sign(testTask, "999999999999")).reason() == .fromFuture)
  }

  @Test func `every flipped bit of the task id is refused`() {
    let body = #"{"code":200,"data":{"taskId":"\#(testTask)","state":"success"}}"#
    #expect(Request(body: body).verified() != nil)
    let bytes = Array(testTask.utf8)
    for index in bytes.indices {
      for bit in 0..<7 {
        var other = bytes
        other[index] ^= 1 << UInt8(bit)
        let id = String(decoding: other, as: UTF8.self)
        let reason = Request(body: body.replacing(testTask, with: id)).reason()
        #expect([.badSignature, .notJSON, .noTaskID].contains(reason))
      }
    }
  }

  @Test func `the rest of the body is not covered by the signature`() {
    let body = #"{"data":{"taskId":"\#(testTask)","state":"fail"}}"#
    #expect(Request(body: body).verified()?.news.report.state == .fail)
  }

  @Test func `an id written with escapes is signed as the characters that it stands for`() {
    let id = "tâche-\u{1F3AC}"
    let body = #"{"data":{"task\u0049d":"t\u00e2che-\ud83c\udfac"}}"#
    #expect(Request(signature: sign(id, String(testSeconds)), body: body).verified()?.news.report.providerTaskID == id)
  }

  @Test func `an id is not signed in another normal form`() {
    let composed = "t\u{E2}che"
    let decomposed = "ta\u{302}che"
    #expect(composed == decomposed)
    let request = Request(signature: sign(decomposed, String(testSeconds)), body: #"{"taskId":"\#(composed)"}"#)
    #expect(request.reason() == .badSignature)
  }

  @Test func `any of several keys fits and its place is told`() {
    let keys = ["newest", testKey, "oldest"]
    for (index, key) in keys.enumerated() {
      let request = Request(signature: sign(testTask, String(testSeconds), key: key))
      #expect(request.verified(policy(keys: keys))?.keyIndex == index)
      #expect(request.reason(policy(keys: keys.filter { $0 != key })) == .badSignature)
    }
  }

  @Test func `a key is text and is not decoded`() {
    let key = "c2VjcmV0"
    let request = Request(signature: sign(testTask, String(testSeconds), key: "secret"))
    #expect(request.reason(policy(keys: [key])) == .badSignature)
  }

  @Test(arguments: [0, 1, 300] as [Int64])
  func `the window is exact to the millisecond on both sides`(tolerance: Int64) {
    let policy = policy(tolerance: .seconds(tolerance))
    let signed = testSeconds * 1000
    func outcome(_ offset: Int64) -> Rejection? {
      Request(now: Timestamp(milliseconds: signed + offset)).reason(policy)
    }
    #expect(outcome(tolerance * 1000) == nil)
    #expect(outcome(tolerance * 1000 + 1) == .stale)
    #expect(outcome(-tolerance * 1000) == nil)
    #expect(outcome(-tolerance * 1000 - 1) == .fromFuture)
  }

  @Test(arguments: [(-3600, Rejection.fromFuture), (3600, .stale)] as [(Int64, Rejection)])
  func `a right signature of another time says enough to ask about the task`(offset: Int64, reason: Rejection) throws {
    let request = Request(
      kind: .progress, token: token(testSubmission), now: Timestamp(seconds: testSeconds + offset))
    let rejected = try #require(request.rejected())
    #expect(rejected == Rejected(reason: reason, kind: .progress, taskID: testTask, submission: testSubmission))
    #expect(rejected.mayTriggerQuery)
  }

  @Test func `a wrong signature of another time is wrong first`() {
    let request = Request(
      signature: sign(testTask, String(testSeconds), key: "x"), now: Timestamp(seconds: testSeconds + 3600))
    #expect(request.reason() == .badSignature)
  }
}
