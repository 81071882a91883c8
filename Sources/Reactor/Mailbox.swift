// SPDX-License-Identifier: Apache-2.0

import CLinux
import Glibc
import Synchronization

/// The way for other threads to reach what lives on a loop: jobs posted here run on the loop's thread, in order, with
/// the context that never leaves it.
package final class Mailbox<Context>: Sendable {
  package typealias Job = @Sendable (Context) -> Void

  private let queue: JobQueue

  fileprivate init(_ queue: JobQueue) {
    self.queue = queue
  }

  /// Runs `job` on the loop's thread, in one of its next ticks. A job posted after the loop has ended never runs.
  package func post(_ job: @escaping Job) {
    // The queue is that of one inbox, which has this context.
    queue.post { inbox in job(unsafe unsafeDowncast(inbox, to: MailboxInbox<Context>.self).context) }
  }
}

/// The jobs of one mailbox. It knows nothing of the context's type: a queue of jobs for a type that is found at run time
/// costs thousands of instructions each time it is emptied.
private final class JobQueue: Sendable {
  typealias Job = @Sendable (Inbox) -> Void

  private let jobs = Mutex<[Job]>([])
  private let waker: Waker

  init(_ waker: Waker) {
    self.waker = waker
  }

  func post(_ job: @escaping Job) {
    jobs.withLock { $0.append(job) }
    waker.wake()
  }

  /// Exchanges what was posted for an empty array, so that both keep their room.
  func take(_ batch: inout [Job]) {
    jobs.withLock { swap(&$0, &batch) }
  }
}

/// The loop's end of a mailbox.
class Inbox {
  private let queue: JobQueue
  private var batch: [JobQueue.Job] = []

  fileprivate init(_ queue: JobQueue) {
    self.queue = queue
  }

  /// Runs what was posted.
  final func drain() {
    var jobs: [JobQueue.Job] = []
    swap(&jobs, &batch)
    queue.take(&jobs)
    for job in jobs { job(self) }
    jobs.removeAll(keepingCapacity: jobs.capacity <= 4096)
    swap(&jobs, &batch)
  }
}

private final class MailboxInbox<Context>: Inbox {
  let context: Context

  init(_ queue: JobQueue, context: Context) {
    self.context = context
    super.init(queue)
  }
}

extension Inbox {
  /// Makes both ends of a mailbox.
  static func make<Context>(for context: Context, _ waker: Waker) -> (Inbox, Mailbox<Context>) {
    let queue = JobQueue(waker)
    return (MailboxInbox(queue, context: context), Mailbox(queue))
  }
}

/// Ends the loop's wait. A burst of posts costs one write: whoever finds the flag already up leaves it at that.
final class Waker: Sendable {
  let descriptor: Descriptor
  private let isSignalled = Atomic<Bool>(false)

  init() throws(SystemError) {
    let flags = Int32(EFD_NONBLOCK | EFD_CLOEXEC)
    descriptor = Descriptor(owning: try systemCall("eventfd") { eventfd(0, flags) })
  }

  func wake() {
    if isSignalled.exchange(true, ordering: .acquiringAndReleasing) { return }
    // Fails only when the counter is full, and then the loop wakes up all the same (eventfd(2)).
    _ = eventfd_write(descriptor.number, 1)
  }

  /// Lowers the flag, before the mailboxes are emptied: a post that comes later raises it again. Answers how many
  /// writes there were.
  func acknowledge() -> UInt64 {
    var count: eventfd_t = 0
    unsafe eventfd_read(descriptor.number, &count)
    isSignalled.store(false, ordering: .sequentiallyConsistent)
    return count
  }
}
