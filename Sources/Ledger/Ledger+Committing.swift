// SPDX-License-Identifier: Apache-2.0

internal import Callbacks
internal import Dispatch
internal import Synchronization

/// Making what has come in durable, and folding it; on the journal queue.
extension Ledger {
  /// Events folded while those who ask for tasks wait.
  private static let foldStride = 64

  func commit() {
    while var batch = nextBatch() {
      do throws(DiskError) {
        let prepared = try prepare(batch.events)
        var position: JournalPosition?
        if let firstSeq = batch.events.first?.seq {
          var text = Blocks()
          swap(&text, &batch.text)
          defer { swap(&text, &batch.text) }
          position = try writer.withLock { (writer) throws(DiskError) in
            try writer.write(&text, firstSeq: firstSeq)
          }
        }
        finish(&batch, at: position, prepared)
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

  private func nextBatch() -> Batch? {
    let end = writer.withLock { $0.offset }
    return intake.withLock { intake in
      guard !intake.batch.isEmpty else {
        intake.isCommitting = false
        return nil
      }
      var next = intake.spare.take() ?? Batch()
      swap(&next, &intake.batch)
      // Where it will begin, unless the segment ends before.
      intake.batch.text.begin(behind: (end + next.text.textCount) % Blocks.size)
      return next
    }
  }

  private func giveBack(_ batch: consuming Batch) {
    var kept: Batch? = batch
    intake.withLock { $0.spare = kept.take() }
  }

  /// - Parameter position: where the batch was written; `nil` if there was nothing to write.
  private func finish(_ batch: inout Batch, at position: JournalPosition?, _ prepared: [TaskID: TaskState]) {
    let events = batch.events
    var commit = Commit(tickets: batch.tickets)
    var resumptions = batch.followers
    if let position {
      let lines = BatchLines(position: position, ends: batch.lineEnds)
      fold(events, lines, prepared, batch.waiters, &commit, &resumptions)
      core.withLock { core in
        core.counts.batches += 1
        core.counts.events += UInt64(events.count)
        core.counts.failure = nil
      }
    }
    for (waiter, task) in resumptions { waiter.resume(returning: .success(task)) }
    tell(commit)
    scheduleFollowing()
  }

  /// Folds the batch, notes what changed, and which task each of the waiters is to hear of.
  private func fold(
    _ events: [Event], _ lines: BatchLines, _ prepared: [TaskID: TaskState],
    _ waiters: [(place: Int, waiter: Batch.Waiter)], _ commit: inout Commit,
    _ resumptions: inout [(Batch.Waiter, TaskID)]
  ) {
    commit.changes.reserveCapacity(events.count)
    var heard = 0
    var place = 0
    folding.withLock { _ in
      while place < events.count {
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
              resumptions.append((waiters[heard].waiter, change.task))
              heard += 1
            }
          }
          core.durableSeq = events[end - 1].seq
        }
        intake.withLock { intake in
          for place in place..<end { intake.settle(events[place]) }
        }
        place = end
      }
    }
  }

  /// Nothing of the batch, nor of what queued up behind it, is acknowledged: their numbers are given out again.
  private func fail(_ batch: inout Batch, _ error: DiskError) {
    var commit = Commit(tickets: batch.tickets, failure: .unavailable(error))
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
    for waiter in waiters { waiter.resume(returning: .failure(.unavailable(error))) }
    tell(commit)
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
