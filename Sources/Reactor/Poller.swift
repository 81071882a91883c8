// SPDX-License-Identifier: Apache-2.0

import CLinux
import Glibc

/// What a descriptor is watched for. Errors and hang-ups are always reported (epoll_ctl(2)).
package struct Interest: Hashable, Sendable {
  let rawValue: UInt32

  /// Bytes, connections or the end of the stream, and room to write.
  package init(read: Bool, write: Bool) {
    rawValue = (read ? UInt32(EPOLLIN.rawValue) : 0) | (write ? UInt32(EPOLLOUT.rawValue) : 0)
  }

  package static var none: Interest { Interest(read: false, write: false) }
  package static var read: Interest { Interest(read: true, write: false) }
}

/// What epoll reported for a descriptor.
package struct Readiness: Sendable {
  let rawValue: UInt32

  /// There are bytes, connections, or the end of the stream to read.
  package var canRead: Bool { rawValue & UInt32(EPOLLIN.rawValue) != 0 }
  /// There is room to write.
  package var canWrite: Bool { rawValue & UInt32(EPOLLOUT.rawValue) != 0 }
  /// The connection failed, or both directions are shut. It can't be masked: ignoring it spins.
  package var isBroken: Bool { rawValue & UInt32(EPOLLERR.rawValue | EPOLLHUP.rawValue) != 0 }
}

/// Hears about the readiness of a descriptor, on the loop's thread.
package protocol ReadinessHandler: AnyObject {
  func ready(_ readiness: Readiness)
}

/// One descriptor's place in the poller. A place that was given up and used again has another generation, so an event
/// that is still under way for the former owner reaches nobody.
package struct Registration: Hashable, Sendable {
  let slot: UInt32
  let generation: UInt32

  var word: UInt64 { UInt64(generation) << 32 | UInt64(slot) }

  init(slot: UInt32, generation: UInt32) {
    self.slot = slot
    self.generation = generation
  }

  init(word: UInt64) {
    self.init(slot: UInt32(truncatingIfNeeded: word), generation: UInt32(truncatingIfNeeded: word >> 32))
  }
}

/// One epoll instance: level-triggered, every descriptor registered once.
@safe struct Poller: ~Copyable {
  private struct Slot {
    var generation: UInt32 = 0
    var descriptor: Int32 = -1
    var handler: (any ReadinessHandler)?
  }

  private let epoll: Descriptor
  private var slots: [Slot] = []
  private var free: [UInt32] = []
  private var events: [epoll_event]

  init(eventsPerWait: Int) throws(SystemError) {
    epoll = Descriptor(owning: try systemCall("epoll_create1") { epoll_create1(Int32(EPOLL_CLOEXEC)) })
    unsafe events = Array(repeating: epoll_event(), count: eventsPerWait)
  }

  /// Watches a descriptor; the handler is held until `remove` or `forget`.
  mutating func add(
    _ descriptor: borrowing Descriptor, _ interest: Interest, _ handler: any ReadinessHandler
  ) throws(SystemError) -> Registration {
    let slot = free.popLast() ?? UInt32(slots.count)
    if Int(slot) == slots.count { slots.append(Slot()) }
    let registration = Registration(slot: slot, generation: slots[Int(slot)].generation)
    do {
      try control(EPOLL_CTL_ADD, descriptor.number, interest, registration)
    } catch {
      free.append(slot)
      throw error
    }
    slots[Int(slot)].descriptor = descriptor.number
    slots[Int(slot)].handler = handler
    return registration
  }

  /// Watches for something else from now on.
  func change(_ registration: Registration, to interest: Interest) throws(SystemError) {
    guard isCurrent(registration) else { return }
    try control(EPOLL_CTL_MOD, slots[Int(registration.slot)].descriptor, interest, registration)
  }

  /// Gives up the place of a descriptor that is closed next: closing takes it out of epoll (epoll(7)), which saves a
  /// system call for every connection.
  mutating func forget(_ registration: Registration) {
    guard isCurrent(registration) else { return }
    let index = Int(registration.slot)
    slots[index].generation &+= 1
    slots[index].descriptor = -1
    slots[index].handler = nil
    free.append(registration.slot)
  }

  /// Waits for events, for at most `milliseconds` (-1: for ever), and answers how many there are.
  mutating func wait(milliseconds: Int32) throws(SystemError) -> Int {
    let capacity = unsafe Int32(events.count)
    let number = epoll.number
    // A signal ends the wait instead of repeating it: the caller works out the next timeout afresh.
    let count = unsafe events.withUnsafeMutableBufferPointer {
      unsafe epoll_wait(number, $0.baseAddress, capacity, milliseconds)
    }
    if count >= 0 { return Int(count) }
    if errno == EINTR { return 0 }
    throw SystemError(call: "epoll_wait", code: errno)
  }

  /// The event at `index` of the last wait, unless its descriptor was given up since.
  func event(at index: Int) -> (handler: any ReadinessHandler, readiness: Readiness)? {
    let event = unsafe events[index]
    let registration = unsafe Registration(word: event.data.u64)
    guard isCurrent(registration), let handler = slots[Int(registration.slot)].handler else { return nil }
    return (handler, Readiness(rawValue: unsafe event.events))
  }

  private func isCurrent(_ registration: Registration) -> Bool {
    let index = Int(registration.slot)
    return index < slots.count && slots[index].generation == registration.generation && slots[index].handler != nil
  }

  private func control(
    _ operation: Int32, _ descriptor: Int32, _ interest: Interest, _ registration: Registration
  ) throws(SystemError) {
    var event = unsafe epoll_event()
    unsafe event.events = interest.rawValue
    unsafe event.data.u64 = registration.word
    let number = epoll.number
    _ = try systemCall("epoll_ctl") { unsafe epoll_ctl(number, operation, descriptor, &event) }
  }
}
