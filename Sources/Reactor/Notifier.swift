// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Tells the service manager how this process stands (sd_notify(3)): a datagram to a Unix socket, without libsystemd.
package struct Notifier: Sendable {
  /// What the manager can be told.
  package enum State: Hashable, Sendable {
    /// Started, or done with reloading.
    case ready
    /// Reloading, from this time of the monotonic clock on.
    case reloading(since: MonotonicTime)
    case stopping
    /// Not stuck: the watchdog's time begins anew.
    case alive
  }

  /// How long a manager that does not read may hold the process up.
  private static let patience = 1

  /// A `sockaddr_un` as the kernel takes it.
  private let address: [UInt8]

  /// The manager that the environment names; `nil` without one, or for an address that cannot be used.
  package static func inherited() -> Notifier? {
    environmentVariable("NOTIFY_SOCKET").flatMap(Notifier.init(socket:))
  }

  /// - Parameter socket: A path, or a name of the abstract namespace behind "@" (unix(7)). `nil` for anything else and
  ///   for what is longer than the kernel takes, 107 bytes.
  package init?(socket: String) {
    let name = Array(socket.utf8)
    guard let first = name.first, first == UInt8(ascii: "/") || first == UInt8(ascii: "@"), 2...107 ~= name.count,
      !name.contains(0)
    else { return nil }
    let family = sa_family_t(AF_UNIX)
    let isAbstract = first == UInt8(ascii: "@")
    // The length tells the end of an abstract name, a NUL the end of a path.
    address =
      [UInt8(truncatingIfNeeded: family.littleEndian), UInt8(truncatingIfNeeded: family.littleEndian >> 8)]
      + (isAbstract ? [0] + name.dropFirst() : name + [0])
  }

  /// - Parameter status: One line for those who ask the manager.
  package func notify(_ state: State, status: String? = nil) throws(SystemError) {
    let kind = Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue)
    let socket = Descriptor(owning: try systemCall("socket") { Glibc.socket(AF_UNIX, kind, 0) })
    let number = socket.number
    var limit = timeval(tv_sec: Self.patience, tv_usec: 0)
    _ = try systemCall("setsockopt") {
      unsafe setsockopt(number, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    }
    let message = Self.message(state, status: status)
    _ = try systemCall("sendto") {
      unsafe message.withUnsafeBytes { message in
        unsafe address.withUnsafeBytes { address in
          unsafe sendto(
            number, message.baseAddress, message.count, Int32(MSG_NOSIGNAL),
            address.baseAddress?.assumingMemoryBound(to: sockaddr.self), socklen_t(address.count))
        }
      }
    }
  }

  /// How long the manager waits for a word that this process is alive before it ends it (sd_watchdog_enabled(3)); `nil`
  /// if it does not wait for any.
  package static func inheritedWatchdog() -> Duration? {
    watchdog(
      microseconds: environmentVariable("WATCHDOG_USEC"), process: environmentVariable("WATCHDOG_PID"), own: getpid())
  }

  /// Reads the two variables. What was meant for another process, a parent perhaps, is nothing.
  static func watchdog(microseconds: String?, process: String?, own: pid_t) -> Duration? {
    guard process == nil || process == String(own), let microseconds, let limit = Int64(microseconds), limit > 0
    else { return nil }
    return .microseconds(limit)
  }

  /// Assignments, one a line.
  static func message(_ state: State, status: String?) -> [UInt8] {
    var text =
      switch state {
      case .ready: "READY=1\n"
      case .reloading(let since): "RELOADING=1\nMONOTONIC_USEC=\(since.nanoseconds / 1000)\n"
      case .stopping: "STOPPING=1\n"
      case .alive: "WATCHDOG=1\n"
      }
    if let status { text += "STATUS=" + status.filter { !$0.isNewline } + "\n" }
    return Array(text.utf8)
  }
}

/// getenv(3); nothing here changes the environment.
func environmentVariable(_ name: String) -> String? {
  unsafe getenv(name).map { unsafe String(cString: $0) }
}
