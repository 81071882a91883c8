// SPDX-License-Identifier: Apache-2.0

import Dispatch
import Glibc
import Synchronization
import Testing
import Threads

@Suite("Serial threads") struct SerialThreadTests {
  @Test func `jobs run one after the other, in the order in which they came`() throws {
    let thread = try SerialThread(name: "order")
    let ran = Mutex<[Int]>([])
    for number in 0..<1000 { thread.async { ran.withLock { $0.append(number) } } }
    thread.sync { ran.withLock { $0.append(1000) } }
    #expect(ran.withLock { $0 } == Array(0...1000))
  }

  @Test func `all of them run on one thread, which has the name and no signals`() throws {
    let thread = try SerialThread(name: "a name longer than fifteen bytes")
    let seen = Mutex<Set<pthread_t>>([])
    let name = Mutex("")
    let isBlocked = Mutex(false)
    for _ in 0..<10 { thread.sync { _ = seen.withLock { $0.insert(pthread_self()) } } }
    thread.sync {
      name.withLock { $0 = Self.threadName }
      var signals = sigset_t()
      pthread_sigmask(SIG_BLOCK, nil, &signals)
      isBlocked.withLock { $0 = sigismember(&signals, SIGTERM) == 1 && sigismember(&signals, SIGINT) == 1 }
    }
    #expect(seen.withLock { $0.count } == 1)
    #expect(seen.withLock { !$0.contains(pthread_self()) })
    #expect(name.withLock { $0 } == "a name longer t\n")
    #expect(isBlocked.withLock { $0 })
  }

  /// As /proc tells it, with the line feed.
  private static var threadName: String {
    let file = open("/proc/thread-self/comm", O_RDONLY)
    defer { close(file) }
    var bytes = [UInt8](repeating: 0, count: 32)
    let count = read(file, &bytes, bytes.count)
    return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
  }

  @Test func `it has the priority of the thread that made it`() throws {
    let parent = try SerialThread(name: "parent")
    let its = Mutex<Int32?>(nil)
    parent.sync {
      // Of this thread alone (setpriority(2), "C library/kernel differences").
      setpriority(Int32(PRIO_PROCESS.rawValue), 0, 7)
      let child = try? SerialThread(name: "child")
      child?.sync { its.withLock { $0 = getpriority(Int32(PRIO_PROCESS.rawValue), 0) } }
    }
    #expect(its.withLock { $0 } == 7)
  }

  @Test func `a thread that there is no room for is told in words`() {
    #expect("\(ThreadError(code: EAGAIN))" == "pthread_create: Resource temporarily unavailable (11)")
  }

  @Test func `what came before the end still runs, and what it holds is let go`() throws {
    final class Held: Sendable {}
    let done = DispatchSemaphore(value: 0)
    weak var seen: Held?
    do {
      let thread = try SerialThread(name: "end")
      let held = Held()
      seen = held
      let gate = DispatchSemaphore(value: 0)
      thread.async { gate.wait() }
      thread.async { withExtendedLifetime(held) { _ = done.signal() } }
      gate.signal()
    }
    done.wait()
    // The job is let go by the thread, a moment after its signal.
    while seen != nil { sched_yield() }
  }
}
