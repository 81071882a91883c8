// SPDX-License-Identifier: Apache-2.0

import Glibc
import Testing

@testable import Reactor

/// A service manager's end of the notification socket.
private final class Manager {
  let descriptor: Descriptor

  init(_ name: String) throws {
    descriptor = Descriptor(owning: try systemCall("socket") { socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0) })
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    var bytes = Array(name.utf8)
    if name.hasPrefix("@") { bytes[0] = 0 }
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
    let number = descriptor.number
    let length = MemoryLayout<sa_family_t>.size + bytes.count + (name.hasPrefix("@") ? 0 : 1)
    _ = try systemCall("bind") {
      withUnsafePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(number, $0, socklen_t(length)) }
      }
    }
  }

  /// The next message; `nil` when none has come.
  func message() -> String? {
    var buffer = [UInt8](repeating: 0, count: 512)
    let count = recv(descriptor.number, &buffer, buffer.count, Int32(MSG_DONTWAIT))
    return count >= 0 ? String(decoding: buffer[..<count], as: UTF8.self) : nil
  }
}

@Suite("Telling the service manager")
struct NotifierTests {
  private static let path = "/tmp/hookledger-notify-\(getpid())"

  @Test("a path and an abstract name are both reached", arguments: [path, "@hookledger-notify-\(getpid())"])
  func messages(socket: String) throws {
    let manager = try Manager(socket)
    defer { if !socket.hasPrefix("@") { unlink(socket) } }
    let notifier = try #require(Notifier(socket: socket))
    try notifier.notify(.ready, status: "two\nlines")
    #expect(manager.message() == "READY=1\nSTATUS=twolines\n")
    try notifier.notify(.reloading(since: MonotonicTime(nanoseconds: 12_345_678)))
    #expect(manager.message() == "RELOADING=1\nMONOTONIC_USEC=12345\n")
    try notifier.notify(.stopping)
    #expect(manager.message() == "STOPPING=1\n")
    try notifier.notify(.alive)
    #expect(manager.message() == "WATCHDOG=1\n")
    #expect(manager.message() == nil)
  }

  @Test("nobody there is an error and no end", arguments: ["/tmp/hookledger-no-such-socket", "@hookledger-nobody"])
  func nobody(socket: String) throws {
    let notifier = try #require(Notifier(socket: socket))
    #expect(throws: SystemError.self) { try notifier.notify(.ready) }
  }

  @Test(
    "an address of another kind is none",
    arguments: [
      "", "@", "/", "relative", "vsock:2:1", "/a\0b", "/" + String(repeating: "a", count: 107),
      "@" + String(repeating: "a", count: 107),
    ])
  func malformed(socket: String) {
    #expect(Notifier(socket: socket) == nil)
  }

  private static let watchdogs: [(String?, String?, Duration?)] = [
    ("30000000", nil, .seconds(30)), ("1", "42", .microseconds(1)), ("30000000", "41", nil), ("30000000", "", nil),
    (nil, "42", nil), ("", "42", nil), ("0", "42", nil), ("-1", nil, nil), ("x", nil, nil),
    ("99999999999999999999", nil, nil),
  ]

  @Test("a watchdog counts for the process that it names, or for any", arguments: watchdogs)
  func watchdog(microseconds: String?, process: String?, limit: Duration?) {
    #expect(Notifier.watchdog(microseconds: microseconds, process: process, own: 42) == limit)
  }

  @Test("the longest names the kernel takes are taken", arguments: ["@", "/tmp/"])
  func longest(prefix: String) throws {
    let socket =
      prefix + "\(getpid())-" + String(repeating: "a", count: 106 - prefix.utf8.count - "\(getpid())".utf8.count)
    #expect(socket.utf8.count == 107)
    let manager = try Manager(socket)
    defer { if prefix != "@" { unlink(socket) } }
    try #require(Notifier(socket: socket)).notify(.ready)
    #expect(manager.message() == "READY=1\n")
  }
}

@Suite("Sockets from the service manager")
struct InheritedSocketTests {
  @Test("are counted from descriptor 3, by name")
  func named() throws {
    let sockets = try InheritedSocket.read(process: "42", count: "2", names: "public:local", own: 42)
    #expect(sockets.map(\.name) == ["public", "local"])
    #expect(sockets.map(\.number) == [3, 4])
    #expect(try InheritedSocket.read(process: "42", count: "1", names: nil, own: 42).map(\.name) == ["unknown"])
    #expect(try InheritedSocket.read(process: "42", count: "1", names: "", own: 42).map(\.name) == [""])
  }

  @Test("of another process are nothing", arguments: [nil, "", "41", "042", "42 ", "x"])
  func others(process: String?) throws {
    #expect(try InheritedSocket.read(process: process, count: "nonsense", names: "a:b:c", own: 42).isEmpty)
  }

  @Test("that are told wrongly are an error", arguments: [nil, "", "0", "-1", "+1", "01", "65", "x", "99999999999"])
  func miscounted(count: String?) {
    #expect(throws: InheritanceError.self) {
      try InheritedSocket.read(process: "42", count: count, names: nil, own: 42)
    }
  }

  @Test("need as many names as there are", arguments: ["public", "public:local:", ""])
  func misnamed(names: String) {
    #expect(throws: InheritanceError.self) {
      try InheritedSocket.read(process: "42", count: "2", names: names, own: 42)
    }
  }
}
