// SPDX-License-Identifier: Apache-2.0

package import Callbacks
package import Ledger

/// What the keeping of results tells the operator.
package enum ResultNotice: Sendable {
  case saved(task: TaskID, file: SavedFile)
  /// A result could not be had; it is tried again.
  case delayed(task: TaskID, number: Int, reason: String, nextTry: Timestamp)
  /// A paid result could not be had, and will not be tried again.
  case lost(task: TaskID, reason: String)
}

/// Totals of the keeping of results since the start.
package struct ResultCounts: Hashable, Sendable {
  package var saved: UInt64 = 0
  package var bytes: UInt64 = 0
  /// Rounds in which something owed was not to be had.
  package var failures: UInt64 = 0
  package var lost: UInt64 = 0
  /// Tasks that are owed files now.
  package var waiting = 0

  package init() {}
}
