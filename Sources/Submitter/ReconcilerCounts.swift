// SPDX-License-Identifier: Apache-2.0

internal import Callbacks
internal import Ledger
internal import Provider

/// What the reconciler did and has to do; counters since the start.
package struct ReconcilerCounts: Sendable, Hashable {
  /// How a question about a record ended.
  package enum AnswerKind: String, Sendable, CaseIterable {
    case record
    case notFound = "not_found"
    case refused, unreadable, unavailable
  }

  package var answers: [AnswerKind: UInt64] = [:]
  /// Tasks that the record ended before any callback told their end.
  package var rescued: UInt64 = 0
  /// Those of them whose callback did not come in the ten minutes after that either.
  package var callbacksMissing: UInt64 = 0
  /// Ends that the record confirmed.
  package var confirmed: UInt64 = 0
  /// Ends told by a callback that the record contradicted, so that they were put right.
  package var corrected: UInt64 = 0
  /// Ends that no record confirmed within a day.
  package var abandoned: UInt64 = 0
  /// Open tasks that are asked about.
  package var open = 0
  /// Ended tasks whose confirmation is awaited.
  package var unconfirmed = 0
  /// Open tasks that have been so for more than a day.
  package var overdue = 0
  /// Whether any verified callback came.
  package var hasHeardCallback = false
  /// Tasks end, and not one callback ever came: the address or the key is wrong.
  package var callbacksNeverArrived = false
}

/// What came of a question about one record.
enum RecordAnswer: Sendable {
  /// It was read, and what was new in it is in the ledger.
  case booked
  case notFound
  case refused(ProviderRefusal)
  /// In plain words.
  case failed(String)
}

extension RecordOutcome {
  var kind: ReconcilerCounts.AnswerKind {
    switch self {
    case .record: .record
    case .notFound: .notFound
    case .refused: .refused
    case .unparseable: .unreadable
    case .unavailable: .unavailable
    }
  }
}

extension TaskState {
  /// Whether the provider's record could tell anything that is not proven yet.
  var isWorthAsking: Bool {
    guard providerTaskID != nil else { return false }
    return state.isTerminal ? state != .refused && trust != .confirmed : true
  }
}
