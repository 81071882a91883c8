// SPDX-License-Identifier: Apache-2.0

import Glibc

/// A point on the clock that never goes back, in nanoseconds since an arbitrary start.
package struct MonotonicTime: Hashable, Comparable, Sendable {
  /// Nanoseconds since the start of the clock.
  package var nanoseconds: UInt64

  package init(nanoseconds: UInt64) {
    self.nanoseconds = nanoseconds
  }

  package static func < (left: Self, right: Self) -> Bool {
    left.nanoseconds < right.nanoseconds
  }

  /// The time that lies `nanoseconds` later.
  package func advanced(byNanoseconds nanoseconds: UInt64) -> Self {
    let (sum, overflow) = self.nanoseconds.addingReportingOverflow(nanoseconds)
    return Self(nanoseconds: overflow ? .max : sum)
  }

  /// The time that lies `duration` later; a negative duration counts as zero.
  package func advanced(by duration: Duration) -> Self {
    advanced(byNanoseconds: duration.wholeNanoseconds)
  }

  /// Nanoseconds until `later`, zero when that has passed.
  package func nanoseconds(until later: Self) -> UInt64 {
    later.nanoseconds > nanoseconds ? later.nanoseconds - nanoseconds : 0
  }
}

extension Duration {
  /// The duration in nanoseconds, from zero to `UInt64.max`.
  package var wholeNanoseconds: UInt64 {
    let (seconds, attoseconds) = components
    guard seconds >= 0, attoseconds >= 0 else { return 0 }
    let (whole, overflow) = UInt64(seconds).multipliedReportingOverflow(by: 1_000_000_000)
    if overflow { return .max }
    let (sum, carry) = whole.addingReportingOverflow(UInt64(attoseconds / 1_000_000_000))
    return carry ? .max : sum
  }
}

/// The two clocks a loop reads; a test gives its own.
package struct LoopClock {
  /// Time for deadlines.
  package let monotonic: () -> MonotonicTime
  /// Seconds since 1970, for dates that people read.
  package let unixSeconds: () -> Int64

  package init(monotonic: @escaping () -> MonotonicTime, unixSeconds: @escaping () -> Int64) {
    self.monotonic = monotonic
    self.unixSeconds = unixSeconds
  }

  /// The machine's clocks (clock_gettime(2)).
  package static var system: LoopClock {
    LoopClock(
      monotonic: {
        let time = read(CLOCK_MONOTONIC)
        return MonotonicTime(nanoseconds: UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec))
      },
      unixSeconds: { Int64(read(CLOCK_REALTIME).tv_sec) })
  }

  private static func read(_ clock: clockid_t) -> timespec {
    var time = timespec()
    unsafe clock_gettime(clock, &time)
    return time
  }
}
