// SPDX-License-Identifier: Apache-2.0

internal import Callbacks

/// What stands on disk, folded: how a ledger starts.
struct Recovery {
  var book: Book
  /// Number of the last whole line; 0 in an empty journal.
  var lastSeq: UInt64
  /// Where the last segment goes on.
  var lastSegment: (first: UInt64, end: Int)?
  /// Lines that were folded, for the log and the metrics.
  var replayed = 0
  /// Bytes cut from the tail of the journal: a batch that was being written, never acknowledged.
  var tornBytes = 0

  /// Folds the journal, from the checkpoint on where there is a good one.
  static func run(_ paths: DataPaths, _ disk: any Disk) throws(LedgerError) -> Recovery {
    let fromCheckpoint = try translatingErrors { () throws -> Recovery? in
      guard let bytes = try disk.contents(of: paths.index), let checkpoint = Checkpoint(bytes) else { return nil }
      return try replay(paths, disk, from: checkpoint, defersFinished: true)
    }
    if let fromCheckpoint { return fromCheckpoint }
    return try fromFirstLine(paths, disk, defersFinished: true)
  }

  /// Folds the journal from its first line up to number `last`, whatever the index and the task files say. Slow and
  /// right.
  ///
  /// - Parameters:
  ///   - defersFinished: whether the states of finished tasks may be left in the journal; else all are in memory.
  ///   - witness: called once with the index as it was behind each line.
  static func fromFirstLine(
    _ paths: DataPaths, _ disk: any Disk, through last: UInt64 = .max, defersFinished: Bool = false,
    witness: ((UInt64, borrowing TaskIndex) -> Void)? = nil
  ) throws(LedgerError) -> Recovery {
    let recovered = try translatingErrors {
      try replay(paths, disk, from: nil, through: last, defersFinished: defersFinished, witness)
    }
    // From the first line on every task is born in the replay, so no file is ever asked for.
    guard let recovered else { throw .damaged(file: "journal", offset: 0, seq: 1) }
    return recovered
  }

  static func translatingErrors<Result>(_ work: () throws -> Result) throws(LedgerError) -> Result {
    do {
      return try work()
    } catch let error as LedgerError {
      throw error
    } catch let error as DiskError {
      throw .unavailable(error)
    } catch {
      throw .closed
    }
  }

  /// `nil` if the checkpoint does not fit the journal, or a task's file that it counts on is not whole.
  private static func replay(
    _ paths: DataPaths, _ disk: any Disk, from checkpoint: Checkpoint?, through last: UInt64 = .max,
    defersFinished: Bool, _ witness: ((UInt64, borrowing TaskIndex) -> Void)? = nil
  ) throws -> Recovery? {
    let journal = JournalReader(disk: disk, directory: paths.journal)
    let segments = try journal.segments()
    var replay = Replay(
      files: checkpoint.map { _ in TaskFiles(disk: disk, directory: paths.tasks) },
      journal: defersFinished ? journal : nil,
      witness: witness)
    var next: UInt64 = 1
    if let checkpoint {
      replay.book.restore(
        checkpoint.index, idempotencyKeys: checkpoint.idempotencyKeys, balances: checkpoint.balances)
      guard try replay.loadOpenTasks() else { return nil }
      next = checkpoint.seq + 1
    }
    var recovered = Recovery(book: Book(), lastSeq: 0)
    guard let first = segments.lastIndex(where: { $0 <= next }) ?? segments.indices.first else {
      // An index of something, and no journal at all: it has been lost, and must not be begun anew as if it never was.
      guard next == 1 else { throw LedgerError.damaged(file: "journal", offset: 0, seq: 1) }
      return recovered
    }
    for place in first..<segments.count where next <= last {
      let isLast = place + 1 == segments.count
      let name = JournalWriter.name(firstSeq: segments[place])
      guard segments[place] <= next else {
        throw LedgerError.damaged(file: "journal/" + name, offset: 0, seq: next)
      }
      // Lines from the first number of the next segment on are of a batch that failed here and was never acknowledged.
      let limit = isLast ? UInt64.max : segments[place + 1]
      let bound = last < limit ? last + 1 : limit
      let walked = try replay.walk(paths.journal + "/" + name, disk, first: segments[place], from: next, before: bound)
      guard !replay.lacksFile else { return nil }
      guard walked.next >= (isLast && last == .max ? next : bound), !walked.isDamaged else {
        throw LedgerError.damaged(file: "journal/" + name, offset: walked.offset, seq: walked.next)
      }
      next = max(next, walked.next)
      if isLast {
        recovered.lastSegment = (segments[place], walked.offset)
        recovered.tornBytes = walked.tornBytes
      }
    }
    try replay.foldOpening()
    // A task's file that is ahead of the whole journal belongs to another journal.
    guard replay.book.loaded.all.allSatisfy({ $0.seq < next }) else { return nil }
    replay.book.settle()
    recovered.lastSeq = next - 1
    recovered.replayed = replay.count
    recovered.book = replay.book
    return recovered
  }
}

/// The names of what stands in the data folder.
package struct DataPaths: Sendable {
  package let root: String

  package init(root: String) {
    self.root = root
  }

  package var lock: String { root + "/lock" }
  package var journal: String { root + "/journal" }
  package var tasks: String { root + "/tasks" }
  package var results: String { root + "/results" }
  package var refused: String { root + "/refused" }
  package var index: String { root + "/index" }
}
