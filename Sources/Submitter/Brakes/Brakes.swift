// SPDX-License-Identifier: Apache-2.0

internal import Callbacks
internal import Ledger
internal import Provider
internal import Synchronization

/// Holds submissions back before they cost anything: the provider's rate, the number of running tasks, the operator's
/// limits, and models that fail.
///
/// One queue, first come first served. What waits in it is not booked: a state on disk would have to say whether the
/// request left, and what a crash cuts off while waiting has certainly not left. So the intent is booked when a submission
/// is let through, no earlier; until then it exists only in its caller's open request, and is counted in `BrakeCounts`.
actor Brakes {
  /// Leave to send one request.
  struct Pass: Hashable {
    let number: UInt64
    let model: String
  }

  private struct Waiter {
    let number: UInt64
    let model: String
    let arrival: ContinuousClock.Instant
    let continuation: CheckedContinuation<Result<Pass, Hold>, Never>
  }

  private enum Verdict {
    case go
    /// Until then, or until something happens; why, in plain words.
    case wait(Timestamp?, String)
    case refuse(Hold)
  }

  static let maxWaiting = 1000
  /// How long the next request waits for the answer to the one before it, so that they arrive in order; an answer that takes
  /// longer must not hold up all others.
  private static let turn: Int64 = 1_000
  private static let backOffs: [Int64] = [2_000, 4_000, 8_000]
  static var maxRetries: Int { backOffs.count }
  /// Tasks whose end nobody told for so long do not count as running any more.
  private static let forgottenAfter: Int64 = 24 * 60 * 60_000

  private let ledger: Ledger
  private let clock: SubmitterClock
  private let account: Account
  private let configuration: @Sendable () -> SubmitterConfiguration
  private let report: @Sendable (SubmitterNotice) -> Void
  private let nap: Nap
  private var waiting: [Waiter] = []
  private var count: UInt64 = 0
  private var window = CreateWindow()
  private var passes: Set<Pass> = []
  private var turnHolder: Pass?
  private var turnUntil = Timestamp(milliseconds: 0)
  private var notBefore = Timestamp(milliseconds: 0)
  private var streaks: [String: FailureStreak] = [:]
  private var isStopped = false
  private nonisolated let tally = Mutex(BrakeCounts())

  init(
    ledger: Ledger, clock: SubmitterClock, account: Account,
    configuration: @escaping @Sendable () -> SubmitterConfiguration,
    report: @escaping @Sendable (SubmitterNotice) -> Void
  ) {
    self.ledger = ledger
    self.clock = clock
    self.account = account
    self.configuration = configuration
    self.report = report
    nap = Nap(clock)
  }

  nonisolated var counts: BrakeCounts {
    let now = clock.now()
    return tally.withLock { counts in
      counts.pauses.removeAll { $0.until <= now }
      return counts
    }
  }

  // MARK: - For submissions

  /// Waits until the submission may leave. A pass must be given back with `decided` or `withdraw`.
  ///
  /// - Parameters:
  ///   - arrival: when the submission came: who came first is served first.
  ///   - isRetry: whether it has been sent before, and so has its place in any case.
  func admit(
    _ model: String, arrival: ContinuousClock.Instant, isRetry: Bool = false
  ) async -> Result<Pass, Hold> {
    if let hold = refusal(model, isRetry: isRetry) { return held(hold) }
    count += 1
    let number = count
    let result = await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        enqueue(Waiter(number: number, model: model, arrival: arrival, continuation: continuation))
        // Cancelled before it waited: nobody would take it out again.
        if Task.isCancelled { abandon(number) }
        publish()
        nap.wake()
      }
    } onCancel: {
      Task { await self.abandon(number) }
    }
    if case .failure(let hold) = result { return held(hold) }
    return result
  }

  private func enqueue(_ waiter: Waiter) {
    let place = waiting.lastIndex { $0.arrival <= waiter.arrival }.map { $0 + 1 } ?? 0
    waiting.insert(waiter, at: place)
  }

  /// What need not wait for its turn to be refused.
  private func refusal(_ model: String, isRetry: Bool) -> Hold? {
    if isStopped { return .stopping }
    if !isRetry, waiting.count >= Self.maxWaiting { return .queueFull(waiting: waiting.count) }
    return paused(model) ?? overCap(model)
  }

  private func held(_ hold: Hold) -> Result<Pass, Hold> {
    tally.withLock { $0.held[hold.reason, default: 0] += 1 }
    return .failure(hold)
  }

  private func abandon(_ number: UInt64) {
    guard let place = waiting.firstIndex(where: { $0.number == number }) else { return }
    waiting.remove(at: place).continuation.resume(returning: .failure(.abandoned))
    publish()
    nap.wake()
  }

  /// The provider answered, or its answer is known to be lost: the next one may leave.
  func answered(_ pass: Pass) {
    window.answer(at: clock.now())
    endTurn(pass)
  }

  /// What came of it is booked.
  func decided(_ pass: Pass) {
    passes.remove(pass)
    publish()
    nap.wake()
  }

  /// Nothing was sent.
  func withdraw(_ pass: Pass) {
    window.withdraw()
    passes.remove(pass)
    endTurn(pass)
  }

  private func endTurn(_ pass: Pass) {
    if turnHolder == pass { turnHolder = nil }
    publish()
    nap.wake()
  }

  /// The provider said that it is too busy, and made nothing: all wait for a while. The pass is used up.
  ///
  /// - Parameter attempt: how many times in a row, from 1.
  func backOff(_ pass: Pass, attempt: Int) {
    window.answer(at: clock.now())
    if turnHolder == pass { turnHolder = nil }
    let wait = Self.backOffs[min(attempt, Self.backOffs.count) - 1]
    notBefore = max(notBefore, clock.now().advanced(byMilliseconds: wait))
    tally.withLock { $0.retries += 1 }
    report(.rateLimited(attempt: attempt, waitMilliseconds: wait))
    decided(pass)
  }

  // MARK: - What models do

  func failed(_ model: String) {
    guard !model.isEmpty, let length = streaks[model, default: FailureStreak()].fail(at: clock.now()) else { return }
    report(.modelPaused(model, failures: streaks[model]?.failures ?? 0, minutes: length / 60_000))
    publish()
    nap.wake()
  }

  /// Tasks changed: an end makes room for another task, and tells how the model does.
  func heard(_ changes: [TaskChange]) {
    var hasEnded = false
    for change in changes where change.isEnd {
      hasEnded = true
      guard let task = ledger.task(change.task) else { continue }
      if task.state == .success { streaks[task.model] = nil }
      if task.state == .fail { failed(task.model) }
    }
    guard hasEnded else { return }
    publish()
    nap.wake()
  }

  // MARK: - Letting through

  /// Lets submissions through until the task is cancelled; then nobody waits any more.
  func run() async {
    while !Task.isCancelled {
      guard let head = waiting.first else {
        note(nil)
        await nap.sleep(until: clock.now().advanced(byMilliseconds: 3_600_000))
        continue
      }
      let verdict = await verdict(head.model)
      // While the balance was asked for, the first may have gone away.
      guard waiting.first?.number == head.number else { continue }
      switch verdict {
      case .go: await letThrough(head)
      case .refuse(let hold):
        waiting.removeFirst()
        publish()
        head.continuation.resume(returning: .failure(hold))
      case .wait(let moment, let words):
        note(words)
        await nap.sleep(until: moment ?? clock.now().advanced(byMilliseconds: 60_000))
      }
    }
    isStopped = true
    for waiter in waiting { waiter.continuation.resume(returning: .failure(.stopping)) }
    waiting = []
    publish()
  }

  private func letThrough(_ waiter: Waiter) async {
    waiting.removeFirst()
    let pass = Pass(number: waiter.number, model: waiter.model)
    window.leave()
    passes.insert(pass)
    turnHolder = pass
    turnUntil = clock.now().advanced(byMilliseconds: Self.turn)
    publish()
    waiter.continuation.resume(returning: .success(pass))
    if configuration().spending.balanceFloor != nil {
      await account.spend(ledger.latestCharge(of: waiter.model))
    }
  }

  private func verdict(_ model: String) async -> Verdict {
    let now = clock.now()
    if let hold = paused(model) ?? overCap(model) { return .refuse(hold) }
    if turnHolder != nil, now < turnUntil { return .wait(turnUntil, "the answer to the one before") }
    if now < notBefore { return .wait(notBefore, "the provider, which said that it is too busy") }
    guard let opening = window.opening(at: now) else { return .wait(nil, Self.rate) }
    if now < opening { return .wait(opening, Self.rate) }
    let since = now.advanced(byMilliseconds: -Self.forgottenAfter)
    let running = ledger.openCounts(since: since).running + passes.count
    let limit = configuration().spending.maxRunning
    if running >= limit {
      return .wait(nil, "one of \(running) running tasks to end (spending.maxRunning is \(limit))")
    }
    if let hold = await belowFloor() { return .refuse(hold) }
    return .go
  }

  private static let rate =
    "the provider's limit of \(CreateWindow.limit) new tasks in \(CreateWindow.span / 1000) s"

  private func paused(_ model: String) -> Hold? {
    guard let streak = streaks[model], let until = streak.pausedUntil, streak.isPaused(at: clock.now()) else {
      return nil
    }
    return .modelPaused(model, failures: streak.failures, until: until)
  }

  private func overCap(_ model: String) -> Hold? {
    guard let cap = configuration().spending.dailyCap else { return nil }
    let charged = ledger.charged(on: UTCDay(.now()))
    let expected = ledger.expectedCharge(ofOpenTasksAnd: model)
    return charged >= cap || charged + expected > cap
      ? .capReached(charged: charged, expected: expected, cap: cap) : nil
  }

  private func belowFloor() async -> Hold? {
    let configuration = configuration()
    guard let floor = configuration.spending.balanceFloor, let provider = configuration.provider else { return nil }
    do throws(ProviderError) {
      let balance = try await account.estimate(provider)
      return balance < floor ? .belowFloor(balance: balance, floor: floor) : nil
    } catch {
      return .balanceUnknown("\(error)")
    }
  }

  // MARK: - Telling

  private func note(_ words: String?) {
    tally.withLock { $0.waitingFor = words }
  }

  private func publish() {
    let now = clock.now()
    let waiting = waiting.count
    let inFlight = passes.count
    let pauses = streaks.compactMap { model, streak in
      streak.pausedUntil.flatMap {
        now < $0 ? BrakeCounts.Pause(model: model, failures: streak.failures, until: $0) : nil
      }
    }.sorted { $0.model < $1.model }
    tally.withLock { counts in
      counts.waiting = waiting
      counts.inFlight = inFlight
      counts.pauses = pauses
    }
  }
}
