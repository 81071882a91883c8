// SPDX-License-Identifier: Apache-2.0

package import Callbacks

/// What we do ourselves, and what the provider answers to it. Everything that changes a task is one of these or a
/// `VerifiedCallback`; nothing else can be appended to the ledger.
package enum OwnEvent: Sendable {
  /// The intent, on disk before the request leaves.
  case submitted(Submission)
  /// The provider took the task and named it.
  case accepted(task: TaskID, providerTaskID: String)
  /// The provider's definite no: `code` and `message` are its own.
  case refused(task: TaskID, code: Int?, message: String)
  /// The request left, its answer was lost: the task may exist and may have been paid for.
  case unknown(task: TaskID, reason: String)
  /// The provider's own record of the task, asked for by us over TLS.
  indirect case record(task: TaskID, report: TaskReport)
  /// A result file stands in the data folder.
  case saved(task: TaskID, file: SavedFile)
  /// A result can no longer be had.
  case resultLost(task: TaskID, reason: String)
  /// The operator told the provider's id of a task whose answer had been lost; proven if the provider's record of that id
  /// names our callback address.
  case joined(task: TaskID, providerTaskID: String, isProven: Bool)
  /// What the provider says is left on the account. About no task.
  case balance(CreditAmount)
  /// A kept callback, read again by newer eyes.
  case reparsed(Rereading)
}

/// A task that we are about to ask the provider for.
package struct Submission: Sendable, Hashable {
  package let task: TaskID
  package let model: String
  /// The task's input as JSON text on one line, an object.
  package let input: String
  package let idempotency: Idempotency?

  /// - Parameter input: valid JSON text. Line breaks in it become spaces, for a journal entry is a line.
  package init(task: TaskID, model: String, input: String, idempotency: Idempotency?) {
    self.task = task
    self.model = model
    // In JSON text a line break stands only between tokens; in a string it would be escaped.
    self.input =
      input.utf8.contains(UInt8(ascii: "\n"))
      ? String(decoding: input.utf8.map { $0 == UInt8(ascii: "\n") ? UInt8(ascii: " ") : $0 }, as: UTF8.self) : input
    self.idempotency = idempotency
  }

  /// The same from a line of the journal.
  init(task: TaskID, model: String, inputOnOneLine: String, idempotency: Idempotency?) {
    self.task = task
    self.model = model
    input = inputOnOneLine
    self.idempotency = idempotency
  }
}

/// The caller's `Idempotency-Key` and what it was used for (draft-ietf-httpapi-idempotency-key-header).
package struct Idempotency: Sendable, Hashable {
  package let key: String
  /// SHA-256 of the request's body, in hex: the same key with another body is a mistake of the caller.
  package let bodyDigest: String

  package init(key: String, bodyDigest: String) {
    self.key = key
    self.bodyDigest = bodyDigest
  }
}

/// A result file that we keep.
package struct SavedFile: Sendable, Hashable {
  /// Position among the task's results, from 0.
  package let number: Int
  /// Relative to the data folder: `results/tsk_…/0.mp4`.
  package let path: String
  package let bytes: Int
  /// In hex.
  package let sha256: String
  /// Media type by content.
  package let type: String

  package init(number: Int, path: String, bytes: Int, sha256: String, type: String) {
    self.number = number
    self.path = path
    self.bytes = bytes
    self.sha256 = sha256
    self.type = type
  }
}

/// One entry of the journal.
struct Event: Sendable {
  /// From 1, without gaps.
  var seq: UInt64
  /// When it was taken in.
  var at: Timestamp
  let what: What
  /// `TaskIndex.key` of the provider's id that a callback names, for it is looked up more than once; 0 for our own events.
  let providerKey: UInt64

  init(seq: UInt64, at: Timestamp, what: What) {
    self.seq = seq
    self.at = at
    self.what = what
    if case .callback(let news) = what { providerKey = news.providerKey } else { providerKey = 0 }
  }

  enum What: Sendable {
    /// In a box, for most events are callbacks and pass through many hands.
    indirect case own(OwnEvent)
    case callback(CallbackNews)
  }

  /// The event's name in the journal and in a task's history.
  var type: EventType {
    switch what {
    case .callback(let news): news.isCompletion ? .callback : .progress
    case .own(let own):
      switch own {
      case .submitted: .submitted
      case .accepted: .accepted
      case .refused: .refused
      case .unknown: .unknown
      case .record: .record
      case .saved: .saved
      case .resultLost: .resultLost
      case .joined: .joined
      case .balance: .balance
      case .reparsed: .reparsed
      }
    }
  }
}

/// Names of journal entries.
package enum EventType: String, Sendable, CaseIterable {
  case submitted, accepted, refused, unknown, callback, progress, record, saved, joined, balance, reparsed
  case resultLost = "result_lost"
}

extension CallbackNews {
  // By pattern: an enum's `==` compares raw values, which are strings.
  var isCompletion: Bool { if case .completion = kind { true } else { false } }
  var isHint: Bool { if case .hint = trust { true } else { false } }

  /// `TaskIndex.key` of the provider's id.
  var providerKey: UInt64 { TaskIndex.key(report.providerTaskID) }
}

extension Event {
  /// The provider's id that the event names.
  var providerTaskID: String? {
    switch what {
    case .callback(let news): news.report.providerTaskID
    case .own(.accepted(_, let named)), .own(.joined(_, let named, _)): named
    case .own(.record(_, let report)): report.providerTaskID
    case .own: nil
    }
  }

  /// Whether the event gives the task its provider's id, whatever it was called before.
  var isNaming: Bool {
    if case .own(.accepted) = what { true } else { false }
  }
}

extension OwnEvent {
  /// The task that the event is about; `nil` for what is about the account.
  package var task: TaskID? {
    switch self {
    case .submitted(let submission): submission.task
    case .accepted(let task, _), .refused(let task, _, _), .unknown(let task, _), .record(let task, _),
      .saved(let task, _), .resultLost(let task, _), .joined(let task, _, _):
      task
    case .reparsed(let rereading): rereading.task
    case .balance: nil
    }
  }
}
