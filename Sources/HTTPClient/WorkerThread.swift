// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// Starts a detached thread of its own for `body`. Every signal is blocked in it, and so in the resolver threads that libcurl
/// starts from it: signals belong to the loop that asked for them, and a peer that goes away must not raise SIGPIPE.
///
/// - Returns: 0, or the error number of `pthread_create`.
func startThread(_ body: @escaping @Sendable () -> Void) -> Int32 {
  let box = unsafe Unmanaged.passRetained(ThreadBody(body))
  var thread = pthread_t()
  let status = unsafe pthread_create(&thread, nil, runThread, box.toOpaque())
  if status == 0 {
    pthread_detach(thread)
  } else {
    unsafe box.release()
  }
  return status
}

private final class ThreadBody {
  let run: @Sendable () -> Void

  init(_ run: @escaping @Sendable () -> Void) {
    self.run = run
  }
}

private func runThread(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
  guard let context = unsafe context else { return nil }
  let body = unsafe Unmanaged<ThreadBody>.fromOpaque(context).takeRetainedValue()
  var signals = sigset_t()
  unsafe sigfillset(&signals)
  unsafe pthread_sigmask(SIG_BLOCK, &signals, nil)
  body.run()
  return nil
}
