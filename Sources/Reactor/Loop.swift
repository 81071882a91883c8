// SPDX-License-Identifier: Apache-2.0

/// One thread's event loop: descriptors, deadlines and mailboxes around one epoll.
///
/// A tick is: wait, hand out what is ready, run the hooks behind the events, run the jobs that other threads posted, call
/// the deadlines that have passed, then run the hooks of the tick's end. The loop and everything made on it stays on one thread, which the
/// compiler checks by their not being `Sendable`; other threads hold a `Mailbox`.
package final class Loop {
  /// The order of what is done once a tick, after all events.
  package enum TickEnd: Int {
    /// Take up work that was put off.
    case resume
    /// Hand over what the tick has gathered (a batch to commit).
    case commit
    /// Send what the tick has to say.
    case flush
  }

  /// The clocks the loop runs by.
  package let clock: LoopClock
  /// The time at which the running tick began.
  package var now: MonotonicTime { began }
  /// Ticks so far.
  package var tick: UInt64 { ticks }
  /// Writes to the wake-up descriptor so far: one a burst of posts.
  package private(set) var wakeUps: UInt64 = 0

  // Behind getters: an access from another module to a property that changes is checked each time for overlaps.
  private var began: MonotonicTime
  private var ticks: UInt64 = 0
  private var poller: Poller
  private var deadlines = DeadlineQueue()
  private var inboxes: [Inbox] = []
  private var hooks: [[() -> Void]] = [[], [], []]
  private var eventHooks: [() -> Void] = []
  private let waker: Waker
  private var isWoken = false
  private var isStopped = false
  private var wantsAnotherTick = false

  package init(clock: LoopClock = .system) throws(SystemError) {
    self.clock = clock
    began = clock.monotonic()
    poller = try Poller(eventsPerWait: 256)
    waker = try Waker()
    let bell = Bell()
    _ = try poller.add(waker.descriptor, .read, bell)
    bell.ring = { [unowned self] in isWoken = true }
  }

  // MARK: Descriptors

  /// Watches a descriptor for as long as it is registered; the loop holds the handler.
  package func register(
    _ descriptor: borrowing Descriptor, _ interest: Interest, _ handler: any ReadinessHandler
  ) throws(SystemError) -> Registration {
    try poller.add(descriptor, interest, handler)
  }

  /// Changes what a descriptor is watched for.
  package func change(_ registration: Registration, to interest: Interest) throws(SystemError) {
    try poller.change(registration, to: interest)
  }

  /// Stops watching a descriptor that the caller closes next.
  package func forget(_ registration: Registration) {
    poller.forget(registration)
  }

  // MARK: Deadlines

  /// Makes a timer without a deadline; the loop holds the handler until `remove`.
  package func addTimer(_ handler: any DeadlineHandler) -> Timer {
    deadlines.add(handler)
  }

  /// Sets a timer's deadline, or takes it away with `nil`. It fires once.
  package func setDeadline(_ timer: Timer, to deadline: MonotonicTime?) {
    deadlines.set(timer, to: deadline)
  }

  /// Ends a timer.
  package func removeTimer(_ timer: Timer) {
    deadlines.remove(timer)
  }

  /// Runs `body` once after `delay`, or every `delay` when repeating, until `removeTimer`.
  @discardableResult
  package func after(_ delay: Duration, repeating: Bool = false, _ body: @escaping () -> Void) -> Timer {
    let action = TimedAction(loop: self, delay: delay, isRepeating: repeating, body: body)
    let timer = addTimer(action)
    action.timer = timer
    setDeadline(timer, to: clock.monotonic().advanced(by: delay))
    return timer
  }

  // MARK: Other threads

  /// Opens a way for other threads to reach `context`, which the loop holds from now on.
  package func mailbox<Context>(for context: Context) -> Mailbox<Context> {
    let (inbox, mailbox) = Inbox.make(for: context, waker)
    inboxes.append(inbox)
    return mailbox
  }

  // MARK: Running

  /// Runs `body` in every tick as soon as all events are handed out, in the order of these calls: for what is put off so
  /// that it is done for many descriptors at once.
  package func afterEvents(_ body: @escaping () -> Void) {
    eventHooks.append(body)
  }

  /// Runs `body` at the end of every tick, in the order of the phases and then of these calls.
  package func atTickEnd(_ phase: TickEnd, _ body: @escaping () -> Void) {
    hooks[phase.rawValue].append(body)
  }

  /// Lets the next tick begin without waiting, because work was left over.
  package func requestTick() {
    wantsAnotherTick = true
  }

  /// Runs ticks until `stop`.
  package func run() throws(SystemError) {
    isStopped = false
    while !isStopped { try runTick() }
  }

  /// Ends `run` after the running tick. From another thread: by a mailbox.
  package func stop() {
    isStopped = true
  }

  /// Runs one tick, which waits for an event or a deadline, and at most for `limit`.
  package func runTick(waitingAtMost limit: Duration? = nil) throws(SystemError) {
    let count = try poller.wait(milliseconds: timeout(limit))
    began = clock.monotonic()
    ticks &+= 1
    for index in 0..<count {
      if let (handler, readiness) = poller.event(at: index) { handler.ready(readiness) }
    }
    for hook in eventHooks { hook() }
    if isWoken { drainInboxes() }
    fireDeadlines()
    for phase in hooks {
      for hook in phase { hook() }
    }
  }

  private func timeout(_ limit: Duration?) -> Int32 {
    if wantsAnotherTick {
      wantsAnotherTick = false
      return 0
    }
    var wait = limit?.wholeNanoseconds ?? .max
    if let next = deadlines.next { wait = min(wait, clock.monotonic().nanoseconds(until: next)) }
    if wait == .max { return -1 }
    // Rounded up: a wait that ends just before the deadline would spin through the last millisecond.
    return Int32(clamping: (wait / 1_000_000) + (wait % 1_000_000 == 0 ? 0 : 1))
  }

  private func drainInboxes() {
    isWoken = false
    wakeUps &+= waker.acknowledge()
    for inbox in inboxes { inbox.drain() }
  }

  private func fireDeadlines() {
    // A handler that sets a deadline in the past gets it in the next tick, so that it cannot hold up this one.
    var budget = deadlines.count
    while budget > 0, let handler = deadlines.popDue(now) {
      handler.deadlineReached()
      budget -= 1
    }
  }
}

/// Notes that the wake-up descriptor is readable.
private final class Bell: ReadinessHandler {
  var ring: () -> Void = {}

  func ready(_ readiness: Readiness) {
    ring()
  }
}

private final class TimedAction: DeadlineHandler {
  private unowned let loop: Loop
  private let delay: Duration
  private let isRepeating: Bool
  private let body: () -> Void
  var timer: Timer?

  init(loop: Loop, delay: Duration, isRepeating: Bool, body: @escaping () -> Void) {
    self.loop = loop
    self.delay = delay
    self.isRepeating = isRepeating
    self.body = body
  }

  func deadlineReached() {
    guard let timer else { return }
    if isRepeating {
      loop.setDeadline(timer, to: loop.now.advanced(by: delay))
    } else {
      loop.removeTimer(timer)
    }
    body()
  }
}
