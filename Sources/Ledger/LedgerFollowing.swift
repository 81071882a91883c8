// SPDX-License-Identifier: Apache-2.0

private import CLinux
internal import Callbacks
internal import Dispatch
internal import Synchronization

/// The task files and the checkpoint, following the journal.
extension Ledger {
  /// How long a change may wait for its file, so that changes of one task come together.
  private static let followDelay = DispatchTimeInterval.milliseconds(100)
  /// How long after a failure the next try comes.
  private static let retryDelay = DispatchTimeInterval.seconds(1)
  /// Files written between two looks at what else changed.
  private static let stride = 64
  /// Tasks whose files may wait in such a storm. Nearly all of them wait in the journal, but whoever closes the ledger
  /// waits for their files: some ten seconds.
  private static let maxBehind = 100_000
  /// How long files may wait in such a storm.
  private static let maxWait = Duration.seconds(30)
  /// Entries after which a checkpoint is worth its cost. It holds every task, so the more there are the less often it is
  /// made: its cost for an entry stays the same.
  private static func checkpointInterval(tasks: Int) -> UInt64 { UInt64(max(100_000, tasks / 4)) }
  /// Files written before memory is worth giving back: a megabyte of states.
  private static let releaseEvery: UInt64 = 1000
  /// How long an idempotency key is honoured.
  private static let keyLifetimeMilliseconds: Int64 = 24 * 60 * 60 * 1000

  func scheduleFollowing(after delay: DispatchTimeInterval = followDelay) {
    let isNeeded = core.withLock { core in
      guard !core.isFollowScheduled, !core.isClosed, core.book.unwritten.count > 0 || !core.book.obsolete.isEmpty
      else { return false }
      core.isFollowScheduled = true
      core.storm = StormWatch(entries: core.counts.events)
      return true
    }
    guard isNeeded else { return }
    fileQueue.asyncAfter(deadline: .now() + delay) {
      let (isOpen, isStorm) = self.core.withLock { core in
        core.isFollowScheduled = false
        return (!core.isClosed, core.storm.isStorm(entries: core.counts.events))
      }
      guard isOpen else { return }
      if isStorm, self.mayWait { return self.scheduleFollowing() }
      self.waitingSince.withLock { $0 = nil }
      // Whoever begins in a storm has waited long enough.
      self.follow(yields: !isStorm)
    }
  }

  /// Whether the files may wait still longer.
  private var mayWait: Bool {
    let now = ContinuousClock.now
    let since = waitingSince.withLock { since in
      since = since ?? now
      return since ?? now
    }
    return now - since < Self.maxWait && core.withLock { $0.book.unwritten.count } < Self.maxBehind
  }

  /// Writes the files that are due; on the file queue.
  ///
  /// - Parameter yields: whether a storm that begins meanwhile ends it: the files that are left wait then.
  func follow(isClosing: Bool = false, yields: Bool = false) {
    dispatchPrecondition(condition: .onQueue(fileQueue))
    switch writeFiles(yields: yields) {
    case .written: break
    case .yielded: return scheduleFollowing()
    case .failed: return scheduleFollowing(after: Self.retryDelay)
    }
    let isDue = core.withLock { core in
      core.durableSeq > core.checkpointSeq
        && (isClosing || core.durableSeq - core.checkpointSeq >= Self.checkpointInterval(tasks: core.book.index.count))
    }
    // Before the checkpoint, whose sync may take long after a storm.
    releaseMemory()
    if isDue { checkpoint(yields: yields) }
  }

  /// Gives back what the tasks took that have left memory: they go in another order than they came, and what is left
  /// between them would look like growth.
  private func releaseMemory() {
    let isWorthIt = core.withLock { core in
      guard core.book.unwritten.count == 0, core.counts.filesWritten - core.releasedAt >= Self.releaseEvery else {
        return false
      }
      core.releasedAt = core.counts.filesWritten
      core.book.compact()
      return true
    }
    if isWorthIt { hl_release_heap() }
  }

  /// What became of the files that were due, and of those that were obsolete.
  private enum Writing {
    /// All are there, or gone.
    case written
    /// A storm has begun.
    case yielded
    case failed
  }

