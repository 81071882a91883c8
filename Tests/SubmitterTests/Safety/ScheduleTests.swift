// SPDX-License-Identifier: Apache-2.0

import Callbacks
import Testing

@testable import Submitter

@Suite struct ScheduleTests {
  @Test(
    arguments: [
      (0, 2_000, 3_000), (29_999, 2_000, 3_000), (30_000, 5_000, 10_000), (119_999, 5_000, 10_000),
      (120_000, 15_000, 30_000), (899_999, 15_000, 30_000), (900_000, 60_000, 90_000), (3_599_999, 60_000, 90_000),
      (3_600_000, 300_000, 360_000), (86_399_999, 300_000, 360_000), (86_400_000, 3_600_000, 3_660_000),
      (864_000_000, 3_600_000, 3_660_000),
    ] as [(Int64, Int64, Int64)])
  func `the older a task the rarer the questions, and they never end`(age: Int64, least: Int64, most: Int64) {
    let delays = (0..<100_000).map { PollSchedule.delay(age: age, spread: $0 &* 0x9E37_79B9_7F4A_7C15) }
    #expect(delays.allSatisfy { (least...most).contains($0) })
    // Tasks of one age do not come all at once.
    #expect(Set(delays).count > 900)
    #expect(PollSchedule.delay(age: age, spread: .max) <= most)
  }

  @Test func `a confirmation is asked for ever more rarely, and for a day`() {
    let delays = (1...9).map { PollSchedule.confirmationDelay(attempts: $0, age: 0) }
    #expect(delays == [2_000, 5_000, 15_000, 60_000, 300_000, 900_000, 3_600_000, 3_600_000, 3_600_000])
    #expect(PollSchedule.confirmationDelay(attempts: 1, age: PollSchedule.day - 1) == 2_000)
    #expect(PollSchedule.confirmationDelay(attempts: 1, age: PollSchedule.day) == nil)
  }

  @Test func `no 10 s have more than 20 creates in them, wherever on their way they count`() {
    var random = SystemRandomNumberGenerator()
    for _ in 0..<50 {
      var window = CreateWindow()
      var now = Timestamp(milliseconds: 1_000_000)
      var open: [(left: Timestamp, answers: Timestamp)] = []
      var spans: [(left: Timestamp, answered: Timestamp)] = []
      while spans.count < 200 {
        for answer in open where answer.answers <= now {
          window.answer(at: now)
          spans.append((answer.left, now))
        }
        open.removeAll { $0.answers <= now }
        if window.opening(at: now) == now {
          window.leave()
          open.append((now, now.advanced(byMilliseconds: .random(in: 0...3000, using: &random))))
        } else {
          now = now.advanced(byMilliseconds: 50)
        }
      }
      // The latest that one can have counted, and the earliest of the 20th after it.
      let sorted = spans.sorted { $0.left < $1.left }
      for (one, other) in zip(sorted, sorted.dropFirst(CreateWindow.limit)) {
        #expect(other.left.milliseconds - one.left.milliseconds >= CreateWindow.span)
      }
      for one in spans {
        let within = spans.count {
          $0.left >= one.answered && $0.left.milliseconds < one.answered.milliseconds + CreateWindow.span
        }
        // One that was answered at once is within its own span.
        #expect(within < CreateWindow.limit + (one.left == one.answered ? 1 : 0))
      }
    }
  }

  @Test func `the window opens when the oldest answer is out of it, and not before an answer that is due`() {
    var window = CreateWindow()
    let start = Timestamp(milliseconds: 0)
    for _ in 0..<CreateWindow.limit { window.leave() }
    #expect(window.opening(at: start) == nil)
    window.answer(at: Timestamp(milliseconds: 500))
    #expect(window.opening(at: Timestamp(milliseconds: 600)) == Timestamp(milliseconds: 10_500))
    #expect(window.opening(at: Timestamp(milliseconds: 10_500)) == Timestamp(milliseconds: 10_500))
    window.leave()
    #expect(window.opening(at: Timestamp(milliseconds: 10_500)) == nil)
    window.withdraw()
    #expect(window.opening(at: Timestamp(milliseconds: 10_500)) == Timestamp(milliseconds: 10_500))
  }

  @Test func `five failures in a row pause a model for ten minutes, then one for twice as long`() {
    var streak = FailureStreak()
    var now = Timestamp(milliseconds: 0)
    for _ in 0..<4 { #expect(streak.fail(at: now) == nil) }
    #expect(!streak.isPaused(at: now))
    #expect(streak.fail(at: now) == 600_000)
    #expect(streak.isPaused(at: now) && streak.isPaused(at: Timestamp(milliseconds: 599_999)))
    // What was under way when the pause began does not count.
    #expect(streak.fail(at: Timestamp(milliseconds: 1)) == nil)
    var expected: Int64 = 1_200_000
    for _ in 0..<10 {
      now = streak.pausedUntil ?? now
      #expect(!streak.isPaused(at: now))
      #expect(streak.fail(at: now) == min(expected, 28_800_000))
      expected *= 2
    }
    streak.succeed()
    #expect(streak == FailureStreak() && streak.fail(at: now) == nil)
  }

  @Test func `a success in between begins the count anew`() {
    var streak = FailureStreak()
    for _ in 0..<4 { _ = streak.fail(at: Timestamp(milliseconds: 0)) }
    streak.succeed()
    for _ in 0..<4 { #expect(streak.fail(at: Timestamp(milliseconds: 0)) == nil) }
  }

  @Test func `the queue gives what is due in order of time, whatever was changed and removed before`() {
    var random = SystemRandomNumberGenerator()
    var queue = DueQueue<Int>()
    var model: [Int: Timestamp] = [:]
    for step in 0..<5000 {
      let key = Int.random(in: 0..<40, using: &random)
      switch Int.random(in: 0..<4, using: &random) {
      case 0...1:
        let moment = Timestamp(milliseconds: .random(in: 0...1000, using: &random))
        queue[key] = moment
        model[key] = moment
      case 2:
        queue[key] = nil
        model[key] = nil
      default:
        let now = Timestamp(milliseconds: .random(in: 0...1000, using: &random))
        let earliest = model.values.min()
        #expect(queue.next() == earliest, "step \(step)")
        let taken = queue.popDue(at: now)
        #expect((taken != nil) == (earliest.map { $0 <= now } ?? false))
        if let taken {
          #expect(model[taken] == earliest)
          model[taken] = nil
        }
      }
      #expect(queue.count == model.count)
    }
  }
}
