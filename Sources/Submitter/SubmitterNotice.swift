// SPDX-License-Identifier: Apache-2.0

package import Callbacks

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

  package var level: Level {
    switch self {
    case .interrupted, .unknown: .warning
    case .notBooked: .error
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
    }
  }
}
