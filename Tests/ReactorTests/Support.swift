// SPDX-License-Identifier: Apache-2.0

import Glibc

@testable import Reactor

/// A clock that stands still until it is told to move.
final class TestClock {
  var time = MonotonicTime(nanoseconds: 1_000_000_000)

  var loopClock: LoopClock {
    LoopClock(monotonic: { self.time }, unixSeconds: { Int64(self.time.nanoseconds / 1_000_000_000) })
  }

  func advance(by duration: Duration) {
    time = time.advanced(by: duration)
  }
}

/// A descriptor that arrays and optionals can hold.
final class Held {
  let descriptor: Descriptor

  init(_ descriptor: consuming Descriptor) {
    self.descriptor = descriptor
  }
}

/// Two connected, non-blocking stream sockets; the near one is watched by a recorder.
final class Pair {
  var near: Held?
  var far: Held?
  let recorder = Recorder()
  var registration: Registration?

  init() throws {
    var numbers: [Int32] = [-1, -1]
    let kind = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
    guard socketpair(AF_UNIX, kind, 0, &numbers) == 0 else { throw SystemError(call: "socketpair", code: errno) }
    near = Held(Descriptor(owning: numbers[0]))
    far = Held(Descriptor(owning: numbers[1]))
  }

  func register(on loop: Loop, handler: (any ReadinessHandler)? = nil) throws -> Registration {
    guard let near else { throw SystemError(call: "register", code: EBADF) }
    let registration = try loop.register(near.descriptor, .read, handler ?? recorder)
    self.registration = registration
    return registration
  }

  func writeFromFar(_ text: String) {
    if let far { write(text, to: far.descriptor) }
  }
}

func write(_ text: String, to descriptor: borrowing Descriptor) {
  _ = Glibc.write(descriptor.number, text, text.utf8.count)
}

/// Calls a closure for every event.
final class Recorder: ReadinessHandler {
  var events: [Readiness] = []
  var onReady: (Recorder, Readiness) -> Void = { _, _ in }

  func ready(_ readiness: Readiness) {
    events.append(readiness)
    onReady(self, readiness)
  }
}

/// A client's socket, connected to a loopback address.
func connect(to address: SocketAddress) throws -> Descriptor {
  let number = socket(address.family == .ipv4 ? AF_INET : AF_INET6, Int32(SOCK_STREAM.rawValue), 0)
  guard number >= 0 else { throw SystemError(call: "socket", code: errno) }
  let descriptor = Descriptor(owning: number)
  let result = address.withSockaddr { Glibc.connect(number, $0, $1) }
  guard result == 0 else { throw SystemError(call: "connect", code: errno) }
  return descriptor
}