  private func writeFiles(yields: Bool) -> Writing {
    var (due, watch) = core.withLock { ($0.book.unwritten.count, StormWatch(entries: $0.counts.events)) }
    guard removeFiles() else { return .failed }
    while due > 0 {
      let tasks = core.withLock { $0.book.takeUnwritten(limit: Self.stride) }
      guard !tasks.isEmpty else { return .written }
      due -= tasks.count
      var written: [(TaskID, UInt64)] = []
      var journal = DeferredTaskReader(reader, isInOrder: true)
      do throws(DiskError) {
        for task in tasks { written.append((task.id, try write(task, &journal))) }
      } catch {
        // What fails goes to the end of the queue, so that it does not keep the others from their files.
        let left = (tasks[(written.count + 1)...] + [tasks[written.count]]).map(\.id)
        core.withLock { core in
          core.book.failedToWrite(left)
          core.counts.fileFailures += 1
        }
      }
      folding.withLock { _ in
        core.withLock { core in
          for (id, seq) in written { core.book.wrote(id, at: seq) }
          core.counts.filesWritten += UInt64(written.count)
        }
      }
      guard written.count == tasks.count else { return .failed }
      let entries = core.withLock { $0.counts.events }
      if yields, watch.isStorm(entries: entries) { return .yielded }
    }
    return .written
  }

  /// - Returns: the number at which the task is in its file now.
  private func write(
    _ task: Book.Unwritten, _ journal: inout DeferredTaskReader
  ) throws(DiskError) -> UInt64 {
    switch task {
    case .inMemory(let task):
      try files.write(task)
      return task.seq
    case .inJournal(let id, let places):
      let task = try journal.task(id, at: places)
      try files.write(task)
      return task.seq
    case .unfolded(let id, let event):
      try files.write(TaskState(id, of: event))
      return event.seq
    }
  }

  /// Removes the files of tasks that turned out to be others.
  private func removeFiles() -> Bool {
    let due = core.withLock { $0.book.takeObsolete() }
    for (place, id) in due.enumerated() {
      do throws(DiskError) {
        try files.remove(id)
      } catch {
        core.withLock { core in
          core.book.failedToRemove(due[place...])
          core.counts.fileFailures += 1
        }
        return false
      }
    }
    return true
  }

  /// Syncs the task files and replaces the index. A failure only makes the next start slower.
  private func checkpoint(yields: Bool) {
    let oldest = Timestamp.now().milliseconds - Self.keyLifetimeMilliseconds
    let checkpoint = core.withLock { core in
      core.book.forgetKeys(before: Timestamp(milliseconds: oldest))
      return Checkpoint(seq: core.durableSeq, core.book)
    }
    guard case .written = writeFiles(yields: yields) else { return }
    releaseMemory()
    do throws(DiskError) {
      try disk.synchronizeFileSystem(of: paths.tasks)
      try disk.replace(paths.index, in: paths.root, with: checkpoint.bytes())
      core.withLock { $0.checkpointSeq = checkpoint.seq }
    } catch {
      core.withLock { $0.counts.fileFailures += 1 }
    }
  }
}

/// Tells a storm of callbacks, by the entries that come between two looks: five hundred a second. In a storm files wait,
/// for a file costs several times what a callback costs, and the journal has all that is in it.
struct StormWatch {
  private static let entriesPerSecond = 500
  /// Fewer, however quickly, are no storm.
  private static let fewest: UInt64 = 10
  /// After this long it counts anew.
  private static let window = Duration.milliseconds(100)

  private var began = ContinuousClock.now
  private var entries: UInt64

  /// - Parameter entries: how many there have been until now.
  init(entries: UInt64) {
    self.entries = entries
  }

  /// - Parameter now: how many there have been until now.
  mutating func isStorm(entries now: UInt64) -> Bool {
    let elapsed = began.duration(to: .now)
    let came = now - entries
    if came >= Self.fewest, .seconds(came) / Self.entriesPerSecond >= elapsed { return true }
    if elapsed >= Self.window {
      began = .now
      entries = now
    }
    return false
  }
}
