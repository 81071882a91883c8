// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Lets nobody through before `count` threads have come.
final class Gate: Sendable {
  private let barrier: Barrier

  init(count: Int) {
    barrier = Barrier(count: count)
  }

  func arriveAndWait() {
    pthread_barrier_wait(barrier.pointer)
  }

  /// Unchecked: a pthread barrier is made to be shared.
  private final class Barrier: @unchecked Sendable {
    let pointer = UnsafeMutablePointer<pthread_barrier_t>.allocate(capacity: 1)

    init(count: Int) {
      pthread_barrier_init(pointer, nil, UInt32(count))
    }
  }
}
