// SPDX-License-Identifier: Apache-2.0

import Callbacks
import Testing

@testable import Submitter

@Suite("When a result is tried again")
struct ResultScheduleTests {
  private static let end = Timestamp(milliseconds: 1_760_000_000_000)
  private static let day: Int64 = 24 * 3600 * 1000

  /// All tries of a result that always meets the same trouble, in milliseconds after its task's end.
  private func tries(_ trouble: ResultTrouble, from start: Int64 = 0) -> [Int64] {
    var now = Timestamp(milliseconds: Self.end.milliseconds + start)
    var all: [Int64] = []
    for round in 1... {
      let next = ResultSchedule.nextTry(
        after: trouble, gone: round, passing: round, end: Self.end, now: now)
      guard let next else { break }
      #expect(next > now)
      now = next
      all.append(now.milliseconds - Self.end.milliseconds)
    }
    return all
  }

  @Test("an ended link gets six more rounds in about a day")
  func gone() {
    let all = tries(.gone("404"))
    #expect(all.count == 6)
    #expect(all.first == 10_000)
    #expect((Self.day * 23 / 24...Self.day * 26 / 24).contains(all.last ?? 0))
  }

  @Test("a passing trouble is tried again within 5 s, hourly later, and for 14 days")
  func passing() {
    let all = tries(.passing("no connection"))
    #expect(all.first == 5_000)
    #expect(all.count > 14 * 24)
    #expect(all.last ?? 0 <= 14 * Self.day)
    #expect(all.last ?? 0 > 14 * Self.day - 3_600_000)
  }

  @Test("a task that ended long ago gets no second try", arguments: [ResultTrouble.gone("404"), .passing("reset")])
  func tooLate(_ trouble: ResultTrouble) {
    #expect(tries(trouble, from: 15 * Self.day).isEmpty)
  }
}
