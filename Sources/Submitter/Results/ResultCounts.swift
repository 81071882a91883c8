// SPDX-License-Identifier: Apache-2.0

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
