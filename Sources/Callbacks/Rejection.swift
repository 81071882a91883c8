// SPDX-License-Identifier: Apache-2.0

/// Why a callback was refused; the raw value is what logs and stored requests say.
///
/// The caller outside learns the status only: one body for every 401, so that nobody can probe which check failed.
package enum Rejection: String, Error, CaseIterable, Hashable, Sendable {
  /// The body is not one valid JSON text.
  case notJSON = "not_json"
  /// The body names no task: no usable string in any of the known places.
  case noTaskID = "no_task_id"
  /// The body names more than one task, so that a signature for one could vouch for another.
  case conflictingTaskIDs = "conflicting_task_ids"
  /// The token in the address is not one of ours.
  case badToken = "bad_token"
  /// A signature is needed and one of the two headers, or both, is missing.
  case missingSignature = "missing_signature"
  /// The timestamp header is not 1 to 12 ASCII digits without a leading zero.
  case malformedTimestamp = "malformed_timestamp"
  /// The signature header is not the canonical base64 of 32 bytes.
  case malformedSignature = "malformed_signature"
  /// The signature fits no key: a wrong key, or an altered task id or timestamp.
  case badSignature = "bad_signature"
  /// Rightly signed, but longer ago than the tolerance.
  case stale
  /// Rightly signed, but further in the future than the tolerance.
  case fromFuture = "from_future"

  /// The HTTP status of the answer: 400 if no one could read the body, 401 if it is not to be believed.
  package var status: Int {
    switch self {
    case .notJSON, .noTaskID, .conflictingTaskIDs: 400
    case .badToken, .missingSignature, .malformedTimestamp, .malformedSignature, .badSignature, .stale, .fromFuture: 401
    }
  }
}

/// A refused callback and as much of it as may be used.
package struct Rejected: Error, Hashable, Sendable {
  /// Why.
  package let reason: Rejection
  /// Which address was called.
  package let kind: CallbackKind
  /// The one task that the body names, if it names one. Proven to be the provider's word only if ``mayTriggerQuery``.
  package let taskID: String?
  /// The submission that a valid token in the address names.
  package let submission: TaskID?

  /// Whether the provider itself signed for ``taskID``, so that asking it about this task is no stranger's doing.
  package var mayTriggerQuery: Bool { reason == .stale || reason == .fromFuture }
}
