// SPDX-License-Identifier: Apache-2.0

internal import CCurl
internal import Synchronization

/// The only thing that the worker thread shares with its callers.
final class Mailbox: Sendable {
  /// What happens to the exchanges that run when the client is told to stop.
  enum Closing: Sendable, Comparable {
    case open
    case draining
    case aborting
  }

  /// What the worker finds when it looks.
  struct Delivery: ~Copyable {
    var submitted: [Exchange]
    var hasCancellations: Bool
    var closing: Closing
  }

  private struct State {
    var submitted: [Exchange] = []
    var hasCancellations = false
    var closing = Closing.open
    var multi: MultiHandle?
    var waitingForEnd: [CheckedContinuation<Void, Never>] = []
  }

  private let state: Mutex<State>

  init(_ multi: MultiHandle) {
    state = Mutex(State(multi: multi))
  }

  func submit(_ exchange: Exchange) {
    let isAccepted = state.withLock { state in
      guard state.closing == .open else { return false }
      state.submitted.append(exchange)
      state.multi?.wake()
      return true
    }
    if !isAccepted { exchange.complete(.failure(.notSent(.stopped))) }
  }

  /// To be called after the flag of an exchange was set, so that the worker, which looks at this mark first, sees it.
  func noteCancellation() {
    state.withLock { state in
      state.hasCancellations = true
      state.multi?.wake()
    }
  }

  /// Closing only ever goes forward.
  func close(_ closing: Closing) {
    state.withLock { state in
      state.closing = max(state.closing, closing)
      state.multi?.wake()
    }
  }

  func take() -> Delivery {
    state.withLock { state in
      let delivery = Delivery(
        submitted: state.submitted, hasCancellations: state.hasCancellations, closing: state.closing)
      state.submitted = []
      state.hasCancellations = false
      return delivery
    }
  }

  /// The worker's last word: from here on nobody may wake it.
  func end() {
    let waiting = state.withLock { state in
      state.multi = nil
      let waiting = state.waitingForEnd
      state.waitingForEnd = []
      return waiting
    }
    for continuation in waiting { continuation.resume() }
  }

  func waitForEnd() async {
    await withCheckedContinuation { continuation in
      let hasEnded = state.withLock { state in
        guard state.multi != nil else { return true }
        state.waitingForEnd.append(continuation)
        return false
      }
      if hasEnded { continuation.resume() }
    }
  }
}

/// libcurl's multi handle, as it passes from the client that makes it to the worker that owns it.
///
/// Unchecked because it is a raw pointer. Two threads hold it: the worker, which alone calls libcurl with it, and the
/// mailbox, which uses nothing but `curl_multi_wakeup`, the one function that libcurl permits from any thread, and
/// drops it under its lock before the worker frees it.
@safe struct MultiHandle: @unchecked Sendable {
  let pointer: UnsafeMutableRawPointer

  init?() {
    guard let pointer = unsafe curl_multi_init() else { return nil }
    unsafe self.pointer = pointer
  }

  func wake() {
    _ = unsafe curl_multi_wakeup(pointer)
  }

  func free() {
    _ = unsafe curl_multi_cleanup(pointer)
  }
}
