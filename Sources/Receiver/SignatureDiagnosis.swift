// SPDX-License-Identifier: Apache-2.0

package import Callbacks
package import JSON
import OpenSSL
package import Provider

/// What the provider sends beside a callback's body: everything that its signature speaks about.
package struct SignatureClaim: Hashable, Sendable {
  package let taskID: String
  /// `X-Webhook-Timestamp`, exactly as it stands in the header.
  package let timestamp: String
  /// `X-Webhook-Signature`, exactly as it stands in the header.
  package let signature: String

  package init(taskID: String, timestamp: String, signature: String) {
    self.taskID = taskID
    self.timestamp = timestamp
    self.signature = signature
  }

  /// A claim with the provider's signature: base64 of HMAC-SHA256 over `taskId.timestamp`.
  ///
  /// - Parameter timestamp: seconds since 1970 as text; nil for the present moment.
  package init(signing taskID: String, timestamp: String?, key: Secret) {
    let timestamp = timestamp ?? "\(Timestamp.now().seconds)"
    let signature = Base64.standard.encode(Self.code(of: taskID, timestamp, key: Array(key.reveal().utf8)).span)
    self.init(taskID: taskID, timestamp: timestamp, signature: signature)
  }

  /// The different task ids that a callback body names, in the places where the provider's products put them.
  package static func taskIDs(in body: [UInt8]) throws(JSONError) -> [String] {
    let json = try JSON.parse(body)
    let places = [json["data"]?["taskId"], json["data"]?["task_id"], json["taskId"], json["task_id"]]
    var ids: [String] = []
    for case let id? in places.map({ $0?.string }) where !ids.contains(id) { ids.append(id) }
    return ids
  }

  fileprivate static func code(of taskID: String, _ timestamp: String, key: [UInt8]) -> Digest {
    let message = Array("\(taskID).\(timestamp)".utf8)
    return HMACKey(key.span).authenticate(message.span)
  }
}

