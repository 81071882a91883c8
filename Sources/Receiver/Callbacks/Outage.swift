// SPDX-License-Identifier: Apache-2.0

internal import Reactor

/// How long the disk has taken nothing, and what that has cost so far.
struct Outage {
  private let begin: MonotonicTime
  private var errno: Int32?
  /// Callbacks answered 503.
  private(set) var refused = 0

  init(at time: MonotonicTime) {
    begin = time
  }

  /// A batch failed, with so many callbacks. Answers whether that is news: the first one, or another error than before.
  mutating func fails(_ errno: Int32, callbacks: Int) -> Bool {
    defer { self.errno = errno }
    refused += callbacks
    return errno != self.errno
  }

  /// Seconds until `now`, to a tenth.
  func seconds(at now: MonotonicTime) -> String {
    let tenths = begin.nanoseconds(until: now) / 100_000_000
    return "\(tenths / 10).\(tenths % 10)"
  }
}
