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

  package var level: Level {
    switch self {
    case .resultSaved: .info
    case .interrupted, .unknown, .resultDelayed: .warning
    case .notBooked, .resultLost: .error
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
    }
  }
}