/// Why a signature is good or not, part by part, for a person who looks for the mistake.
package struct SignatureDiagnosis: Hashable, Sendable {
  package enum Part: String, Sendable, CaseIterable {
    case encoding, key, taskID = "task id", timestamp
  }

  package enum Verdict: String, Sendable {
    case fine = "ok", failed
    /// Another part must be right first.
    case unknown
  }

  package struct Finding: Hashable, Sendable {
    package let part: Part
    package let verdict: Verdict
    package let message: String
  }

  /// One finding a part, in the order of the parts.
  package let findings: [Finding]

  package var isValid: Bool { findings.allSatisfy { $0.verdict == .fine } }

  /// - Parameters:
  ///   - keys: the keys that the provider may have signed with, newest first.
  ///   - tolerance: how far the timestamp may lie from `now`.
  package init(of claim: SignatureClaim, keys: [Secret], tolerance: Duration, now: Timestamp = .now()) {
    let (code, encoding) = Self.decode(claim.signature)
    let match = code.flatMap { Self.search(claim, $0, keys) }
    let age = Self.age(of: claim.timestamp, tolerance, now)
    findings = [
      encoding,
      Self.keyFinding(match, keys, isDecoded: code != nil),
      Self.taskFinding(match),
      Self.timestampFinding(match, age, claim.timestamp),
    ]
  }

  // MARK: What the signature was made of

  /// A combination of parts that gives the signature.
  private struct Match {
    let keyIndex: Int
    let keyForm: KeyForm
    let timestamp: String
    let taskID: String
    let isSwapped: (taskID: Bool, timestamp: Bool)
  }

  /// The usual ways to get a key wrong.
  private enum KeyForm: String, CaseIterable {
    case asText = "the key fits"
    case trimmed = "the key given here has white space around it, the signer's has none"
    case withNewline = "the signer's key ends in a newline"
    case hex = "the signer decoded the key from hex: the provider uses its text as it is"
    case base64 = "the signer decoded the key from base64: the provider uses its text as it is"

    func bytes(of key: Secret) -> [UInt8]? {
      switch self {
      case .asText: Array(key.reveal().utf8)
      case .trimmed: Array(withoutBlanks(key.reveal()).utf8)
      case .withNewline: Array(key.reveal().utf8) + [UInt8(ascii: "\n")]
      case .hex: Hex.decode(key.reveal())
      case .base64: Base64.standard.decode(Array(key.reveal().utf8).span)
      }
    }
  }

  /// Tries the parts as they are first, then with one usual mistake in each.
  private static func search(_ claim: SignatureClaim, _ code: [UInt8], _ keys: [Secret]) -> Match? {
    let ids = variants(claim.taskID, withoutBlanks(claim.taskID), claim.taskID.lowercased())
    let times = variants(claim.timestamp, withoutBlanks(claim.timestamp), String(claim.timestamp.dropLast(3)))
    for form in KeyForm.allCases {
      for (index, key) in keys.enumerated() {
        guard let bytes = form.bytes(of: key), !bytes.isEmpty else { continue }
        for id in ids {
          for time in times
          where constantTimeEquals(SignatureClaim.code(of: id, time, key: bytes).span, code.span) {
            return Match(
              keyIndex: index, keyForm: form, timestamp: time, taskID: id,
              isSwapped: (id != claim.taskID, time != claim.timestamp))
          }
        }
      }
    }
    return nil
  }

  private static func variants(_ all: String...) -> [String] {
    var different: [String] = []
    for text in all where !different.contains(text) { different.append(text) }
    return different
  }

  // MARK: The findings

  /// The 32 bytes, also from an encoding that the provider does not use.
  private static func decode(_ text: String) -> ([UInt8]?, Finding) {
    func failed(_ message: String) -> Finding { Finding(part: .encoding, verdict: .failed, message: message) }
    if let code = code(in: Array(text.utf8), .standard) {
      return (code, Finding(part: .encoding, verdict: .fine, message: "base64 of 32 bytes"))
    }
    let trimmed = withoutBlanks(text)
    let unpadded = Array(trimmed.utf8.filter { $0 != UInt8(ascii: "=") })
    if let code = code(in: Array(trimmed.utf8), .standard) {
      return (code, failed("white space around the base64 text"))
    }
    if let code = code(in: unpadded + [UInt8(ascii: "=")], .standard) {
      return (code, failed("base64 without its padding: the provider sends 44 characters"))
    }
    if let code = code(in: unpadded, .url) {
      return (code, failed("base64url: the provider sends standard base64, with + and /"))
    }
    if let bytes = Hex.decode(trimmed), bytes.count == 32 {
      return (bytes, failed("hex: the provider sends base64"))
    }
    return (nil, failed("not the base64 of 32 bytes: 44 characters, the last one ="))
  }

  private static func code(in text: [UInt8], _ encoding: Base64) -> [UInt8]? {
    encoding.decode(text.span).flatMap { $0.count == 32 ? $0 : nil }
  }

  private static func keyFinding(_ match: Match?, _ keys: [Secret], isDecoded: Bool) -> Finding {
    func finding(_ verdict: Verdict, _ message: String) -> Finding {
      Finding(part: .key, verdict: verdict, message: message)
    }
    guard isDecoded else { return finding(.unknown, "cannot be checked without a signature") }
    guard let match else {
      return finding(.failed, "the signature was made with another key, or for another task id or timestamp")
    }
    guard match.keyForm == .asText else { return finding(.failed, match.keyForm.rawValue) }
    return finding(.fine, keys.count > 1 ? "key \(match.keyIndex + 1) of \(keys.count) fits" : match.keyForm.rawValue)
  }

  private static func taskFinding(_ match: Match?) -> Finding {
    guard let match else {
      return Finding(part: .taskID, verdict: .unknown, message: "no key fits, so this cannot be told")
    }
    if match.isSwapped.taskID {
      let signed = match.taskID.debugDescription
      return Finding(part: .taskID, verdict: .failed, message: "the signature is for the task id \(signed)")
    }
    return Finding(part: .taskID, verdict: .fine, message: "signed")
  }

  private static func timestampFinding(
    _ match: Match?, _ age: (verdict: Verdict, message: String), _ timestamp: String
  ) -> Finding {
    if let match, match.isSwapped.timestamp {
      let signed = match.timestamp.debugDescription
      return Finding(part: .timestamp, verdict: .failed, message: "the signature is for the timestamp \(signed)")
    }
    return Finding(part: .timestamp, verdict: age.verdict, message: age.message)
  }

  private static func age(
    of timestamp: String, _ tolerance: Duration, _ now: Timestamp
  ) -> (verdict: Verdict, message: String) {
    guard (1...12).contains(timestamp.utf8.count), timestamp.utf8.allSatisfy(isDigit), let seconds = Int64(timestamp)
    else { return (.failed, "not a whole number of seconds since 1970") }
    let age = now.seconds - seconds
    let distance = "\(age.magnitude) s in the \(age < 0 ? "future" : "past")"
    guard Duration.seconds(Int64(age.magnitude)) <= tolerance else {
      return (.failed, "\(distance), the tolerance is \(tolerance.settingText)")
    }
    return (.fine, distance)
  }
}

private func withoutBlanks(_ text: String) -> String {
  func isBlank(_ character: Character) -> Bool { character.isWhitespace }
  let head = text.drop(while: isBlank)
  guard let last = head.lastIndex(where: { !isBlank($0) }) else { return "" }
  return String(head[...last])
}
