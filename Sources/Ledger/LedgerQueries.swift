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
  package var tasksInMemory = 0
  package var durableSeq: UInt64 = 0
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
    core.withLock { core in
      var counts = core.counts
      counts.unwritten = core.book.unwritten.count
      counts.tasks = core.book.index.count
      counts.tasksInMemory = core.book.loaded.count
      counts.durableSeq = core.durableSeq
      return counts
    }
  }

  /// The task of that id, or the one that it turned out to be.
  package func task(_ id: TaskID) -> TaskState? {
    let found: (TaskID, TaskState?)? = core.withLock { core in
      guard let ordinal = core.book.index.ordinal(of: id) else { return nil }
      let resolved = core.book.index.entries[core.book.index.resolved(ordinal)].id
      return (resolved, core.book.loaded[resolved])
    }
    guard let (resolved, loaded) = found else { return nil }
    return loaded ?? stateOnDisk(of: resolved)
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
    let (ids, loaded, next) = core.withLock { $0.book.page(query, scanLimit: Self.scanLimit) }
    let tasks = ids.compactMap { loaded[$0] ?? stateOnDisk(of: $0) }
    return TaskPage(tasks: tasks, next: next)
  }

  /// Every task that is not terminal, oldest first.
  package func openTasks() -> [TaskState] {
    core.withLock { core in core.book.loaded.values.filter { !$0.state.isTerminal } }.sorted { $0.id < $1.id }
  }

  /// Every task that ended in success and whose media is not kept yet, nor given up, oldest first.
  package func tasksAwaitingResults() -> [TaskID] {
    core.withLock { core in
      core.book.index.entries.lazy.filter { $0.flags.contains(.awaitsResult) && !$0.flags.contains(.joined) }.map(\.id)
    }
  }

  /// The data folder.
  package var directory: String { paths.root }

  /// A finished task from its file; from the journal, should the file be damaged.
  func stateOnDisk(of id: TaskID) -> TaskState? {
    if let task = try? files.read(id) { return task }
    return try? Recovery.task(id, paths, disk)
  }
}
