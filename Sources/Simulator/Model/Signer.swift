// SPDX-License-Identifier: Apache-2.0

import Callbacks
import OpenSSL

/// Whether and how a callback is signed.
package enum SignatureForm: String, Hashable, Sendable {
  case unsigned
  case signed
  case wrongKey = "wrong-key"
  case stale
}

/// Writes the headers that the provider's page on webhook verification describes: HMAC-SHA256 over the task id, a full
/// stop and the Unix second of sending, in Base64.
struct Signer {
  private let key: HMACKey?
  private let wrongKey: HMACKey

  private static let staleness: Int64 = 3600

  init(key: String?) {
    self.key = key.map { HMACKey(Array($0.utf8).span) }
    wrongKey = HMACKey(Array("not \(key ?? "")".utf8).span)
  }

  /// What becomes of a task's callbacks.
  func form(for faults: Set<Fault>) -> SignatureForm {
    if key == nil || faults.contains(.unsigned) { return .unsigned }
    if faults.contains(.wrongKey) { return .wrongKey }
    return faults.contains(.stale) ? .stale : .signed
  }

  func headers(taskID: String, _ form: SignatureForm, at now: Timestamp) -> [(name: String, value: String)] {
    guard form != .unsigned, let key = form == .wrongKey ? wrongKey : key else { return [] }
    let second = form == .stale ? now.seconds - Self.staleness : now.seconds
    let digest = key.authenticate(Array("\(taskID).\(second)".utf8).span)
    return [
      ("X-Webhook-Timestamp", String(second)),
      ("X-Webhook-Signature", Base64.standard.encode(digest.span)),
    ]
  }
}
