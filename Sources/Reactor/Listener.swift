// SPDX-License-Identifier: Apache-2.0

import CLinux
import Glibc

/// A listening TCP socket on a loop, which hands out the connections it accepts.
///
/// When the process or the system runs out of descriptors, accepting rests for a while: the connection stays in the
/// kernel's queue, and asking again at once would only spin.
package final class Listener: ReadinessHandler, DeadlineHandler {
  /// Takes a new connection: non-blocking, close-on-exec, without Nagle's delay; and the peer's address.
  package typealias Acceptor = (_ connection: consuming Channel, _ peer: SocketAddress) -> Void

  /// Connections taken per tick, so that a flood of them leaves time for those that are open.
  static let acceptsPerTick = 64
  /// How long accepting rests when there are no descriptors left.
  static let rest = Duration.milliseconds(100)

  /// Where it listens, with the port that the kernel chose if none was asked for.
  package let address: SocketAddress
  /// How often accepting had to rest for want of descriptors or memory.
  package private(set) var starvations: UInt64 = 0

  private unowned let loop: Loop
  private let descriptor: Descriptor
  private let acceptor: Acceptor
  private var registration: Registration?
  private var timer: Timer?
  private var isPaused = false
  private var isStarved = false

  /// Binds and listens (backlog 4096) and accepts from the next tick on, until `close`.
  package convenience init(
    loop: Loop, address: SocketAddress, acceptor: @escaping Acceptor
  ) throws(SystemError) {
    let kind = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
    let descriptor = Descriptor(owning: try systemCall("socket") { socket(address.domain, kind, 0) })
    let number = descriptor.number
    try enable(SO_REUSEADDR, level: SOL_SOCKET, on: number)
    // An IPv6 socket takes IPv6 only, whatever the system's default: "[::]" and "0.0.0.0" can then both be asked for.
    if address.family == .ipv6 { try enable(IPV6_V6ONLY, level: Int32(IPPROTO_IPV6), on: number) }
    _ = try systemCall("bind") { unsafe address.withSockaddr { unsafe bind(number, $0, $1) } }
    _ = try systemCall("listen") { listen(number, 4096) }
    try self.init(loop: loop, adopting: descriptor, acceptor: acceptor)
  }

  /// Accepts from a socket that somebody else has bound and put to listening (socket activation).
  package init(
    loop: Loop, adopting descriptor: consuming Descriptor, acceptor: @escaping Acceptor
  ) throws(SystemError) {
    let number = descriptor.number
    let flags = try systemCall("fcntl") { fcntl(number, F_GETFL) }
    _ = try systemCall("fcntl") { fcntl(number, F_SETFL, flags | O_NONBLOCK) }
    // Accepted sockets inherit it on Linux, which saves a system call for each.
    try enable(TCP_NODELAY, level: Int32(IPPROTO_TCP), on: number)
    address = try Self.boundAddress(number)
    self.descriptor = descriptor
    self.loop = loop
    self.acceptor = acceptor
    timer = loop.addTimer(self)
    do {
      registration = try loop.register(self.descriptor, .read, self)
    } catch {
      close()
      throw error
    }
  }

  /// Leaves new connections in the kernel's queue until `resume`.
  package func pause() {
    guard !isPaused else { return }
    isPaused = true
    updateInterest()
  }

  /// Accepts again.
  package func resume() {
    guard isPaused else { return }
    isPaused = false
    updateInterest()
  }

  /// Says that a descriptor was closed: if accepting rests for want of one, it goes on.
  package func descriptorFreed() {
    guard isStarved else { return }
    isStarved = false
    updateInterest()
  }

  /// Stops watching; the socket itself closes with the listener.
  package func close() {
    if let registration { loop.forget(registration) }
    if let timer { loop.removeTimer(timer) }
    registration = nil
    timer = nil
  }

  package func ready(_ readiness: Readiness) {
    var budget = Self.acceptsPerTick
    while budget > 0, !isPaused, !isStarved, registration != nil, acceptOne() { budget -= 1 }
  }

  package func deadlineReached() {
    descriptorFreed()
  }

  /// Takes one connection; `false` when no more can be taken now.
  private func acceptOne() -> Bool {
    var storage = sockaddr_storage()
    var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
    let flags = Int32(SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
    let number = descriptor.number
    do {
      let accepted = try nonBlockingCall("accept4") { unsafe hookledger_accept4(number, &storage, &length, flags) }
      guard let accepted else { return false }
      let connection = Channel(Descriptor(owning: accepted))
      if let peer = SocketAddress(storage) { acceptor(connection, peer) }
      return true
    } catch {
      return goesOn(after: error.code)
    }
  }

  /// Whether the next connection can be asked for at once; otherwise accepting rests.
  private func goesOn(after code: Int32) -> Bool {
    if Self.concernsOneConnection(code) { return true }
    starvations &+= 1
    isStarved = true
    updateInterest()
    if let timer { loop.setDeadline(timer, to: loop.now.advanced(by: Self.rest)) }
    return false
  }

  /// Sorts accept(2)'s errors. Those of the network are the waiting connection's, which is gone by then. Anything else
  /// would be said again at once: no descriptor left for the process (`EMFILE`) or the system (`ENFILE`), no memory.
  static func concernsOneConnection(_ code: Int32) -> Bool {
    switch code {
    case ECONNABORTED, EPROTO, ENOPROTOOPT, ENETDOWN, EHOSTDOWN, ENONET, EHOSTUNREACH, ENETUNREACH, EPERM: true
    default: false
    }
  }

  private func updateInterest() {
    guard let registration else { return }
    // Changing the interest of a registered descriptor takes no memory and fails only for wrong arguments.
    do {
      try loop.change(registration, to: isPaused || isStarved ? .none : .read)
    } catch {
      preconditionFailure("\(error)")
    }
  }

  private static func boundAddress(_ number: Int32) throws(SystemError) -> SocketAddress {
    var storage = sockaddr_storage()
    var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
    _ = try systemCall("getsockname") {
      unsafe withUnsafeMutablePointer(to: &storage) { pointer in
        unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          unsafe getsockname(number, $0, &length)
        }
      }
    }
    guard let address = SocketAddress(storage) else { throw SystemError(call: "getsockname", code: EAFNOSUPPORT) }
    return address
  }
}

/// Sets a socket option to one.
private func enable(_ option: Int32, level: Int32, on descriptor: Int32) throws(SystemError) {
  var one: Int32 = 1
  _ = try systemCall("setsockopt") {
    unsafe setsockopt(descriptor, level, option, &one, socklen_t(MemoryLayout<Int32>.size))
  }
}
