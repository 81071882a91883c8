// SPDX-License-Identifier: Apache-2.0

internal import Dispatch
internal import Synchronization
internal import Threads

/// What happened to every task, on disk and in memory: the one door to both.
///
/// Many threads append; one writes what has come together, syncs once, folds and tells. Nothing is acknowledged,
/// and nothing shows in a query, before it is durable. A queue lets the task files follow.
package final class Ledger: Sendable {
  let paths: DataPaths
  let disk: any Disk
  package let refused: RefusedShelf
  let files: TaskFiles
  let reader: JournalReader
  /// What has come in and is not durable. Never taken while `core` is held.
  let intake: Mutex<Intake>
  /// What is durable.
  let core: Mutex<Core>
  let fileQueue = DispatchQueue(label: "hookledger.files")
  let journal: SerialThread
  let writer: Mutex<JournalWriter>
  /// The writer's: it can be asked while the writer waits for the disk.
  let spare: SpareSegment
  let room = Mutex(CommitRoom())
  /// Held while a batch is folded, and while tasks leave memory whose files are written: what a batch touches, its first
  /// events included, stays at hand until its last one. Never taken while `intake` or `core` is held.
  let folding = Mutex(())
  let observers = Mutex<[any CommitObserver]>([])
  /// Since when task files wait for a storm of callbacks to end.
  let waitingSince = Mutex<ContinuousClock.Instant?>(nil)
  private let lockFile: DiskFile
  /// What the start found.
  package let opening: LedgerOpening

  struct Core: ~Copyable {
    var book: Book
    /// Number of the last durable line.
    var durableSeq: UInt64
    var checkpointSeq: UInt64
    var isFollowScheduled = false
    /// Since the files were last looked after.
    var storm = StormWatch(entries: 0)
    /// Files that had been written when memory was last given back.
    var releasedAt: UInt64 = 0
    var isClosed = false
    var counts = LedgerCounts()
  }

  /// Opens the data folder, made when missing, and folds what is in it.
  package static func open(_ directory: String, disk: any Disk = SystemDisk()) throws(LedgerError) -> Ledger {
    try open(directory, disk: disk, segments: .standard)
  }

  static func open(_ directory: String, disk: any Disk, segments policy: SegmentPolicy) throws(LedgerError) -> Ledger {
    let paths = DataPaths(root: directory)
    var held: DiskFile?
    do throws(DiskError) {
      for path in [paths.root, paths.journal, paths.tasks, paths.results] { try disk.makeDirectory(path) }
      held = try disk.lock(paths.lock)
      // The folders may be new: before anything in them counts, their own names must survive a power cut.
      if held != nil, try disk.names(in: paths.journal).isEmpty { try disk.synchronizeFileSystem(of: paths.root) }
    } catch {
      if let held { disk.close(held) }
      throw .unavailable(error)
    }
    guard let lock = held else { throw .locked(path: paths.root) }
    do throws(LedgerError) {
      try Recovery.translatingErrors { try SpareSegment.adopt(disk, paths.journal) }
      let recovery = try Recovery.run(paths, disk)
      return try Ledger(paths, disk, lock, recovery, policy)
    } catch {
      disk.close(lock)
      throw error
    }
  }

  private init(
    _ paths: DataPaths, _ disk: any Disk, _ lock: DiskFile, _ recovery: Recovery, _ policy: SegmentPolicy
  ) throws(LedgerError) {
    self.paths = paths
    self.disk = disk
    files = TaskFiles(disk: disk, directory: paths.tasks)
    reader = JournalReader(disk: disk, directory: paths.journal)
    lockFile = lock
    do throws(ThreadError) {
      journal = try SerialThread(name: "journal")
    } catch {
      throw .unavailable(
        DiskError(operation: "pthread_create", path: paths.root, errno: error.code, message: error.reason))
    }
    var writer = JournalWriter(disk: disk, directory: paths.journal, policy: policy)
    do throws(DiskError) {
      refused = try RefusedShelf(disk: disk, directory: paths.refused)
      if let segment = recovery.lastSegment { try writer.resume(segment: segment.first, at: segment.end) }
    } catch {
      throw .unavailable(error)
    }
    spare = writer.spare
    self.writer = Mutex(writer)
    opening = LedgerOpening(
      lastSeq: recovery.lastSeq, replayed: recovery.replayed, tornBytes: recovery.tornBytes,
      tasks: recovery.book.index.count)
    intake = Mutex(Intake(nextSeq: recovery.lastSeq + 1))
    core = Mutex(
      Core(
        book: recovery.book, durableSeq: recovery.lastSeq,
        checkpointSeq: recovery.lastSeq - UInt64(recovery.replayed)))
    scheduleFollowing()
  }

  /// From now on `observer` hears of every batch.
  package func add(observer: any CommitObserver) {
    observers.withLock { $0.append(observer) }
  }

  // MARK: - Closing

  /// Writes what has come in, lets the task files catch up, and gives the data folder back. Later appends fail.
  /// Not to be called by a `CommitObserver`, for it waits for what those are told. Closing again does nothing.
  package func close() {
    let isFirst = intake.withLock { intake in
      defer { intake.isClosed = true }
      return !intake.isClosed
    }
    guard isFirst else { return }
    core.withLock { $0.isClosed = true }
    flush()
    journal.sync {}
    fileQueue.sync { self.follow(isClosing: true) }
    writer.withLock { $0.close() }
    disk.close(lockFile)
  }
}
