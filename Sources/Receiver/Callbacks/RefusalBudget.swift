// SPDX-License-Identifier: Apache-2.0

internal import Callbacks

/// How many refused requests may be kept and logged: a burst, then a few a second. What is beyond is only counted, so
/// that a flood costs neither disk nor log.
struct RefusalBudget {
  static let burst = 200
  static let perSecond = 20

  private var tokens = burst
  private var second: Int64 = 0

  mutating func take(at now: Timestamp) -> Bool {
    if now.seconds != second {
      let passed = max(0, min(now.seconds - second, Int64(Self.burst)))
      tokens = min(Self.burst, tokens + Int(passed) * Self.perSecond)
      second = now.seconds
    }
    guard tokens > 0 else { return false }
    tokens -= 1
    return true
  }
}
