// SPDX-License-Identifier: Apache-2.0

private import Dispatch
private import Glibc
private import Synchronization

/// A thread that runs one job after the other, in the order in which they came.
///
/// For work that others wait for. A queue's threads would not do: whatever priority (`nice`) the process was given, they
/// have that of their queue's class, so in a process of higher priority they wait for the threads that wait for them.
package final class SerialThread: Sendable {
  package typealias Job = @Sendable () -> Void

  private let jobs = Jobs()

  /// - Parameter name: The thread's name in process lists, cut to 15 bytes (pthread_setname_np(3)).
  package init(name: String) throws(ThreadError) {
    let thread = try startThread(name: name) { [jobs] in
      // Those are for the threads that expect them.
      var signals = sigset_t()
      unsafe sigfillset(&signals)
      unsafe pthread_sigmask(SIG_BLOCK, &signals, nil)
      while let job = jobs.next() { job() }
    }
    pthread_detach(thread)
  }

  deinit {
    jobs.end()
  }

  /// Lets the thread run `job` after those that came before.
  package func async(_ job: @escaping Job) {
    jobs.add(job)
  }

  /// Returns when the thread has run `job`. Not to be called on the thread.
  package func sync(_ job: @escaping Job) {
    let done = DispatchSemaphore(value: 0)
    jobs.add {
      job()
      done.signal()
    }
    done.wait()
  }

  private final class Jobs: Sendable {
    private let waiting = Mutex<[Job]>([])
    private let arrivals = DispatchSemaphore(value: 0)

    func add(_ job: @escaping Job) {
      waiting.withLock { $0.append(job) }
      arrivals.signal()
    }

    /// Lets the thread end when it has run what is waiting.
    func end() {
      arrivals.signal()
    }

    /// Waits for the next job; `nil` when there will be none.
    func next() -> Job? {
      arrivals.wait()
      return waiting.withLock { $0.isEmpty ? nil : $0.removeFirst() }
    }
  }
}
