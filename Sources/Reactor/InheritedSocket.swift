// SPDX-License-Identifier: Apache-2.0

import Glibc

/// A listening socket that the service manager has opened for this process (sd_listen_fds(3)).
package struct InheritedSocket: Hashable, Sendable {
  /// Descriptors that are handed over begin here.
  private static let first: Int32 = 3
  /// More cannot be meant.
  private static let maximum: Int32 = 64

  /// What the manager calls it (`FileDescriptorName=`); `unknown` where it does not say.
  package let name: String
  let number: Int32

  /// The socket itself. To be taken once: its owner closes it.
  package func adopt() -> Descriptor { Descriptor(owning: number) }

  /// Those handed over to this process, each marked to be closed on exec. To be called before any other descriptor is
  /// opened.
  package static func inherited() throws(InheritanceError) -> [InheritedSocket] {
    let sockets = try read(
      process: environmentVariable("LISTEN_PID"), count: environmentVariable("LISTEN_FDS"),
      names: environmentVariable("LISTEN_FDNAMES"), own: getpid())
    for socket in sockets { try socket.check() }
    return sockets
  }

  /// Reads the three variables. What was meant for another process, a parent perhaps, is nothing.
  static func read(
    process: String?, count: String?, names: String?, own: pid_t
  ) throws(InheritanceError) -> [InheritedSocket] {
    guard let process, process == String(own) else { return [] }
    guard let count, let number = Int32(count), 1...maximum ~= number, String(number) == count else {
      throw InheritanceError("LISTEN_FDS is \((count ?? "").debugDescription), not a number from 1 to \(maximum)")
    }
    let given = names.map { $0.split(separator: ":", omittingEmptySubsequences: false).map(String.init) }
    if let given, given.count != number {
      throw InheritanceError("LISTEN_FDNAMES has \(given.count) names for \(number) sockets")
    }
    return (0..<number).map { place in
      InheritedSocket(name: given?[Int(place)] ?? "unknown", number: first + place)
    }
  }

  /// The number comes from outside: until this has looked, it may be anything.
  private func check() throws(InheritanceError) {
    guard fcntl(number, F_SETFD, FD_CLOEXEC) == 0 else {
      throw InheritanceError("descriptor \(number) (\(name)) is not open")
    }
    guard option(SO_TYPE) == Int32(SOCK_STREAM.rawValue), option(SO_ACCEPTCONN) == 1 else {
      throw InheritanceError("descriptor \(number) (\(name)) is not a listening stream socket")
    }
  }

  private func option(_ name: Int32) -> Int32? {
    var value: Int32 = 0
    var length = socklen_t(MemoryLayout<Int32>.size)
    return unsafe getsockopt(number, SOL_SOCKET, name, &value, &length) == 0 ? value : nil
  }
}

/// What the service manager handed over cannot be used.
package struct InheritanceError: Error, Hashable, Sendable, CustomStringConvertible {
  package let description: String

  init(_ description: String) {
    self.description = "socket activation: \(description)"
  }
}
