// SPDX-License-Identifier: Apache-2.0

/// What a callback said and how far it is to be believed, without its raw bytes: taken from a ``VerifiedCallback``, or
/// read back from the journal. A class because it is large, never changes, and passes through many hands.
package final class CallbackNews: Sendable {
  /// Which address was called.
  package let kind: CallbackKind
  /// What the body says.
  package let report: TaskReport
  /// The submission that the token in the address names; `nil` on the shared address.
  package let submission: TaskID?
  /// ``Trust/signed``, or ``Trust/hint`` for an unsigned body on a per-task address.
  package let trust: Trust
  /// `MessageHash` of the body under a key of this data folder: equal for repeated deliveries, and for nothing that somebody
  /// without the key could make up.
  package let digest: UInt64
  /// When the provider says it signed, in seconds since 1970; `nil` without a signature.
  package let signedAt: Int64?

  /// News of these parts.
  @inline(__always)
  package init(
    kind: CallbackKind, report: consuming TaskReport, submission: TaskID?, trust: Trust, digest: UInt64,
    signedAt: Int64?
  ) {
    self.kind = kind
    self.report = report
    self.submission = submission
    self.trust = trust
    self.digest = digest
    self.signedAt = signedAt
  }

  /// The same callback, with another reading of its body.
  package func read(as report: TaskReport) -> CallbackNews {
    CallbackNews(
      kind: kind, report: report, submission: submission, trust: trust, digest: digest, signedAt: signedAt)
  }
}

extension CallbackNews: Equatable {
  package static func == (one: CallbackNews, other: CallbackNews) -> Bool {
    one.kind == other.kind && one.report == other.report && one.submission == other.submission
      && one.trust == other.trust && one.digest == other.digest && one.signedAt == other.signedAt
  }
}
