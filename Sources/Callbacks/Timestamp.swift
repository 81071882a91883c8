// SPDX-License-Identifier: Apache-2.0

import Glibc

/// A moment of wall-clock time in whole milliseconds since 1970-01-01T00:00:00Z, leap seconds ignored.
///
/// Its text form is RFC 3339 in UTC with exactly three fraction digits, so that text order is time order.
package struct Timestamp: Comparable, Hashable, Sendable {
  /// Milliseconds since 1970, within ``range``.
  package let milliseconds: Int64

  /// What four-digit years can say: 0000-01-01T00:00:00.000Z to 9999-12-31T23:59:59.999Z.
  package static let range: ClosedRange<Int64> = -62_167_219_200_000...253_402_300_799_999

  /// The moment `milliseconds` after 1970; a value outside ``range`` becomes the nearer end of it.
  package init(milliseconds: Int64) {
    self.milliseconds = min(max(milliseconds, Self.range.lowerBound), Self.range.upperBound)
  }

  /// The moment `seconds` after 1970; a value outside ``range`` becomes the nearer end of it.
  package init(seconds: Int64) {
    let (product, overflow) = seconds.multipliedReportingOverflow(by: 1000)
    self.init(milliseconds: overflow ? (seconds < 0 ? .min : .max) : product)
  }

  /// Whole seconds since 1970, rounded towards the past.
  package var seconds: Int64 { milliseconds.flooredDivision(by: 1000).quotient }

  /// The present moment of the system's real-time clock (`CLOCK_REALTIME`, clock_gettime(2)); it may be set back.
  package static func now() -> Timestamp {
    var time = timespec()
    // The kernel offers no form of this call that returns by value; it cannot fail for a valid clock and place.
    _ = unsafe clock_gettime(CLOCK_REALTIME, &time)
    return Timestamp(milliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
  }

  package static func < (a: Timestamp, b: Timestamp) -> Bool { a.milliseconds < b.milliseconds }
}

extension Int64 {
  /// Division that rounds towards negative infinity, so that the remainder is never negative.
  func flooredDivision(by divisor: Int64) -> (quotient: Int64, remainder: Int64) {
    let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
    return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
  }
}
