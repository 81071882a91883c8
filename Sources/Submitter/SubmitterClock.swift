// SPDX-License-Identifier: Apache-2.0

package import Callbacks

/// What time it is, and waiting for a moment of it; tests put their own in its place.
package protocol SubmitterClock: Sendable {
  func now() -> Timestamp
  /// Returns at `time` or soon after it; at once if it has passed.
  func sleep(until time: Timestamp) async throws(CancellationError)
}

/// The system's time. A sleep counts time that passes, so that setting the clock does not lengthen it.
package struct SystemClock: SubmitterClock {
  package init() {}

  package func now() -> Timestamp { .now() }

  package func sleep(until time: Timestamp) async throws(CancellationError) {
    do {
      try await Task.sleep(for: .milliseconds(max(0, time.milliseconds - now().milliseconds)))
    } catch {
      throw CancellationError()
    }
  }
}
