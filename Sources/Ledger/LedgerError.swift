// SPDX-License-Identifier: Apache-2.0

/// Why the ledger could not do what was asked.
package enum LedgerError: Error, Hashable, Sendable, CustomStringConvertible {
  /// A file call failed; nothing of what was asked is acknowledged. Later calls may succeed again.
  case unavailable(DiskError)
  /// The ledger is closed or closing.
  case closed
  /// Another process has the data folder.
  case locked(path: String)
  /// The journal is damaged in the middle: synced lines are missing or altered. Nothing is repaired by guessing.
  case damaged(file: String, offset: Int, seq: UInt64)

  package var description: String {
    switch self {
    case .unavailable(let error): "the data folder cannot be used: \(error)"
    case .closed: "the ledger is closed"
    case .locked(let path): "another process holds \(path): one data folder has one writer"
    case .damaged(let file, let offset, let seq):
      "\(file) is damaged at byte \(offset), where entry \(seq) should stand: "
        + "restore the file from a backup, or move it away to go on without what it held"
    }
  }
}
