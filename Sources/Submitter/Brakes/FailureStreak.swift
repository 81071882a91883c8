// SPDX-License-Identifier: Apache-2.0

internal import Callbacks

/// Failures of one model in a row, and the pause that follows: whoever goes on submitting to a broken model pays for nothing
/// but failures. After the pause one failure is enough for the next, twice as long; a success ends the matter.
struct FailureStreak: Hashable {
  static let limit = 5
  private static let firstPause: Int64 = 10 * 60_000
  private static let longestPause: Int64 = 8 * 60 * 60_000

  private(set) var failures = 0
  private var pauses = 0
  private(set) var pausedUntil: Timestamp?

  func isPaused(at now: Timestamp) -> Bool { pausedUntil.map { now < $0 } ?? false }

  /// The length of the pause that begins with this failure, if one does, in milliseconds. What fails during a pause was
  /// under way before it, and does not count.
  mutating func fail(at now: Timestamp) -> Int64? {
    guard !isPaused(at: now) else { return nil }
    failures += 1
    guard failures >= Self.limit else { return nil }
    let length = min(Self.firstPause << Int64(min(pauses, 10)), Self.longestPause)
    pauses += 1
    pausedUntil = now.advanced(byMilliseconds: length)
    return length
  }

  mutating func succeed() { self = FailureStreak() }
}
