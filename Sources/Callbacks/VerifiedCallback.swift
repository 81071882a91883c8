// SPDX-License-Identifier: Apache-2.0

/// A callback that passed every check. Only ``Verifier`` makes one, so that holding one is the proof.
package struct VerifiedCallback: Hashable, Sendable {
  /// Which address was called.
  package let kind: CallbackKind
  /// What the body says.
  package let report: TaskReport
  /// The submission that the token in the address names; `nil` on the shared address.
  package let submission: TaskID?
  /// ``Trust/signed``, or ``Trust/hint`` for an unsigned body on a per-task address.
  package let trust: Trust
  /// Which key fits, counted from the newest, 0; `nil` without a signature.
  package let keyIndex: Int?
  /// SipHash of the body under a key of this data folder: equal for repeated deliveries, and for nothing that somebody
  /// without the key could make up.
  package let digest: UInt64
  /// When the provider says it signed, in seconds since 1970; `nil` without a signature.
  package let signedAt: Int64?

  init(
    kind: CallbackKind, report: TaskReport, submission: TaskID?, trust: Trust, keyIndex: Int?, digest: UInt64,
    signedAt: Int64?
  ) {
    self.kind = kind
    self.report = report
    self.submission = submission
    self.trust = trust
    self.keyIndex = keyIndex
    self.digest = digest
    self.signedAt = signedAt
  }
}
