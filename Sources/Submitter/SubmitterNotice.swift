// SPDX-License-Identifier: Apache-2.0

package import Callbacks
package import Ledger

/// Something that a person who reads the log should know. Its description is the line, in plain words.
package enum SubmitterNotice: Sendable, Hashable {
  /// How loudly it is to be said.
  package enum Level: Sendable {
    case info, warning, error
  }

  /// Submissions that the last stop cut off between intent and answer.
  case interrupted(count: Int)
  /// What came to pass could not be booked, in plain words.
  case notBooked(TaskID?, reason: String)
  /// The provider's answer to a create was lost.
  case unknown(TaskID, reason: String)
  /// A result is on disk.
  case resultSaved(TaskID, file: SavedFile)
  /// A result could not be had; it is tried again.
  case resultDelayed(TaskID, number: Int, reason: String, nextTry: Timestamp)
  /// A paid result could not be had, and is not tried again.
  case resultLost(TaskID, reason: String)

  /// The provider's record contradicted what a callback had told.
  case corrected(TaskID)
  /// Tasks ended, and no callback ever came.
  case noCallbackEver(tasks: Int)
  /// No record confirmed the end of a task within a day.
  case neverConfirmed(TaskID)
  /// The provider refuses questions about records, in plain words.
  case questionRefused(String)
  /// The provider does not know the task, long after it was created.
  case notKnown(TaskID)
  /// A task has been open for a day.
  case overdue(TaskID)
  /// A model is stopped after several failures in a row.
  case modelPaused(String, failures: Int, minutes: Int64)
  /// The provider said that requests come too fast, although our own windows were kept.
  case rateLimited(attempt: Int, waitMilliseconds: Int64)

  package var level: Level {
    switch self {
    case .resultSaved, .rateLimited: .info
    case .interrupted, .unknown, .resultDelayed, .corrected, .neverConfirmed, .questionRefused, .notKnown, .overdue,
      .modelPaused:
      .warning
    case .notBooked, .noCallbackEver, .resultLost: .error
    }
  }
}

extension SubmitterNotice: CustomStringConvertible {
  package var description: String {
    switch self {
    case .interrupted(let count):
      "\(count) submissions were cut off by the last stop: they may have been paid for and are not sent again"
    case .notBooked(let task, let reason):
      "what happened to \(task.map { "task \($0)" } ?? "some tasks") could not be booked: \(reason)"
    case .unknown(let task, let reason):
      "the provider's answer for task \(task) was lost (\(reason)): it may have been paid for and is not sent again; "
        + "its callback will tell, or join it by hand: hookledger tasks join \(task) PROVIDER_TASK_ID"
    case .resultSaved(let task, let file):
      "result \(file.number) of task \(task) is saved: \(file.path), \(file.bytes) bytes"
    case .resultDelayed(let task, let number, let reason, let nextTry):
      "result \(number) of task \(task) could not be had yet: \(reason); the next try is at \(nextTry)"
    case .resultLost(let task, let reason):
      "a result of task \(task) is lost: \(reason)"
    case .corrected(let task):
      "the provider's record contradicts the callback that ended task \(task): the record counts, see its alerts"
    case .noCallbackEver(let tasks):
      "\(tasks) tasks ended and not one callback ever came: check public.url, and callbacks.hmacKeys against the "
        + "provider's settings page; until then results come from the provider's records, more slowly"
    case .neverConfirmed(let task):
      "the provider's record did not confirm the end of task \(task) within a day: it is not asked any more"
    case .questionRefused(let why): "the provider refuses questions about tasks: \(why)"
    case .notKnown(let task): "the provider does not know task \(task), long after it was created; it is asked further"
    case .overdue(let task): "task \(task) has been open for a day; it is asked about every hour from now on"
    case .modelPaused(let model, let failures, let minutes):
      "nothing of the model \(model) is submitted for \(minutes) min: \(failures) failures of the provider in a row"
    case .rateLimited(let attempt, let wait):
      "the provider says that submissions come too fast: next try (\(attempt)) in \(wait) ms"
    }
  }
}
