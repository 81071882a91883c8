// SPDX-License-Identifier: Apache-2.0

import Callbacks
import JSON
import OpenSSL
import Provider
import Receiver
import Testing

@Suite("A signature is diagnosed part by part")
struct SignatureDiagnosisTests {
  private static let key = Secret("test-hmac-key")
  private static let signature = "jNl8PY/73zYfouhB0i/PyxRZQKzKB0ebJO58FGqz9Fo="
  private static let now = Timestamp(seconds: 1_760_000_000)

  private func diagnose(
    _ taskID: String = "task_demo_0001", _ timestamp: String = "1760000000", _ signature: String = signature,
    keys: [Secret] = [key], now: Timestamp = now
  ) -> SignatureDiagnosis {
    SignatureDiagnosis(
      of: SignatureClaim(taskID: taskID, timestamp: timestamp, signature: signature), keys: keys,
      tolerance: .seconds(300), now: now)
  }

  /// The verdicts in the order encoding, key, task id, timestamp: `+` fine, `-` failed, `?` unknown.
  private func verdicts(_ diagnosis: SignatureDiagnosis) -> String {
    #expect(diagnosis.findings.map(\.part) == SignatureDiagnosis.Part.allCases)
    return diagnosis.findings.map { $0.verdict == .fine ? "+" : $0.verdict == .failed ? "-" : "?" }.joined()
  }

  @Test(
    "signatures of the published rule",
    arguments: [
      ("test-hmac-key", "task_demo_0001", "1760000000", signature),
      (
        "test-hmac-key", "0123456789abcdef0123456789abcdef", "1760000300",
        "npI+1GHrSswawXbtQ6MWR/uCy9EC8HnFD/YCIdNA5uI="
      ),
      ("cl\u{e9}-Ω", "task_demo_0001", "1760000000", "BpJQMh2Lmkt+ZBRB2Ru980JTbywptKGy0oj/wtWZIfk="),
    ])
  func vectors(key: String, taskID: String, timestamp: String, signature: String) {
    let claim = SignatureClaim(signing: taskID, timestamp: timestamp, key: Secret(key))
    #expect(claim.signature == signature)
    let diagnosis = diagnose(taskID, timestamp, signature, keys: [Secret(key)])
    #expect(diagnosis.isValid)
    #expect(verdicts(diagnosis) == "++++")
  }

  /// Apart, as the expectation macros cannot hold a span.
  private func decoded(_ text: String) -> [UInt8]? {
    Base64.standard.decode(Array(text.utf8).span)
  }

  @Test("an older key of several")
  func rotation() {
    let diagnosis = diagnose(keys: [Secret("new"), Self.key])
    #expect(diagnosis.isValid)
    #expect(diagnosis.findings[1].message == "key 2 of 2 fits")
  }

  @Test("a wrong key or another task: the key is blamed and the task left open")
  func wrongKey() {
    #expect(verdicts(diagnose(keys: [Secret("wrong")])) == "+-?+")
    #expect(verdicts(diagnose("task_demo_0002")) == "+-?+")
    #expect(verdicts(diagnose(keys: [])) == "+-?+")
  }

  @Test(
    "the usual mistakes with a key",
    arguments: [" test-hmac-key\n", "746573742d686d61632d6b6579", "dGVzdC1obWFjLWtleQ=="])
  func keyForms(key: String) {
    #expect(verdicts(diagnose(keys: [Secret(key)])) == "+-++")
  }

  @Test("a signer whose key ends in a newline")
  func newline() {
    let claim = SignatureClaim(signing: "a", timestamp: "1760000000", key: Secret("k\n"))
    let diagnosis = diagnose("a", "1760000000", claim.signature, keys: [Secret("k")])
    #expect(verdicts(diagnosis) == "+-++")
    #expect(diagnosis.findings[1].message == "the signer's key ends in a newline")
  }

  @Test("a task id with white space or in upper case")
  func taskID() {
    #expect(verdicts(diagnose(" task_demo_0001\n")) == "++-+")
    #expect(verdicts(diagnose("TASK_DEMO_0001")) == "++-+")
  }

  @Test("timestamps: milliseconds, white space, no number, too old, too early, both ends of the tolerance")
  func timestamps() {
    #expect(verdicts(diagnose("task_demo_0001", "1760000000000")) == "+++-")
    #expect(verdicts(diagnose("task_demo_0001", "1760000000 ")) == "+++-")
    #expect(verdicts(diagnose("task_demo_0001", "yesterday")) == "+-?-")
    #expect(verdicts(diagnose(now: Timestamp(seconds: 1_760_000_301))) == "+++-")
    #expect(verdicts(diagnose(now: Timestamp(seconds: 1_759_999_699))) == "+++-")
    #expect(verdicts(diagnose(now: Timestamp(seconds: 1_760_000_300))) == "++++")
    #expect(verdicts(diagnose(now: Timestamp(seconds: 1_759_999_700))) == "++++")
  }

  @Test("encodings that the provider does not use are named, and the rest is still checked")
  func encodings() throws {
    let bytes = try #require(decoded(Self.signature))
    for text in [
      Hex.encode(bytes.span), Base64.url.encode(bytes.span), " \(Self.signature)", String(Self.signature.dropLast()),
    ] {
      #expect(verdicts(diagnose("task_demo_0001", "1760000000", text)) == "-+++", "\(text)")
    }
    for text in ["", "=", "not base64", String(Self.signature.dropLast(4))] {
      #expect(verdicts(diagnose("task_demo_0001", "1760000000", text)) == "-??+", "\(text)")
    }
  }

  @Test("every flipped bit of the signature is found")
  func flippedBits() throws {
    let bytes = try #require(decoded(Self.signature))
    for index in bytes.indices {
      var altered = bytes
      altered[index] ^= 1 << UInt8(index % 8)
      #expect(!diagnose("task_demo_0001", "1760000000", Base64.standard.encode(altered.span)).isValid)
    }
  }

  @Test("task ids of a body, each once")
  func bodies() throws {
    func ids(_ text: String) throws -> [String] { try SignatureClaim.taskIDs(in: Array(text.utf8)) }
    #expect(try ids(#"{"data":{"taskId":"a"}}"#) == ["a"])
    #expect(try ids(#"{"taskId":"a","data":{"task_id":"a"}}"#) == ["a"])
    #expect(try ids(#"{"task_id":"a","data":null}"#) == ["a"])
    #expect(try ids(#"{"taskId":"a","data":{"task_id":"b"}}"#) == ["b", "a"])
    #expect(try ids(#"{"taskId":5}"#) == [])
    #expect(throws: JSONError.self) { try ids("{") }
  }
}
