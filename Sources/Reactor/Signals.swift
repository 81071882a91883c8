// SPDX-License-Identifier: Apache-2.0

import CLinux
import Glibc

/// Signals as events of a loop (signalfd(2)).
package final class Signals: ReadinessHandler {
  private let descriptor: Descriptor
  private let handler: (Int32) -> Void
  private unowned let loop: Loop
  private var registration: Registration?

  /// Keeps these signals from interrupting the calling thread and every thread it starts from now on. To be called
  /// before any thread is started: a thread that does not block them would be ended by them.
  package static func block(_ signals: [Int32]) {
    var set = sigset(signals)
    unsafe pthread_sigmask(SIG_BLOCK, &set, nil)
  }

  /// Lets these signals do nothing, in the whole process and in the programs it starts.
  package static func ignore(_ signals: [Int32]) {
    for number in signals { signal(number, SIG_IGN) }
  }

  /// Calls `handler` with the number of each of these signals that arrives, on the loop's thread. They must be blocked.
  package init(loop: Loop, _ signals: [Int32], handler: @escaping (Int32) -> Void) throws(SystemError) {
    var set = sigset(signals)
    let flags = Int32(SFD_NONBLOCK | SFD_CLOEXEC)
    descriptor = Descriptor(owning: try systemCall("signalfd") { unsafe signalfd(-1, &set, flags) })
    self.loop = loop
    self.handler = handler
    registration = try loop.register(descriptor, .read, self)
  }

  /// Listens no more; blocked signals stay blocked.
  package func close() {
    if let registration { loop.forget(registration) }
    registration = nil
  }

  package func ready(_ readiness: Readiness) {
    var info = signalfd_siginfo()
    let size = MemoryLayout<signalfd_siginfo>.size
    let number = descriptor.number
    while unsafe read(number, &info, size) == size {
      handler(Int32(info.ssi_signo))
    }
  }
}

private func sigset(_ signals: [Int32]) -> sigset_t {
  var set = sigset_t()
  unsafe sigemptyset(&set)
  for signal in signals { unsafe sigaddset(&set, signal) }
  return set
}
