// SPDX-License-Identifier: Apache-2.0

package import Callbacks
internal import Synchronization

/// What the start of a ledger found.
package struct LedgerOpening: Sendable {
  /// Number of the last line.
  package let lastSeq: UInt64
  /// Lines folded since the last checkpoint.
  package let replayed: Int
  /// Bytes of an unfinished, never acknowledged batch that were cut.
  package let tornBytes: Int
  package let tasks: Int
}

/// Counters for the metrics; totals since the start.
package struct LedgerCounts: Sendable {
  package var batches: UInt64 = 0
  package var events: UInt64 = 0
  package var duplicates: UInt64 = 0
  package var filesWritten: UInt64 = 0
  /// Writes of task files or checkpoints that failed; they are tried again.
  package var fileFailures: UInt64 = 0
  /// Batches that could not be made durable.
  package var failures: UInt64 = 0
  /// Why the last batch could not be made durable; `nil` since one could again.
  package var failure: DiskError?
  /// Tasks whose file is older than the journal.
  package var unwritten = 0
  package var tasks = 0
  /// Without those whose state waits in the journal.
  package var tasksInMemory = 0
  package var durableSeq: UInt64 = 0
  /// Whether the journal's next segment lies ready, filled beforehand.
  package var hasSpareSegment = false
}

/// Which tasks a list shows.
package struct TaskQuery: Sendable {
  package var state: TaskStage?
  package var model: String?
  /// Created at or after this.
  package var since: Timestamp?
  package var limit: Int
  /// From `TaskPage.next` of the page before.
  package var cursor: UInt64?

  package init(
    state: TaskStage? = nil, model: String? = nil, since: Timestamp? = nil, limit: Int, cursor: UInt64? = nil
  ) {
    self.state = state
    self.model = model
    self.since = since
    self.limit = limit
    self.cursor = cursor
  }
}

/// One page of a list, newest first.
package struct TaskPage: Sendable {
  package var tasks: [TaskState] = []
  /// Where the next page begins; `nil` at the end.
  package var next: UInt64?
}

extension Ledger {
  /// Entries that one page looks at, so that a rare state among a million tasks cannot hold the lock for long: a page
  /// may then be short and yet have a next one.
  private static let scanLimit = 20_000

  package var counts: LedgerCounts {
    let duplicates = intake.withLock { $0.duplicates }
    return core.withLock { core in
      var counts = core.counts
      counts.duplicates = duplicates
      counts.unwritten = core.book.unwritten.count
      counts.tasks = core.book.index.count
      counts.tasksInMemory = core.book.loaded.count + core.book.unfolded.count
      counts.durableSeq = core.durableSeq
      counts.hasSpareSegment = spare.isReady
      return counts
    }
  }

  /// The task of that id, or the one that it turned out to be.
  package func task(_ id: TaskID) -> TaskState? {
    states(of: [id]).first
  }

  /// The task that the provider calls so.
  package func task(providerTaskID: String) -> TaskState? {
    let id = core.withLock { core in
      core.book.index.ordinal(ofProviderTask: providerTaskID).map { core.book.index.entries[$0].id }
    }
    guard let task = id.flatMap({ self.task($0) }), task.providerTaskID == providerTaskID else { return nil }
    return task
  }

  /// The task that was submitted under an idempotency key in the last 24 hours.
  package func task(idempotencyKey: String) -> TaskState? {
    core.withLock { $0.book.idempotencyKeys[idempotencyKey] }.flatMap { task($0) }
  }

  /// A list, newest first.
  package func tasks(_ query: TaskQuery) -> TaskPage {
    let (ids, next) = core.withLock { $0.book.page(query, scanLimit: Self.scanLimit) }
    return TaskPage(tasks: states(of: ids), next: next)
  }

  /// Every task that is not terminal, oldest first.
  package func openTasks() -> [TaskState] {
    core.withLock { core in core.book.loaded.all.filter { !$0.state.isTerminal } }.sorted { $0.id < $1.id }
  }

  /// Every task that ended in success and whose media is not kept yet, nor given up, oldest first.
  package func tasksAwaitingResults() -> [TaskID] {
    core.withLock { core in
      core.book.index.entries.lazy.filter { $0.flags.contains(.awaitsResult) && !$0.flags.contains(.joined) }.map(\.id)
    }
  }

  /// The data folder.
  package var directory: String { paths.root }

  // MARK: - Finished tasks on disk

  /// The states of these tasks, in this order; of those that have left memory, from their files.
  private func states(of ids: [TaskID]) -> [TaskState] {
    var states: [TaskID: TaskState] = [:]
    var lost: [TaskID: UInt64] = [:]
    for id in ids {
      switch core.withLock({ $0.book.find(id) }) {
      case nil: break
      case .inMemory(let task): states[id] = task
      case .onDisk(let other, let seq):
        if let task = fileState(of: other, at: seq) { states[id] = task } else { lost[id] = seq }
      case .inJournal(let other, let places):
        if let task = try? reader.task(other, at: places) { states[id] = task } else { lost[id] = 0 }
      }
    }
    for (id, task) in (try? statesInJournal(of: lost)) ?? [:] { states[id] = task }
    return ids.compactMap { states[$0] }
  }

  /// A finished task, whose last event is `seq`: from its file; from the journal, should that be damaged.
  func stateOnDisk(of id: TaskID, at seq: UInt64) throws(LedgerError) -> TaskState? {
    if let places = core.withLock({ $0.book.placesInJournal(of: id) }), let task = try? reader.task(id, at: places) {
      return task
    }
    if let task = fileState(of: id, at: seq) { return task }
    return try statesInJournal(of: [id: seq])[id]
  }

  private func fileState(of id: TaskID, at seq: UInt64) -> TaskState? {
    guard let task = try? files.read(id), task.seq >= seq else { return nil }
    return task
  }

  /// Tasks folded anew from what is durable, and their files written again. Slow and right.
  private func statesInJournal(of ids: [TaskID: UInt64]) throws(LedgerError) -> [TaskID: TaskState] {
    guard !ids.isEmpty else { return [:] }
    let durable = core.withLock { $0.durableSeq }
    let book = try Recovery.fromFirstLine(paths, disk, through: durable).book
    var states: [TaskID: TaskState] = [:]
    for id in ids.keys {
      if case .inMemory(let task) = book.find(id) { states[id] = task }
    }
    core.withLock { core in
      for task in states.values { core.book.mend(task) }
    }
    scheduleFollowing()
    return states
  }
}
