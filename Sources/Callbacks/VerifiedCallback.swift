// SPDX-License-Identifier: Apache-2.0

/// A callback that passed every check. Only ``Verifier`` makes one, so that holding one is the proof.
package struct VerifiedCallback: Equatable, Sendable {
  /// What it says.
  package let news: CallbackNews
  /// Which key fits, counted from the newest, 0; `nil` without a signature.
  package let keyIndex: Int?

  @inline(__always)
  init(
    kind: CallbackKind, report: consuming TaskReport, submission: TaskID?, trust: Trust, keyIndex: Int?,
    digest: UInt64, signedAt: Int64?
  ) {
    news = CallbackNews(
      kind: kind, report: report, submission: submission, trust: trust, digest: digest, signedAt: signedAt)
    self.keyIndex = keyIndex
  }
}
