// SPDX-License-Identifier: Apache-2.0

import Glibc
import Synchronization
import Threads

/// A thread that runs one loop until the loop is stopped, and the way to reach what lives there.
package struct LoopThread<Context>: ~Copyable, Sendable {
  private let thread: pthread_t
  /// Runs jobs on the thread, with the context.
  package let mailbox: Mailbox<Context>

  /// Starts a thread, makes a loop and its context there, and returns once that is done.
  ///
  /// - Parameters:
  ///   - name: The thread's name in process lists, cut to 15 bytes (pthread_setname_np(3)).
  ///   - makeContext: Makes what lives on the loop, on its thread. What it throws is thrown here.
  package init(name: String, makeContext: @escaping @Sendable (Loop) throws -> Context) throws {
    let started = Outcome<Mailbox<Context>>()
    let thread = try startThread(name: name) {
      let loop: Loop
      do {
        loop = try Loop()
        started.set(.success(loop.mailbox(for: try makeContext(loop))))
      } catch {
        started.set(.failure(error))
        return
      }
      do {
        try loop.run()
      } catch {
        // epoll_wait fails only for wrong arguments.
        preconditionFailure("\(error)")
      }
    }
    switch started.wait() {
    case .success(let mailbox):
      self.thread = thread
      self.mailbox = mailbox
    case .failure(let error):
      pthread_join(thread, nil)
      throw error
    }
  }

  /// Waits until the loop has ended, which somebody must have told it to.
  package consuming func join() {
    pthread_join(thread, nil)
  }
}

/// One result that one thread sets and another waits for.
private final class Outcome<Value: Sendable>: Sendable {
  private let result = Mutex<Result<Value, any Error>?>(nil)
  private let semaphore = Semaphore()

  func set(_ value: Result<Value, any Error>) {
    result.withLock { $0 = value }
    semaphore.signal()
  }

  func wait() -> Result<Value, any Error> {
    semaphore.wait()
    return result.withLock { $0 } ?? .failure(SystemError(call: "sem_wait", code: EINVAL))
  }
}

/// A counting semaphore (sem_overview(7)).
///
/// `@unchecked`: the memory is `sem_t`, which is made for use by several threads and is only passed to its own calls.
@safe private final class Semaphore: @unchecked Sendable {
  private let semaphore: UnsafeMutablePointer<sem_t>

  init() {
    unsafe semaphore = .allocate(capacity: 1)
    unsafe sem_init(semaphore, 0, 0)
  }

  deinit {
    unsafe sem_destroy(semaphore)
    unsafe semaphore.deallocate()
  }

  func signal() {
    unsafe sem_post(semaphore)
  }

  func wait() {
    while unsafe sem_wait(semaphore) != 0, errno == EINTR {}
  }
}
