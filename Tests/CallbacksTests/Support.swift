// SPDX-License-Identifier: Apache-2.0

import Callbacks
import JSON
import OpenSSL

let testKey = "test-hmac-key"
let testTokenKey = Array("test-token-key".utf8)
let testTask = "0123456789abcdef0123456789abcdef"
let testSeconds: Int64 = 1_760_000_300
let testSubmission = TaskID(high: 0x0199_C0DE_0000_1234, low: 0x5678_9ABC_DEF0_1234)

/// What the provider would send as `X-Webhook-Signature`.
func sign(_ taskID: String, _ time: String, key: String = testKey) -> String {
  let key = Array(key.utf8)
  let message = Array("\(taskID).\(time)".utf8)
  let code = HMACKey(key.span).authenticate(message.span)
  return Base64.standard.encode(code.span)
}

func token(_ submission: TaskID, key: [UInt8] = testTokenKey) -> String {
  CallbackToken.mint(submission, key: HMACKey(key.span))
}

func submission(ofToken text: String, key: [UInt8] = testTokenKey) -> TaskID? {
  let bytes = Array(text.utf8)
  return CallbackToken.check(bytes.span, key: HMACKey(key.span))
}

func policy(
  keys: [String] = [testKey], allowUnsigned: Bool = false, tolerance: Duration = .seconds(300)
) -> CallbackPolicy {
  CallbackPolicy(
    keys: keys.map { Array($0.utf8) }, allowUnsigned: allowUnsigned, tolerance: tolerance, tokenKey: testTokenKey)
}

/// One request as the tests vary it: by default a right one on the shared address.
struct Request {
  var kind = CallbackKind.completion
  var token: String?
  var timestamp: String? = String(testSeconds)
  var signature: String? = sign(testTask, String(testSeconds))
  var body = #"{"code":200,"msg":"ok","data":{"taskId":"\#(testTask)","state":"success"}}"#
  var now = Timestamp(seconds: testSeconds)

  func outcome(_ policy: CallbackPolicy = policy()) -> Verifier.Outcome {
    var verifier = Verifier(policy)
    return outcome(&verifier)
  }

  func outcome(_ verifier: inout Verifier) -> Verifier.Outcome {
    var head = Array("POST ".utf8)
    func append(_ text: String?) -> Range<Int>? {
      guard let text else { return nil }
      let start = head.count
      head += Array(text.utf8)
      defer { head += Array("\r\n".utf8) }
      return start..<head.count
    }
    let input = CallbackInput(
      kind: kind, token: append(token), timestamp: append(timestamp), signature: append(signature))
    let bytes = Array(body.utf8)
    return verifier.verify(input, head: head.span, body: bytes.span, now: now)
  }

  func verified(_ policy: CallbackPolicy = policy()) -> VerifiedCallback? {
    guard case .verified(let callback) = outcome(policy) else { return nil }
    return callback
  }

  func rejected(_ policy: CallbackPolicy = policy()) -> Rejected? {
    guard case .rejected(let rejected) = outcome(policy) else { return nil }
    return rejected
  }

  func reason(_ policy: CallbackPolicy = policy()) -> Rejection? { rejected(policy)?.reason }
}

/// What the reader makes of a body.
func read(_ body: String, kind: CallbackKind = .completion) throws(Rejection) -> TaskReport {
  var reader = TaskReportReader()
  let bytes = Array(body.utf8)
  return try reader.read(bytes.span, kind: kind)
}

/// A text as a JSON string, quotation marks included.
func quoted(_ text: String) -> String {
  var output: [UInt8] = []
  JSON.appendQuoted(text, to: &output)
  return String(decoding: output, as: UTF8.self)
}
