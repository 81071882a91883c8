// SPDX-License-Identifier: Apache-2.0

internal import Callbacks
internal import Ledger
internal import Provider
internal import Synchronization

/// Asks the provider's own record about tasks, beside the callbacks: about open ones, so that every task ends although its
/// callback never comes, and about ended ones until the record confirms the end or corrects it, because the provider's
/// signature does not cover what a callback says.
///
/// It decides nothing about a task: what a record says is booked, and the ledger's fold decides.
package actor Reconciler {
  /// What is known of a task beside the ledger.
  private struct Watch {
    /// Since when the task is known, by our own clock.
    var since: Timestamp
    /// When its end became known, by our own clock; `nil` while it is open.
    var endedAt: Timestamp?
    var attempts = 0
    var lastAsked: Timestamp?
    var isOverdue = false
    var isMissing = false
  }

  /// 9 questions a second: the provider allows 10, and a network may push them together.
  static let pace: Int64 = 110
  private static let maxRunning = 16
  /// Tasks whose end waits for its confirmation; further ones are looked up in the ledger when these are done.
  static let maxConfirmations = 20_000
  /// For how long a callback may be late before it counts as one that never came.
  private static let lateness: Int64 = 10 * 60_000
  /// Tasks that must have ended without any callback at all before that is an alarm.
  private static let alarmThreshold: UInt64 = 3
  /// Callbacks refused as stale make their task be asked about at most this often.
  private static let hintInterval: Int64 = 60_000
  /// No task is asked about more often, whatever comes in for it.
  private static let leastInterval: Int64 = 2_000

  private let ledger: Ledger
  private let clock: SubmitterClock
  private let nap: Nap
  private let provider: @Sendable () -> Provider?
  private let report: @Sendable (SubmitterNotice) -> Void
  private var watches: [TaskID: Watch] = [:]
  private var due = DueQueue<TaskID>()
  private var asking: Set<TaskID> = []
  private var confirmations = 0
  private var overdue = 0
  private var isOverflowing = false
  private var nextSlot = Timestamp(milliseconds: 0)
  private var pausedUntil = Timestamp(milliseconds: 0)
  private var lastRefusal: String?
  /// Tasks that the record ended, until their callback is given up as well.
  private var silent = DueQueue<TaskID>()
  private var hints: [TaskID: Timestamp] = [:]
  private nonisolated let tally = Mutex(ReconcilerCounts())

  init(
    ledger: Ledger, clock: SubmitterClock, provider: @escaping @Sendable () -> Provider?,
    report: @escaping @Sendable (SubmitterNotice) -> Void
  ) {
    self.ledger = ledger
    self.clock = clock
    self.provider = provider
    self.report = report
    nap = Nap(clock)
  }

  package nonisolated var counts: ReconcilerCounts { tally.withLock { $0 } }

  // MARK: - What is to be asked

  /// Takes up every open task, and every ended one of the last two weeks that nothing confirmed: at the start, and when
  /// there is an API key at last.
  func pickUp() {
    let now = clock.now()
    for task in ledger.openTasks() where task.providerTaskID != nil && watches[task.id] == nil {
      watch(task.id, since: min(now, task.createdAt), due: now)
    }
    pickUpEnded(since: now.advanced(byMilliseconds: -PollSchedule.lookback))
  }

  private func pickUpEnded(since: Timestamp) {
    let now = clock.now()
    let unconfirmed = ledger.unconfirmedTasks(since: since, limit: Self.maxConfirmations)
    isOverflowing = unconfirmed.count == Self.maxConfirmations
    for id in unconfirmed where watches[id] == nil { watchEnded(id, at: nil, now) }
    publish()
    nap.wake()
  }

  /// Tasks changed.
  func heard(_ changes: [TaskChange]) {
    let now = clock.now()
    if changes.contains(where: { $0.type == .callback || $0.type == .progress }) {
      tally.withLock { $0.hasHeardCallback = true }
    }
    for change in changes {
      switch change.type {
      case .callback, .progress: heardCallback(change, now)
      case .accepted, .joined:
        if watches[change.task] == nil { watch(change.task, since: now, due: firstQuestion(change.task, now)) }
      case .reparsed: if change.isEnd { watchEnded(change.task, at: now, now) }
      case .record, .submitted, .refused, .unknown, .saved, .resultLost, .balance: break
      }
    }
    publish()
    nap.wake()
  }

  private func heardCallback(_ change: TaskChange, _ now: Timestamp) {
    if change.type == .callback { silent[change.task] = nil }
    if change.isEnd {
      watchEnded(change.task, at: now, now)
    } else if let watch = watches[change.task] {
      guard watch.endedAt == nil, !asking.contains(change.task) else { return }
      if change.type == .callback {
        // It ended nothing, though it came where ends are told: the record will know more.
        due[change.task] = soonest(watch, now)
      } else {
        // As long as callbacks come there is no hurry.
        due[change.task] = next(change.task, watch, now)
      }
    } else {
      watch(change.task, since: now, due: firstQuestion(change.task, now))
    }
  }

  /// A callback about the task was rightly signed, but long ago: no proof of anything, and a reason to ask.
  func hint(_ submission: TaskID?, _ providerTaskID: String?) {
    guard
      let id = submission.flatMap({ ledger.task($0)?.id })
        ?? providerTaskID.flatMap({ ledger.task(providerTaskID: $0)?.id })
    else { return }
    let now = clock.now()
    guard hints[id].map({ now.milliseconds - $0.milliseconds >= Self.hintInterval }) ?? true else { return }
    if hints.count >= Self.maxConfirmations {
      hints = hints.filter { now.milliseconds - $0.value.milliseconds < Self.hintInterval }
    }
    hints[id] = now
    if let watch = watches[id] {
      if !asking.contains(id) { due[id] = soonest(watch, now) }
    } else {
      watch(id, since: now, due: now)
    }
    nap.wake()
  }

  private func watch(_ id: TaskID, since: Timestamp, due moment: Timestamp) {
    watches[id] = Watch(since: since)
    due[id] = moment
  }

  private func watchEnded(_ id: TaskID, at moment: Timestamp?, _ now: Timestamp) {
    var watch = watches[id] ?? Watch(since: now)
    guard watch.endedAt == nil else { return }
    guard confirmations < Self.maxConfirmations || watches[id] != nil else {
      isOverflowing = true
      return
    }
    watch.endedAt = moment ?? .distantPast
    watch.attempts = 0
    watches[id] = watch
    confirmations += 1
    if !asking.contains(id) { due[id] = soonest(watch, now) }
  }

  private func forget(_ id: TaskID) {
    due[id] = nil
    guard let watch = watches.removeValue(forKey: id) else { return }
    if watch.endedAt != nil { confirmations -= 1 }
    if watch.isOverdue { overdue -= 1 }
  }

  private func firstQuestion(_ id: TaskID, _ now: Timestamp) -> Timestamp {
    now.advanced(byMilliseconds: PollSchedule.delay(age: 0, spread: id.low))
  }

  private func soonest(_ watch: Watch, _ now: Timestamp) -> Timestamp {
    max(now, watch.lastAsked?.advanced(byMilliseconds: Self.leastInterval) ?? now)
  }

  private func next(_ id: TaskID, _ watch: Watch, _ now: Timestamp) -> Timestamp {
    let age = now.milliseconds - watch.since.milliseconds
    return now.advanced(byMilliseconds: PollSchedule.delay(age: age, spread: id.low))
  }

  // MARK: - Asking

  /// Asks until the task is cancelled.
  func run() async {
    await withDiscardingTaskGroup { group in
      while !Task.isCancelled {
        let now = clock.now()
        giveUpSilent(now)
        if isOverflowing, confirmations < Self.maxConfirmations / 2 {
          pickUpEnded(since: now.advanced(byMilliseconds: -PollSchedule.day))
        }
        if now >= pausedUntil, asking.count < Self.maxRunning, provider() != nil, let id = due.popDue(at: now) {
          asking.insert(id)
          let slot = takeSlot(now)
          group.addTask { await self.ask(id) }
          _ = try? await clock.sleep(until: slot.advanced(byMilliseconds: Self.pace))
        } else {
          await nap.sleep(until: wakeTime(now))
        }
      }
    }
  }

  private func wakeTime(_ now: Timestamp) -> Timestamp {
    var moments = [silent.next(), now.advanced(byMilliseconds: 3_600_000)].compactMap { $0 }
    // While as many are asked about as may be, the end of a question wakes us; without an API key nothing does.
    if asking.count < Self.maxRunning, provider() != nil, let next = due.next() {
      moments.append(max(next, pausedUntil))
    }
    return moments.min() ?? now
  }

  /// The moment at which the next question may leave.
  private func takeSlot(_ now: Timestamp) -> Timestamp {
    let slot = max(now, nextSlot)
    nextSlot = slot.advanced(byMilliseconds: Self.pace)
    return slot
  }

  private func ask(_ id: TaskID) async {
    var answer: RecordAnswer?
    if let task = ledger.task(id), task.id == id, task.isWorthAsking, let name = task.providerTaskID,
      let provider = provider()
    {
      watches[id]?.lastAsked = clock.now()
      answer = await take(provider.recordInfo(taskID: name), of: task, isForced: false)
    }
    asking.remove(id)
    settle(id, answer)
    publish()
    nap.wake()
  }

  /// Asks about one task now, for somebody who waits for it, and books what is said even if it is nothing new.
  func askNow(_ task: TaskState, _ providerTaskID: String, _ provider: Provider) async -> RecordAnswer {
    let slot = takeSlot(clock.now())
    _ = try? await clock.sleep(until: slot)
    let answer = await take(provider.recordInfo(taskID: providerTaskID), of: task, isForced: true)
    if !asking.contains(task.id), watches[task.id] != nil { settle(task.id, answer) }
    publish()
    return answer
  }

  /// Books a record, and tells the others apart.
  private func take(_ outcome: RecordOutcome, of task: TaskState, isForced: Bool) async -> RecordAnswer {
    tally.withLock { $0.answers[outcome.kind, default: 0] += 1 }
    switch outcome {
    case .record(let record, _):
      do throws(LedgerError) {
        if isForced || task.isNews(record) {
          try await ledger.append(.record(task: task.id, report: record))
          noteEffect(on: task)
        }
        try await giveUpResult(of: task, record)
        return .booked
      } catch {
        report(.notBooked(task.id, reason: "\(error)"))
        return .failed("\(error)")
      }
    case .notFound: return .notFound
    case .refused(let refusal): return .refused(refusal)
    case .unparseable: return .failed("the provider's record of the task cannot be read")
    case .unavailable(let why): return .failed("the provider was not reached: \(why)")
    }
  }

  private func noteEffect(on old: TaskState) {
    guard let new = ledger.task(old.id), new.trust == .confirmed, new.state.isTerminal else { return }
    if old.trust != .confirmed { tally.withLock { $0.confirmed += 1 } }
    if old.state.isTerminal, old.state != new.state || old.result?.urls != new.result?.urls {
      tally.withLock { $0.corrected += 1 }
      report(.corrected(new.id))
    }
    guard !old.state.isTerminal, !old.history.contains(where: { $0.type == .callback }) else { return }
    silent[new.id] = clock.now().advanced(byMilliseconds: Self.lateness)
    let isAlarm = tally.withLock { counts in
      counts.rescued += 1
      return counts.rescued == Self.alarmThreshold && !counts.hasHeardCallback
    }
    if isAlarm { report(.noCallbackEver(tasks: Int(Self.alarmThreshold))) }
  }

  /// A success whose record has named no result for a whole day: it will not name one any more.
  private func giveUpResult(of task: TaskState, _ record: TaskReport) async throws(LedgerError) {
    guard record.state == .success, let now = ledger.task(task.id), !now.state.isTerminal,
      clock.now().milliseconds - task.createdAt.milliseconds >= PollSchedule.day
    else { return }
    try await ledger.append(
      .resultLost(task: task.id, reason: "the provider's record says success, but has named no result for a day"))
  }

  // MARK: - Afterwards

  /// When the task is asked about next, if at all.
  private func settle(_ id: TaskID, _ answer: RecordAnswer?) {
    let now = clock.now()
    if let answer { heed(answer, now) }
    guard let task = ledger.task(id), var watch = watches[id], task.id == id, answer != nil, task.isWorthAsking else {
      return forget(id)
    }
    watch.attempts += 1
    if task.state.isTerminal {
      if watch.endedAt == nil {
        watch.endedAt = now
        watch.attempts = 1
        confirmations += 1
      }
      let known = watch.endedAt.flatMap { $0 == .distantPast ? nil : $0 }
      let age = now.milliseconds - (known ?? task.completedAt ?? now).milliseconds
      guard let delay = PollSchedule.confirmationDelay(attempts: watch.attempts, age: age) else {
        forget(id)
        tally.withLock { $0.abandoned += 1 }
        return report(.neverConfirmed(id))
      }
      watches[id] = watch
      due[id] = now.advanced(byMilliseconds: delay)
    } else {
      if case .notFound = answer { noteMissing(id, &watch, now) }
      noteOverdue(id, &watch, now)
      watches[id] = watch
      due[id] = next(id, watch, now)
    }
  }

  /// A key that is refused, or a limit that is reached, is no reason to go on asking at once.
  private func heed(_ answer: RecordAnswer, _ now: Timestamp) {
    guard case .refused(let refusal) = answer else {
      if case .booked = answer { lastRefusal = nil }
      return
    }
    pausedUntil = now.advanced(byMilliseconds: refusal.retry == .later ? 10_000 : 60_000)
    guard lastRefusal != "\(refusal)" else { return }
    lastRefusal = "\(refusal)"
    report(.questionRefused("\(refusal)"))
  }

  private func noteMissing(_ id: TaskID, _ watch: inout Watch, _ now: Timestamp) {
    guard !watch.isMissing, now.milliseconds - watch.since.milliseconds > PollSchedule.settlingTime else { return }
    watch.isMissing = true
    report(.notKnown(id))
  }

  private func noteOverdue(_ id: TaskID, _ watch: inout Watch, _ now: Timestamp) {
    guard !watch.isOverdue, now.milliseconds - watch.since.milliseconds >= PollSchedule.day else { return }
    watch.isOverdue = true
    overdue += 1
    report(.overdue(id))
  }

  private func giveUpSilent(_ now: Timestamp) {
    var count: UInt64 = 0
    while silent.popDue(at: now) != nil { count += 1 }
    if count > 0 { tally.withLock { $0.callbacksMissing += count } }
  }

  private func publish() {
    let watched = watches.count - confirmations
    let confirmations = confirmations
    let overdue = overdue
    tally.withLock { counts in
      counts.open = watched
      counts.unconfirmed = confirmations
      counts.overdue = overdue
      counts.callbacksNeverArrived = counts.rescued >= Self.alarmThreshold && !counts.hasHeardCallback
    }
  }
}

extension Timestamp {
  /// Stands for a moment that is not known.
  fileprivate static let distantPast = Timestamp(milliseconds: .min)
}
