// SPDX-License-Identifier: Apache-2.0

internal import Callbacks
internal import Synchronization

/// A sleep that can be ended from elsewhere. A wake that comes before the sleep ends it as well, so that none gets lost.
final class Nap: Sendable {
  private struct State {
    var sleeper: Task<Void, Never>?
    var isWoken = false
  }

  private let clock: SubmitterClock
  private let state = Mutex(State())

  init(_ clock: SubmitterClock) {
    self.clock = clock
  }

  /// Returns at the moment, when woken, or when the task is cancelled. For one sleeper at a time.
  func sleep(until moment: Timestamp) async {
    let clock = clock
    let sleeper = Task { _ = try? await clock.sleep(until: moment) }
    let isWoken = state.withLock { state in
      state.sleeper = sleeper
      return state.isWoken
    }
    if isWoken { sleeper.cancel() }
    await withTaskCancellationHandler {
      await sleeper.value
    } onCancel: {
      sleeper.cancel()
    }
    state.withLock { $0 = State() }
  }

  func wake() {
    state.withLock { state in
      state.isWoken = true
      return state.sleeper
    }?.cancel()
  }
}
