// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Reactor

@Suite("Deadline queue")
struct DeadlineQueueTests {
  private final class Mark: DeadlineHandler {
    let name: Int
    init(_ name: Int) { self.name = name }
    func deadlineReached() {}
  }

  private static func due(_ queue: inout DeadlineQueue, at time: UInt64) -> [Int] {
    var names: [Int] = []
    while let handler = queue.popDue(MonotonicTime(nanoseconds: time)) as? Mark { names.append(handler.name) }
    return names
  }

  private static func time(_ nanoseconds: UInt64) -> MonotonicTime { MonotonicTime(nanoseconds: nanoseconds) }

  @Test("deadlines come out in order, each once, and none before its time")
  func order() {
    var queue = DeadlineQueue()
    let times: [UInt64] = [50, 10, 40, 20, 30, 60]
    for (name, time) in times.enumerated() {
      queue.set(queue.add(Mark(name)), to: Self.time(time))
    }
    #expect(Self.due(&queue, at: 9).isEmpty)
    #expect(Self.due(&queue, at: 40) == [1, 3, 4, 2])
    #expect(Self.due(&queue, at: 100) == [0, 5])
    #expect(Self.due(&queue, at: 1000).isEmpty)
    #expect(queue.count == 0)
  }

  @Test("a deadline that was pushed back fires at the later time only")
  func pushedBack() {
    var queue = DeadlineQueue()
    let timer = queue.add(Mark(1))
    queue.set(timer, to: Self.time(10))
    queue.set(timer, to: Self.time(30))
    #expect(Self.due(&queue, at: 29).isEmpty)
    #expect(Self.due(&queue, at: 30) == [1])
  }

  @Test("a deadline that was brought forward fires at the earlier time, once")
  func broughtForward() {
    var queue = DeadlineQueue()
    let timer = queue.add(Mark(1))
    queue.set(timer, to: Self.time(30))
    queue.set(timer, to: Self.time(10))
    #expect(queue.next == Self.time(10))
    #expect(Self.due(&queue, at: 10) == [1])
    #expect(Self.due(&queue, at: 100).isEmpty)
  }

  @Test("a deadline that was taken away or whose timer was removed never fires")
  func takenAway() {
    var queue = DeadlineQueue()
    let disarmed = queue.add(Mark(1))
    let removed = queue.add(Mark(2))
    queue.set(disarmed, to: Self.time(10))
    queue.set(removed, to: Self.time(10))
    queue.set(disarmed, to: nil)
    queue.remove(removed)
    #expect(Self.due(&queue, at: 100).isEmpty)
    queue.set(disarmed, to: Self.time(200))
    #expect(Self.due(&queue, at: 200) == [1])
  }

  @Test("a removed timer's value does not reach the timer that took its place")
  func reusedPlace() {
    var queue = DeadlineQueue()
    let old = queue.add(Mark(1))
    queue.remove(old)
    let new = queue.add(Mark(2))
    #expect(new.slot == old.slot)
    queue.set(new, to: Self.time(10))
    queue.set(old, to: Self.time(1))
    queue.remove(old)
    #expect(Self.due(&queue, at: 9).isEmpty)
    #expect(Self.due(&queue, at: 10) == [2])
  }

  @Test("any sequence of sets, removals and time agrees with a plain list", arguments: 0..<20)
  func agreesWithModel(seed: UInt64) {
    var random = SplitMix(state: seed)
    var queue = DeadlineQueue()
    var timers: [Int: Timer] = [:]
    var model: [Int: UInt64] = [:]
    var now: UInt64 = 0
    var name = 0
    for _ in 0..<2000 {
      switch random.next() % 6 {
      case 0:
        timers[name] = queue.add(Mark(name))
        name += 1
      case 1, 2, 3:
        guard let (key, timer) = timers.randomElement(using: &random) else { continue }
        let wanted = now + 1 + random.next() % 100
        queue.set(timer, to: Self.time(wanted))
        model[key] = wanted
      case 4:
        guard let (key, timer) = timers.randomElement(using: &random) else { continue }
        if random.next() % 2 == 0 {
          queue.set(timer, to: nil)
        } else {
          queue.remove(timer)
          timers[key] = nil
        }
        model[key] = nil
      default:
        now += random.next() % 20
        let expected = model.filter { $0.value <= now }
        let fired = Self.due(&queue, at: now)
        #expect(fired.sorted() == expected.keys.sorted())
        #expect(fired.compactMap { model[$0] } == expected.values.sorted())
        for key in fired { model[key] = nil }
      }
      #expect(queue.count <= timers.count)
      if let earliest = model.values.min(), let next = queue.next { #expect(next.nanoseconds <= earliest) }
      #expect(model.isEmpty || queue.next != nil)
    }
  }
}

/// A small generator with a seed, so that a failure can be run again.
struct SplitMix: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var value = state
    value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
    value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
    return value ^ (value >> 31)
  }
}
