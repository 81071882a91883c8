// SPDX-License-Identifier: Apache-2.0

import CLinux
import Glibc
import Synchronization

/// The way for other threads to reach what lives on a loop: jobs posted here run on the loop's thread, in order, with
/// the context that never leaves it.
package final class Mailbox<Context>: Sendable {
  package typealias Job = @Sendable (Context) -> Void

  private let jobs = Mutex<[Job]>([])
  private let waker: Waker

  init(waker: Waker) {
    self.waker = waker
  }

  /// Runs `job` on the loop's thread, in one of its next ticks. A job posted after the loop has ended never runs.
  package func post(_ job: @escaping Job) {
    jobs.withLock { $0.append(job) }
    waker.wake()
  }

  /// Exchanges what was posted for an empty array, so that both keep their room.
  fileprivate func take(_ batch: inout [Job]) {
    jobs.withLock { swap(&$0, &batch) }
  }
}

/// The loop's end of a mailbox.
protocol Inbox: AnyObject {
  func drain()
}

final class MailboxInbox<Context>: Inbox {
  private let mailbox: Mailbox<Context>
  private let context: Context
  private var batch: [Mailbox<Context>.Job] = []

  init(_ mailbox: Mailbox<Context>, context: Context) {
    self.mailbox = mailbox
    self.context = context
  }

  func drain() {
    var jobs: [Mailbox<Context>.Job] = []
    swap(&jobs, &batch)
    mailbox.take(&jobs)
    for job in jobs { job(context) }
    jobs.removeAll(keepingCapacity: jobs.capacity <= 4096)
    swap(&jobs, &batch)
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
