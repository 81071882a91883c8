// SPDX-License-Identifier: Apache-2.0

internal import Callbacks
internal import Synchronization

/// Making what has come in durable, and folding it; on the journal's thread.
extension Ledger {
  /// Events folded while those who ask for tasks wait.
  private static let foldStride = 64

  func commit() {
    room.withLock { commit(&$0) }
  }

  private func commit(_ room: inout CommitRoom) {
    var hasNext = takeBatch(insteadOf: &room.batch, settling: [])
    while hasNext {
      var commit = Commit(tickets: room.batch.tickets)
      var resumptions: [(Batch.Waiter, Result<TaskID, LedgerError>)] = []
      do throws(DiskError) {
        let prepared = try prepare(room.batch.events)
        let position = try write(&room.batch)
        let settled = fold(room.batch, at: position, prepared, &commit, &resumptions)
        hasNext = takeBatch(insteadOf: &room.next, settling: room.batch.events[settled...])
      } catch {
        fail(room.batch, error, &commit, &resumptions)
        hasNext = takeBatch(insteadOf: &room.next, settling: [])
      }
      for (waiter, result) in resumptions { waiter.resume(returning: result) }
      scheduleFollowing()
      // Last: whoever hears of it may go on at once, instead of this thread.
      tell(commit)
      room.batch.clear()
      swap(&room.batch, &room.next)
    }
  }

  /// Brings the finished tasks along that the events touch: before these are durable, so that folding them cannot fail,
  /// and whether they are in memory or not, so that they may leave it until then.
  private func prepare(_ events: [Event]) throws(DiskError) -> [TaskID: TaskState] {
    var prepared: [TaskID: TaskState] = [:]
    var missing: [TaskID: UInt64] = [:]
    core.withLock { core in
      for event in events {
        for entry in core.book.finished(touchedBy: event) {
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

  /// Takes what has come in and leaves an empty batch in its place; if nothing has, committing is over.
  ///
  /// - Parameter events: durable and folded. They are noted with the same lock: the fewer, the less often threads meet.
  private func takeBatch(insteadOf batch: inout Batch, settling events: ArraySlice<Event>) -> Bool {
    let end = writer.withLock { $0.offset }
    return intake.withLock { intake in
      for event in events { intake.settle(event) }
      guard !intake.batch.isEmpty else {
        intake.isCommitting = false
        return false
      }
      swap(&batch, &intake.batch)
      // Where it will begin, unless the segment ends before.
      intake.batch.text.begin(behind: (end + batch.text.textCount) % Blocks.size)
      return true
    }
  }

  /// - Returns: where the batch was written; `nil` if there was nothing to write.
  private func write(_ batch: inout Batch) throws(DiskError) -> JournalPosition? {
    guard let firstSeq = batch.events.first?.seq else { return nil }
    var text = Blocks()
    swap(&text, &batch.text)
    defer { swap(&text, &batch.text) }
    return try writer.withLock { (writer) throws(DiskError) in try writer.write(&text, firstSeq: firstSeq) }
  }

  /// Folds the batch, notes what changed, and what each of the waiters is to hear.
  ///
  /// - Returns: the place of the first event that is not settled.
  private func fold(
    _ batch: borrowing Batch, at position: JournalPosition?, _ prepared: [TaskID: TaskState], _ commit: inout Commit,
    _ resumptions: inout [(Batch.Waiter, Result<TaskID, LedgerError>)]
  ) -> Int {
    resumptions = batch.followers.map { ($0.0, .success($0.1)) }
    guard let position else { return 0 }
    let events = batch.events
    let waiters = batch.waiters
    let lines = BatchLines(position: position, ends: batch.lineEnds)
    commit.changes.reserveCapacity(events.count)
    var heard = 0
    var place = 0
    folding.withLock { _ in
      while true {
        // In strides, so that those who append need not wait for a long batch.
        let end = min(place + Self.foldStride, events.count)
        core.withLock { core in
          for place in place..<end {
            let change =
              core.book.enter(events[place], at: lines[place]) ?? core.book.apply(place, of: events, prepared)
            if change.effect != .none {
              commit.changes.append(
                TaskChange(
                  task: change.task, seq: events[place].seq, type: events[place].type, isEnd: change.effect == .ended))
            }
            if heard < waiters.count, waiters[heard].place == place {
              resumptions.append((waiters[heard].waiter, .success(change.task)))
              heard += 1
            }
          }
          core.durableSeq = events[end - 1].seq
          guard end == events.count else { return }
          core.counts.batches += 1
          core.counts.events += UInt64(events.count)
          core.counts.failure = nil
        }
        guard end < events.count else { break }
        intake.withLock { intake in
          for event in events[place..<end] { intake.settle(event) }
        }
        place = end
      }
    }
    return place
  }

  /// Nothing of the batch, nor of what queued up behind it, is acknowledged: their numbers are given out again.
  private func fail(
    _ batch: borrowing Batch, _ error: DiskError, _ commit: inout Commit,
    _ resumptions: inout [(Batch.Waiter, Result<TaskID, LedgerError>)]
  ) {
    commit.failure = .unavailable(error)
    var waiters = batch.waiters.map(\.waiter) + batch.followers.map(\.0)
    let firstSeq = batch.events.first?.seq
    intake.withLock { intake in
      commit.tickets += intake.batch.tickets
      waiters += intake.batch.waiters.map(\.waiter) + intake.batch.followers.map(\.0)
      intake.batch.clear()
      if let firstSeq { intake.nextSeq = firstSeq }
      intake.pendingKeys = [:]
    }
    core.withLock { core in
      core.counts.failures += 1
      core.counts.failure = error
    }
    resumptions = waiters.map { ($0, .failure(.unavailable(error))) }
  }

  private func tell(_ commit: Commit) {
    for observer in observers.withLock({ $0 }) { observer.ledgerDid(commit) }
  }
}

extension Book {
  /// Folds one event of a batch. A task that an earlier one left in the journal was not there when others were brought
  /// along: its whole story is that event.
  fileprivate mutating func apply(_ place: Int, of events: [Event], _ prepared: [TaskID: TaskState]) -> Change {
    guard deferred.count > 0 else { return apply(events[place], prepared: prepared) }
    var prepared = prepared
    for entry in finished(touchedBy: events[place]) where entry.deferral != nil && entry.seq >= events[0].seq {
      prepared[entry.id] = TaskState(entry.id, of: events[Int(entry.seq - events[0].seq)])
    }
    return apply(events[place], prepared: prepared)
  }
}

extension Intake {
  /// An event is durable and folded.
  mutating func settle(_ event: Event) {
    switch event.what {
    case .callback(let news): recent.insert(news)
    case .own(.submitted(let submission)):
      if let key = submission.idempotency?.key { pendingKeys[key] = nil }
    case .own: break
    }
  }
}
