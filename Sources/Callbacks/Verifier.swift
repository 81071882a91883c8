// SPDX-License-Identifier: Apache-2.0

import JSON
import OpenSSL

/// Turns requests into verified callbacks, or says why not.
///
/// The provider signs the task id and the time of sending, not the body (kie.ai, "Webhook Verification"), so that what
/// passes here is "the provider sent something about this task just now". The order of the checks is fixed: the body
/// first (status 400), then the token in the address, then the signature and last its age (status 401).
///
/// One verifier belongs to one thread and keeps its buffers from call to call.
package struct Verifier: ~Copyable {
  /// What came of one request.
  package enum Outcome: Equatable, Sendable {
    /// To be believed as far as ``VerifiedCallback/trust`` goes.
    case verified(VerifiedCallback)
    /// To be turned away with ``Rejection/status``.
    case rejected(Rejected)
  }

  /// A signature that fits.
  private struct Signature {
    let keyIndex: Int
    let seconds: Int64
  }

  private let keys: [HMACKey]
  private let tokenKey: HMACKey
  private let bodyHash: MessageHash
  private let allowUnsigned: Bool
  /// In milliseconds.
  private let tolerance: Int64
  private var reader = TaskReportReader()
  private var message = SignedMessage()

  /// A verifier under this policy.
  package init(_ policy: CallbackPolicy) {
    keys = policy.keys.map { HMACKey($0.span) }
    tokenKey = HMACKey(policy.tokenKey.span)
    // A key of its own, so that nothing about the tokens' follows from a digest, and the same one in every run.
    let purpose = "body-digest".utf8
    bodyHash = MessageHash(key: tokenKey.authenticate(purpose.span))
    allowUnsigned = policy.allowUnsigned
    tolerance = policy.tolerance.wholeMilliseconds
  }

  /// Judges one request.
  ///
  /// - Parameters:
  ///   - input: where its parts stand in `head`.
  ///   - head: the bytes that hold the path and the header fields.
  ///   - body: the whole body.
  ///   - now: when it was received.
  package mutating func verify(
    _ input: CallbackInput, head: Span<UInt8>, body: Span<UInt8>, now: Timestamp
  ) -> Outcome {
    var taskID: String?
    var submission: TaskID?
    do throws(Rejection) {
      let id = try reader.open(body)
      taskID = id
      submission = try checkToken(input.token, in: head)
      let signature = try checkSignature(input, head: head, taskID: id, isOwnAddress: submission != nil, now: now)
      return .verified(
        VerifiedCallback(
          kind: input.kind, report: reader.report(body, taskID: id, kind: input.kind), submission: submission,
          trust: signature == nil ? .hint : .signed, keyIndex: signature?.keyIndex, digest: bodyHash.hash(body),
          signedAt: signature?.seconds))
    } catch {
      return .rejected(Rejected(reason: error, kind: input.kind, taskID: taskID, submission: submission))
    }
  }

  private func checkToken(_ token: Range<Int>?, in head: Span<UInt8>) throws(Rejection) -> TaskID? {
    guard let token else { return nil }
    guard let submission = CallbackToken.check(head.extracting(token), key: tokenKey) else { throw .badToken }
    return submission
  }

  /// The signature that fits; `nil` if none is needed.
  private mutating func checkSignature(
    _ input: CallbackInput, head: Span<UInt8>, taskID: String, isOwnAddress: Bool, now: Timestamp
  ) throws(Rejection) -> Signature? {
    // Without a key a signature says as much as none. With one, whoever sends a signature must send a right one.
    let isUnsigned = keys.isEmpty || (input.timestamp == nil && input.signature == nil)
    if isUnsigned && allowUnsigned && isOwnAddress { return nil }
    guard let timestamp = input.timestamp, let signature = input.signature else { throw .missingSignature }
    let time = head.extracting(timestamp)
    guard let seconds = SignatureHeaders.seconds(time) else { throw .malformedTimestamp }
    let claimed = head.extracting(signature)
    message.write(taskID: taskID, time: time)
    guard let keyIndex = keys.firstIndex(where: { Base64.isText(claimed, of: message.code(under: $0)) }) else {
      throw SignatureHeaders.isDigest(claimed) ? .badSignature : .malformedSignature
    }
    let age = now.milliseconds - seconds * 1000
    if age > tolerance { throw .stale }
    if age < -tolerance { throw .fromFuture }
    return Signature(keyIndex: keyIndex, seconds: seconds)
  }
}

/// What the provider signs: the task id, a full stop, and the time exactly as it stands in the header.
private struct SignedMessage {
  /// Room for an id of 256 bytes and a time of 12, which are the longest.
  private var bytes = [UInt8](repeating: 0, count: 269)
  private var count = 0

  mutating func write(taskID: String, time: Span<UInt8>) {
    let id = taskID.utf8
    count = id.count + 1 + time.count
    var target = bytes.mutableSpan
    target.write(id.span, at: 0)
    target[id.count] = UInt8(ascii: ".")
    target.write(time, at: id.count + 1)
  }

  func code(under key: HMACKey) -> Digest { key.authenticate(bytes.span.extracting(first: count)) }
}

extension Duration {
  /// Fractions of a millisecond left out: no whole number of them lies between.
  fileprivate var wholeMilliseconds: Int64 {
    let (seconds, attoseconds) = components
    let (whole, overflow) = seconds.multipliedReportingOverflow(by: 1000)
    return overflow ? .max : whole + attoseconds / 1_000_000_000_000_000
  }
}
