// SPDX-License-Identifier: Apache-2.0

import Glibc
import Synchronization
import Testing

@testable import Reactor

@Suite("Loop")
struct LoopTests {
  @Test("an event for a descriptor closed earlier in the same batch reaches nobody, not even its successor")
  func staleEvent() throws {
    let loop = try Loop()
    // Two descriptors are readable in one batch; whichever is served first gives the other's place to a third.
    let pairs = [try Pair(), try Pair()]
    let third = try Pair()
    let successor = Recorder()
    for (index, pair) in pairs.enumerated() {
      _ = try pair.register(on: loop)
      pair.writeFromFar("x")
      let other = pairs[1 - index]
      pair.recorder.onReady = { _, _ in
        guard let own = pair.registration, let old = other.registration else { return }
        loop.forget(own)
        loop.forget(old)
        pair.near = nil
        other.near = nil
        do {
          let new = try third.register(on: loop, handler: successor)
          #expect(new.slot == old.slot)
          #expect(new.generation != old.generation)
        } catch {
          Issue.record(error)
        }
      }
    }

    try loop.runTick(waitingAtMost: .zero)

    #expect(pairs.map(\.recorder.events.count).reduce(0, +) == 1)
    #expect(successor.events.isEmpty)
    third.writeFromFar("y")
    try loop.runTick(waitingAtMost: .zero)
    #expect(successor.events.count == 1)
  }

  @Test("a thousand posts cost one wake-up and run in order with the context")
  func coalescedWakeUps() throws {
    let loop = try Loop()
    let log = Log()
    let mailbox = loop.mailbox(for: log)
    for number in 0..<1000 { mailbox.post { $0.numbers.append(number) } }
    try loop.runTick()
    #expect(log.numbers == Array(0..<1000))
    #expect(loop.wakeUps == 1)
    try loop.runTick(waitingAtMost: .zero)
    #expect(loop.wakeUps == 1)
  }

  @Test("a job posted by a job runs in the next tick, which does not wait")
  func nestedPost() throws {
    let loop = try Loop()
    let log = Log()
    let mailbox = loop.mailbox(for: log)
    mailbox.post { _ in mailbox.post { $0.numbers.append(2) } }
    try loop.runTick()
    #expect(log.numbers.isEmpty)
    try loop.runTick()
    #expect(log.numbers == [2])
  }

  @Test("a tick runs events, then their hooks, then posted jobs, then deadlines, then the hooks by phase")
  func orderOfATick() throws {
    let clock = TestClock()
    let loop = try Loop(clock: clock.loopClock)
    let log = Log()
    loop.afterEvents { log.words.append("after events") }
    loop.atTickEnd(.flush) { log.words.append("flush") }
    loop.atTickEnd(.commit) { log.words.append("commit") }
    loop.atTickEnd(.resume) { log.words.append("resume") }
    loop.after(.seconds(1)) { log.words.append("deadline") }
    loop.mailbox(for: log).post { $0.words.append("job") }
    let pair = try Pair()
    pair.recorder.onReady = { (_: Recorder, _: Readiness) in log.words.append("event") }
    _ = try pair.register(on: loop)
    pair.writeFromFar("x")
    clock.advance(by: .seconds(1))
    try loop.runTick(waitingAtMost: .zero)
    #expect(log.words == ["event", "after events", "job", "deadline", "resume", "commit", "flush"])
  }

  @Test("a requested tick follows without waiting")
  func requestedTick() throws {
    let loop = try Loop()
    loop.requestTick()
    // Without the request this would wait for ever.
    try loop.runTick()
    #expect(loop.tick == 1)
  }

  @Test("a repeating timer fires every time, until it is removed")
  func repeatingTimer() throws {
    let clock = TestClock()
    let loop = try Loop(clock: clock.loopClock)
    let log = Log()
    let timer = loop.after(.seconds(1), repeating: true) { log.words.append("tick") }
    for _ in 0..<3 {
      clock.advance(by: .seconds(1))
      try loop.runTick(waitingAtMost: .zero)
    }
    #expect(log.words.count == 3)
    loop.removeTimer(timer)
    clock.advance(by: .seconds(1))
    try loop.runTick(waitingAtMost: .zero)
    #expect(log.words.count == 3)
  }

  @Test("a deadline that a handler sets in the past waits for the next tick")
  func deadlineInThePast() throws {
    let clock = TestClock()
    let loop = try Loop(clock: clock.loopClock)
    let log = Log()
    loop.after(.zero, repeating: true) { log.words.append("again") }
    try loop.runTick(waitingAtMost: .zero)
    #expect(log.words.count == 1)
    try loop.runTick()
    #expect(log.words.count == 2)
  }

  @Test("a peer that hung up is reported although nothing is watched for")
  func hangUpIsNeverMasked() throws {
    let loop = try Loop()
    let pair = try Pair()
    let registration = try pair.register(on: loop)
    try loop.change(registration, to: .none)
    pair.writeFromFar("x")
    try loop.runTick(waitingAtMost: .zero)
    #expect(pair.recorder.events.isEmpty)
    pair.far = nil
    try loop.runTick(waitingAtMost: .zero)
    #expect(pair.recorder.events.map { $0.isBroken } == [true])
  }

  @Test("signals arrive as events")
  func signals() throws {
    Signals.block([SIGUSR2])
    let loop = try Loop()
    let log = Log()
    let signals = try Signals(loop: loop, [SIGUSR2]) { log.numbers.append(Int($0)) }
    pthread_kill(pthread_self(), SIGUSR2)
    try loop.runTick(waitingAtMost: .zero)
    #expect(log.numbers == [Int(SIGUSR2)])
    signals.close()
  }
}

@Suite("Loop thread", .timeLimit(.minutes(5)))
struct LoopThreadTests {
  @Test("jobs posted from here run over there, and the thread ends when its loop is stopped")
  func postAndStop() throws {
    let here = UInt(pthread_self())
    let thread = try LoopThread(name: "a name longer than fifteen bytes") { Stopper(loop: $0) }
    let seen = Seen()
    thread.mailbox.post { _ in seen.threads.withLock { $0.append(UInt(pthread_self())) } }
    thread.mailbox.post { $0.loop.stop() }
    thread.join()
    let threads = seen.threads.withLock { $0 }
    #expect(threads.count == 1)
    #expect(!threads.contains(here))
  }

  @Test("an error in making the context comes out of start")
  func failingContext() {
    #expect(throws: SystemError(call: "test", code: ENOENT)) {
      let thread = try LoopThread(name: "fails") { _ throws -> Stopper in
        throw SystemError(call: "test", code: ENOENT)
      }
      thread.join()
    }
  }
}

private final class Stopper {
  let loop: Loop
  init(loop: Loop) { self.loop = loop }
}

private final class Seen: Sendable {
  let threads = Mutex<[UInt]>([])
}

final class Log {
  var numbers: [Int] = []
  var words: [String] = []
}
