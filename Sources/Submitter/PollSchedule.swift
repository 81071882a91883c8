// SPDX-License-Identifier: Apache-2.0

internal import Callbacks

/// When a task's record is asked for, in milliseconds. After the provider's advice: every 2 to 3 s for 30 s, then 5 to 10 s,
/// after 2 min 15 to 30 s. Generations of 13 minutes have been recorded, so nothing ends there: it only becomes rarer.
enum PollSchedule {
  private static let minute: Int64 = 60_000
  static let day: Int64 = 24 * 60 * minute
  /// So long after its creation "not found" means "not yet".
  static let settlingTime: Int64 = 90_000
  /// Records of tasks that ended longer ago are not looked for after a start.
  static let lookback: Int64 = 14 * day

  private static let steps: [(until: Int64, delay: ClosedRange<Int64>)] = [
    (30_000, 2_000...3_000), (2 * minute, 5_000...10_000), (15 * minute, 15_000...30_000),
    (60 * minute, minute...90_000), (day, 5 * minute...6 * minute),
  ]
  private static let afterwards = 60 * minute...61 * minute

  /// The time until the next question about a task that is under way.
  ///
  /// - Parameters:
  ///   - age: how long the task has been known.
  ///   - spread: any number: it spreads tasks of one age evenly over the range of the delay.
  static func delay(age: Int64, spread: UInt64) -> Int64 {
    let range = steps.first { age < $0.until }?.delay ?? afterwards
    return range.lowerBound + Int64(spread % UInt64(range.upperBound - range.lowerBound + 1))
  }

  private static let confirmations: [Int64] = [2_000, 5_000, 15_000, minute, 5 * minute, 15 * minute, 60 * minute]

  /// The time until the next question about a task that ended and whose record did not confirm it; `nil` when enough has
  /// been asked.
  ///
  /// - Parameters:
  ///   - attempts: questions asked so far, from 1.
  ///   - age: how long ago the task ended.
  static func confirmationDelay(attempts: Int, age: Int64) -> Int64? {
    guard age < day else { return nil }
    return confirmations[min(attempts, confirmations.count) - 1]
  }
}
