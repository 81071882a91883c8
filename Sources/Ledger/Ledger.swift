// SPDX-License-Identifier: Apache-2.0

package import Callbacks
internal import Dispatch
internal import Synchronization

/// What happened to every task, on disk and in memory: the one door to both.
///
/// Many threads append; one queue writes what has come together, syncs once, folds and tells. Nothing is acknowledged,
/// and nothing shows in a query, before it is durable. Another queue lets the task files follow.
package final class Ledger: Sendable {
  let paths: DataPaths
  let disk: any Disk
  package let refused: RefusedShelf
  let files: TaskFiles
  let reader: JournalReader
  let core: Mutex<Core>
  let fileQueue = DispatchQueue(label: "hookledger.files")
  private let journalQueue = DispatchQueue(label: "hookledger.journal")
  private let writer: Mutex<JournalWriter>
  private let observers = Mutex<[any CommitObserver]>([])
  private let lockFile: DiskFile
  /// Events folded while those who append wait.
  private static let foldStride = 128
  /// What the start found.
  package let opening: LedgerOpening

  struct Core: ~Copyable {
    var book: Book
    var batch = Batch()
    /// An emptied batch whose memory serves the next one.
    var spare: Batch? = Batch()
    /// Number of the next line.
    var nextSeq: UInt64
    /// Number of the last durable line.
    var durableSeq: UInt64
    var isCommitting = false
    var isClosed = false
    var recent = RecentDigests()
    var pendingKeys: [String: TaskID] = [:]
    var checkpointSeq: UInt64
    var isFollowScheduled = false
    var counts = LedgerCounts()
  }

  /// Opens the data folder, made when missing, and folds what is in it.
  package static func open(_ directory: String, disk: any Disk = SystemDisk()) throws(LedgerError) -> Ledger {
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
      let recovery = try Recovery.run(paths, disk)
      return try Ledger(paths, disk, lock, recovery)
    } catch {
      disk.close(lock)
      throw error
    }
  }

  private init(
    _ paths: DataPaths, _ disk: any Disk, _ lock: DiskFile, _ recovery: Recovery
  ) throws(LedgerError) {
    self.paths = paths
    self.disk = disk
    files = TaskFiles(disk: disk, directory: paths.tasks)
    reader = JournalReader(disk: disk, directory: paths.journal)
    lockFile = lock
    var writer = JournalWriter(disk: disk, directory: paths.journal)
    do throws(DiskError) {
      refused = try RefusedShelf(disk: disk, directory: paths.refused)
      if let segment = recovery.lastSegment { try writer.resume(segment: segment.name, at: segment.end) }
    } catch {
      throw .unavailable(error)
    }
    self.writer = Mutex(writer)
    opening = LedgerOpening(
      lastSeq: recovery.lastSeq, replayed: recovery.replayed, tornBytes: recovery.tornBytes,
      tasks: recovery.book.index.count)
    core = Mutex(
      Core(
        book: recovery.book, nextSeq: recovery.lastSeq + 1, durableSeq: recovery.lastSeq,
        checkpointSeq: recovery.lastSeq - UInt64(recovery.replayed)))
    scheduleFollowing()
  }

  /// From now on `observer` hears of every batch.
  package func add(observer: any CommitObserver) {
    observers.withLock { $0.append(observer) }
  }

  // MARK: - Appending

  /// What became of a callback that was handed in.
  package enum Reception: Sendable {
    /// It repeats one that is durable: it can be acknowledged at once.
    case duplicate
    /// Its ticket comes with a later commit.
    case queued
    /// The ledger is closed.
    case closed
  }

  /// Takes in a callback with its raw request: the request target as sent, the field lines as a JSON array of
  /// `["name","value"]`, and the body that was verified. `flush` must follow, once for any number of callbacks.
  package func append(
    _ callback: VerifiedCallback, target: Span<UInt8>, fields: Span<UInt8>, body: Span<UInt8>, at: Timestamp,
    ticket: Ticket
  ) -> Reception {
    let news = CallbackNews(callback)
    return core.withLock { core in
      guard !core.isClosed else { return .closed }
      let event = Event(seq: core.nextSeq, at: at, what: .callback(news))
      guard !core.recent.contains(news), !core.book.isKnownEnd(event) else {
        core.counts.duplicates += 1
        return .duplicate
      }
      EventEncoding.append(
        news, target: target, fields: fields, body: body, seq: event.seq, at: at, isBarrier: core.batch.isEmpty,
        to: &core.batch.bytes)
      core.add(event, .ticket(ticket))
      return .queued
    }
  }

  /// Takes in an event of our own and returns when it is durable.
  ///
  /// - Returns: the task that it went to: after a join that may be another than the one it names.
  @discardableResult
  package func append(_ event: OwnEvent, at: Timestamp = .now()) async throws(LedgerError) -> TaskID {
    let result: Result<TaskID, LedgerError> = await withCheckedContinuation { continuation in
      let isOpen = core.withLock { core in
        guard !core.isClosed else { return false }
        core.add(event, at, .continuation(continuation))
        return true
      }
      if isOpen { flush() } else { continuation.resume(returning: .failure(.closed)) }
    }
    return try result.get()
  }

  /// What became of an intent.
  package enum Intent: Sendable {
    /// Durable: the request may leave.
    case new
    /// The idempotency key was used before, by this task.
    case existing(TaskID)
  }

  /// Takes in the intent to create a task, unless its idempotency key was used before. Either way it is durable when
  /// this returns.
  package func append(_ submission: Submission, at: Timestamp = .now()) async throws(LedgerError) -> Intent {
    var earlier: TaskID?
    let result: Result<TaskID, LedgerError> = await withCheckedContinuation { continuation in
      earlier = core.withLock { core in
        guard !core.isClosed else {
          continuation.resume(returning: .failure(.closed))
          return nil
        }
        if let key = submission.idempotency?.key {
          if let known = core.book.idempotencyKeys[key] {
            continuation.resume(returning: .success(known))
            return known
          }
          if let pending = core.pendingKeys[key] {
            core.batch.followers.append((continuation, pending))
            return pending
          }
          core.pendingKeys[key] = submission.task
        }
        core.add(.submitted(submission), at, .continuation(continuation))
        return nil
      }
      flush()
    }
    _ = try result.get()
    return earlier.map { .existing($0) } ?? .new
  }

  /// Starts writing what has come together, if that is not going on already.
  package func flush() {
    let isNeeded = core.withLock { core in
      guard !core.isCommitting, !core.batch.isEmpty else { return false }
      core.isCommitting = true
      return true
    }
    if isNeeded { journalQueue.async { self.commit() } }
  }

  // MARK: - Committing

  private func commit() {
    while var batch = nextBatch() {
      do throws(DiskError) {
        let prepared = try prepare(batch.events)
        let bytes = batch.bytes
        let firstSeq = batch.firstSeq
        if !bytes.isEmpty {
          try writer.withLock { (writer) throws(DiskError) in try writer.write(bytes, firstSeq: firstSeq) }
        }
        finish(&batch, prepared)
      } catch {
        fail(&batch, error)
      }
      batch.clear()
      giveBack(batch)
    }
  }

  /// Brings the finished tasks along that the events touch: before these are durable, so that folding them cannot fail,
  /// and whether they are in memory or not, so that they may leave it until then.
  private func prepare(_ events: [Event]) throws(DiskError) -> [TaskID: TaskState] {
    var prepared: [TaskID: TaskState] = [:]
    var missing: [TaskID: UInt64] = [:]
    core.withLock { core in
      for event in events {
        core.book.forEachFinished(touchedBy: event) { entry in
          if let task = core.book.task(entry.id) { prepared[entry.id] = task } else { missing[entry.id] = entry.seq }
        }
      }
    }
    for (id, seq) in missing {
      do throws(LedgerError) {
        prepared[id] = try stateOnDisk(of: id, at: seq)
      } catch .unavailable(let error) {
        throw error
      } catch {
        throw DiskError(operation: "read", path: files.path(of: id), errno: 0, message: "\(error)")
      }
      if prepared[id] == nil {
        throw DiskError(operation: "read", path: files.path(of: id), errno: 0, message: "the journal has no such task")
      }
    }
    return prepared
  }

  private func nextBatch() -> Batch? {
    core.withLock { core in
      guard !core.batch.isEmpty else {
        core.isCommitting = false
        return nil
      }
      var next = core.spare.take() ?? Batch()
      next.firstSeq = core.nextSeq
      swap(&next, &core.batch)
      return next
    }
  }

  private func giveBack(_ batch: consuming Batch) {
    var kept: Batch? = batch
    core.withLock { $0.spare = kept.take() }
  }

  private func finish(_ batch: inout Batch, _ prepared: [TaskID: TaskState]) {
    var commit = Commit()
    var resumptions = batch.followers
    let events = batch.events
    let completions = batch.completions
    var place = 0
    while place < events.count {
      // In strides, so that those who append need not wait for a long batch.
      let end = min(place + Self.foldStride, events.count)
      core.withLock { core in
        for place in place..<end {
          let change = core.fold(events[place], prepared)
          if change.effect != .none {
            commit.changes.append(
              TaskChange(
                task: change.task, seq: events[place].seq, type: events[place].type, isEnd: change.effect == .ended))
          }
          switch completions[place] {
          case .none: break
          case .ticket(let ticket): commit.tickets.append(ticket)
          case .continuation(let continuation): resumptions.append((continuation, change.task))
          }
        }
        core.durableSeq = events[end - 1].seq
      }
      place = end
    }
    core.withLock { core in
      core.counts.batches += 1
      core.counts.events += UInt64(events.count)
      core.counts.failure = nil
    }
    for (continuation, task) in resumptions { continuation.resume(returning: .success(task)) }
    tell(commit)
    scheduleFollowing()
  }

  /// Nothing of the batch, nor of what queued up behind it, is acknowledged: their numbers are given out again.
  private func fail(_ batch: inout Batch, _ error: DiskError) {
    var completions = batch.completions
    var followers = batch.followers
    let firstSeq = batch.firstSeq
    core.withLock { core in
      completions += core.batch.completions
      followers += core.batch.followers
      core.batch.clear()
      core.nextSeq = firstSeq
      core.batch.firstSeq = firstSeq
      core.pendingKeys = [:]
      core.counts.failures += 1
      core.counts.failure = error
    }
    var commit = Commit(failure: .unavailable(error))
    for completion in completions {
      switch completion {
      case .none: break
      case .ticket(let ticket): commit.tickets.append(ticket)
      case .continuation(let continuation): continuation.resume(returning: .failure(.unavailable(error)))
      }
    }
    for (continuation, _) in followers { continuation.resume(returning: .failure(.unavailable(error))) }
    tell(commit)
  }

  private func tell(_ commit: Commit) {
    for observer in observers.withLock({ $0 }) { observer.ledgerDid(commit) }
  }

  // MARK: - Closing

  /// Writes what has come in, lets the task files catch up, and gives the data folder back. Later appends fail.
  /// Not to be called by a `CommitObserver`, for it waits for what those are told. Closing again does nothing.
  package func close() {
    let isFirst = core.withLock { core in
      defer { core.isClosed = true }
      return !core.isClosed
    }
    guard isFirst else { return }
    flush()
    journalQueue.sync {}
    fileQueue.sync { self.follow(isClosing: true) }
    writer.withLock { $0.close() }
    disk.close(lockFile)
  }
}

extension Ledger.Core {
  mutating func add(_ event: OwnEvent, _ at: Timestamp, _ completion: Batch.Completion) {
    EventEncoding.append(event, seq: nextSeq, at: at, isBarrier: batch.isEmpty, to: &batch.bytes)
    add(Event(seq: nextSeq, at: at, what: .own(event)), completion)
  }

  mutating func add(_ event: Event, _ completion: Batch.Completion) {
    if batch.isEmpty { batch.firstSeq = event.seq }
    batch.events.append(event)
    batch.completions.append(completion)
    nextSeq += 1
  }

  /// Folds a durable event.
  mutating func fold(_ event: Event, _ prepared: [TaskID: TaskState]) -> Book.Change {
    switch event.what {
    case .callback(let news): recent.insert(news)
    case .own(.submitted(let submission)):
      if let key = submission.idempotency?.key { pendingKeys[key] = nil }
    case .own: break
    }
    return book.apply(event, prepared: prepared)
  }
}
