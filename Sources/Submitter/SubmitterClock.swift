// SPDX-License-Identifier: Apache-2.0

package import Callbacks

/// The time that schedules and windows go by; a test brings its own, so that no test has to sleep.
package struct SubmitterClock: Sendable {
  private let read: @Sendable () -> Timestamp
  private let pause: @Sendable (Timestamp) async throws(CancellationError) -> Void

  /// - Parameters:
  ///   - now: must never go back.
  ///   - sleep: returns once `now` has reached the moment, or throws when its task is cancelled.
  package init(
    now: @escaping @Sendable () -> Timestamp,
    sleep: @escaping @Sendable (Timestamp) async throws(CancellationError) -> Void
  ) {
    read = now
    pause = sleep
  }

  /// Wall-clock time of the program's start, moved on by a clock that nobody sets: intervals stay right when the system's
  /// clock is set, at the price that moments may then differ from those in the journal.
  package static let system = running(speed: 1)

  /// A clock that runs so many times as fast as the system's, for a simulated provider that does so too.
  package static func running(speed: Double) -> SubmitterClock {
    let start = ContinuousClock.now
    let origin = Timestamp.now()
    let now: @Sendable () -> Timestamp = {
      Timestamp(milliseconds: origin.milliseconds + Int64(start.duration(to: .now) / .milliseconds(1) * speed))
    }
    return SubmitterClock(now: now) { moment throws(CancellationError) in
      // A rounded sleep may end a little early.
      while case let left = moment.milliseconds - now().milliseconds, left > 0 {
        do {
          try await Task.sleep(for: .milliseconds(1) * (Double(left) / speed))
        } catch {
          throw CancellationError()
        }
      }
    }
  }

  package func now() -> Timestamp { read() }

  package func sleep(until moment: Timestamp) async throws(CancellationError) {
    try await pause(moment)
  }
}

extension Timestamp {
  /// The moment so many milliseconds later.
  func advanced(byMilliseconds milliseconds: Int64) -> Timestamp {
    Timestamp(milliseconds: self.milliseconds + milliseconds)
  }
}
