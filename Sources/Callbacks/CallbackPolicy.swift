// SPDX-License-Identifier: Apache-2.0

/// What a callback must show to be believed.
package struct CallbackPolicy: Sendable {
  /// The provider's webhook keys as text bytes, newest first; several, since callbacks are under way while a key is
  /// changed. Never an empty key: it would let anyone sign.
  package let keys: [[UInt8]]
  /// Whether a callback without a signature counts as a hint on a task's own address.
  package let allowUnsigned: Bool
  /// How far the signed time may lie from ours, before or after.
  package let tolerance: Duration
  /// Our key for the tokens in callback addresses.
  package let tokenKey: [UInt8]

  /// A policy of these parts. Empty keys are left out.
  ///
  /// - Precondition: `tokenKey` is not empty.
  package init(
    keys: [[UInt8]], allowUnsigned: Bool = false, tolerance: Duration = .seconds(300), tokenKey: [UInt8]
  ) {
    precondition(!tokenKey.isEmpty, "the key for callback addresses is made by us")
    self.keys = keys.filter { !$0.isEmpty }
    self.allowUnsigned = allowUnsigned
    self.tolerance = tolerance
    self.tokenKey = tokenKey
  }
}
