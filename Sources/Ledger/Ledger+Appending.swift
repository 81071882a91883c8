// SPDX-License-Identifier: Apache-2.0

package import Callbacks
internal import Synchronization
internal import Threads

/// What has come in and is not durable yet.
struct Intake: ~Copyable {
  var batch = Batch()
  /// Number of the next line.
  var nextSeq: UInt64
  var isCommitting = false
  var isClosed = false
  /// Callbacks that are durable.
  var recent = RecentDigests()
  /// Idempotency keys of submissions that are not durable.
  var pendingKeys: [String: TaskID] = [:]
  var duplicates: UInt64 = 0

  init(nextSeq: UInt64) {
    self.nextSeq = nextSeq
  }

  mutating func add(_ event: OwnEvent, _ at: Timestamp, _ waiter: Batch.Waiter) {
    EventEncoding.append(event, seq: nextSeq, at: at, isBarrier: batch.events.isEmpty, to: &batch.text)
    add(Event(seq: nextSeq, at: at, what: .own(event)), waiter)
  }

  /// Takes in an event whose line has been written.
  mutating func add(_ event: Event, _ waiter: Batch.Waiter) {
    batch.waiters.append((batch.events.count, waiter))
    add(event)
  }

  /// The same of one that has a ticket.
  mutating func add(_ event: Event, _ ticket: Ticket) {
    batch.tickets.append(ticket)
    add(event)
  }

  private mutating func add(_ event: Event) {
    batch.events.append(event)
    batch.lineEnds.append(batch.text.textCount)
    nextSeq += 1
  }
}

/// Taking things in.
extension Ledger {
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
    let news = callback.news
    // Only to spare the journal a line that would change nothing: not worth waiting for.
    var event = Event(seq: 0, at: at, what: .callback(news))
    let isKnownEnd = core.withLockIfAvailable { $0.book.isKnownEnd(news, key: event.providerKey) } ?? false
    return intake.withLock { intake in
      guard !intake.isClosed else { return .closed }
      guard !isKnownEnd, !intake.recent.contains(news) else {
        intake.duplicates += 1
        return .duplicate
      }
      let seq = intake.nextSeq
      EventEncoding.append(
        news, target: target, fields: fields, body: body, seq: seq, at: at, isBarrier: intake.batch.events.isEmpty,
        to: &intake.batch.text)
      event.seq = seq
      intake.add(event, ticket)
      return .queued
    }
  }

  /// Takes in an event of our own and returns when it is durable.
  ///
  /// - Returns: the task that it went to: after a join that may be another than the one it names.
  @discardableResult
  package func append(_ event: OwnEvent, at: Timestamp = .now()) async throws(LedgerError) -> TaskID {
    let result: Result<TaskID, LedgerError> = await withCheckedContinuation { continuation in
      let isOpen = intake.withLock { intake in
        guard !intake.isClosed else { return false }
        intake.add(event, at, continuation)
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
      earlier = intake.withLock { intake in
        guard !intake.isClosed else {
          continuation.resume(returning: .failure(.closed))
          return nil
        }
        if let key = submission.idempotency?.key {
          if let pending = intake.pendingKeys[key] {
            intake.batch.followers.append((continuation, pending))
            return pending
          }
          if let known = core.withLock({ $0.book.idempotencyKeys[key] }) {
            continuation.resume(returning: .success(known))
            return known
          }
          intake.pendingKeys[key] = submission.task
        }
        intake.add(.submitted(submission), at, continuation)
        return nil
      }
      flush()
    }
    _ = try result.get()
    return earlier.map { .existing($0) } ?? .new
  }

  /// Starts writing what has come together, if that is not going on already.
  package func flush() {
    let isNeeded = intake.withLock { intake in
      guard !intake.isCommitting, !intake.batch.isEmpty else { return false }
      intake.isCommitting = true
      return true
    }
    if isNeeded { journal.async { self.commit() } }
  }
}
