// SPDX-License-Identifier: Apache-2.0

internal import Callbacks
internal import OpenSSL

/// Proof that a request to the public address came out at this very process.
///
/// The doctor calls a callback address whose token is rightly minted for a submission that never was. What comes back is
/// the ordinary refusal, for the call is no callback, and in a field of its own the caller's nonce under a key that
/// only this process has. To all others the address answers like any other wrong one.
struct Echo: Sendable {
  /// No submission has this id: its time is 1970.
  static var submission: TaskID { TaskID(high: 0, low: 0) }
  static let field = "X-Hookledger-Echo"

  private let key: HMACKey

  /// - Parameter secret: of this process alone: random, and kept nowhere.
  init(secret: [UInt8]) {
    key = HMACKey(secret.span)
  }

  /// What a request with this nonce is answered with.
  func answer(to nonce: String) -> String {
    Hex.encode(key.authenticate(Array(nonce.utf8).span).span)
  }
}
