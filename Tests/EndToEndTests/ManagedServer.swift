// SPDX-License-Identifier: Apache-2.0

import Glibc
import JSON
import OpenSSL

/// The built program started as a service manager would: with a notification socket, and perhaps with a listening socket
/// as descriptor 3. Its log is read by the test.
final class ManagedServer {
  private static let key = "edge-key"

  var id: pid_t { log.process }
  private(set) var publicPort: UInt16 = 0
  private(set) var apiPort: UInt16 = 0
  private let manager: Int32
  private var log: ProcessLog
  private var isLogOpen = true
  private var hasEnded = false

  /// - Parameters:
  ///   - listener: A socket to hand over, by the name `public`; closed here.
  ///   - shell: What the shell does before, such as `ulimit`.
  ///   - settings: Further environment variables, as `NAME=value`.
  init(data: String, listener: Int32? = nil, shell: String = "", settings: [String] = []) throws {
    let name = "hookledger-end-to-end-\(UInt64.random(in: 0 ... .max))"
    manager = try Self.notificationSocket(name)
    let environment =
      [
        "HOOKLEDGER_PUBLIC_LISTEN=127.0.0.1:0", "HOOKLEDGER_API_LISTEN=127.0.0.1:0", "HOOKLEDGER_DATA_DIR=\(data)",
        "HOOKLEDGER_HMAC_KEYS=\(Self.key)", "HOOKLEDGER_LOG_FORMAT=json", "NOTIFY_SOCKET=@\(name)",
        "LISTEN_FDS=1", "LISTEN_FDNAMES=public",
      ] + settings
    // The number of the process is known only to itself.
    let script = shell + "\n" + (listener == nil ? "" : "LISTEN_PID=$$ ") + "exec \"$0\" serve"
    log = try Program.spawn(["/bin/sh", "-c", script, Program.path()], environment, handing: listener)
    var last = ""
    while let line = nextLine() {
      last = line
      guard let json = try? JSON.parse(Array(line.utf8)), json["message"]?.string == "listening" else { continue }
      publicPort = Self.port(json["metadata"]?["public"]?.string)
      apiPort = Self.port(json["metadata"]?["api"]?.string)
      return
    }
    throw Broken(last)
  }

  /// A test that failed leaves no process behind.
  deinit {
    if !hasEnded {
      kill(id, SIGKILL)
      _ = try? end()
    }
    close(manager)
    closeLog()
  }

  /// The next line of the log; `nil` when the program has ended.
  func nextLine() -> String? { log.nextLine() }

  /// Waits for a line of the log with that message, and answers what it says besides.
  func logged(_ message: String) throws -> JSON {
    while let line = nextLine() {
      guard let json = try? JSON.parse(Array(line.utf8)), json["message"]?.string == message else { continue }
      return json["metadata"] ?? .null
    }
    throw Broken("the log ends without: \(message)")
  }

  /// From now on nobody reads the log.
  func closeLog() {
    guard isLogOpen else { return }
    log.close()
    isLogOpen = false
  }

  /// What the program tells its manager next; empty after half a minute without a word.
  func notification() -> String {
    var buffer = [UInt8](repeating: 0, count: 512)
    let count = recv(manager, &buffer, buffer.count, 0)
    return String(decoding: buffer.prefix(max(0, count)), as: UTF8.self)
  }

  func send(_ signal: Int32) { kill(id, signal) }

  /// Waits for the end: the exit status, or minus the signal that killed it.
  func end() throws -> Int32 {
    defer { hasEnded = true }
    return try Program.wait(for: id)
  }

  /// A signed callback.
  static func callback(for task: String) -> [UInt8] {
    let body = #"{"data":{"taskId":"\#(task)","state":"success"}}"#
    let timestamp = String(time(nil))
    let mac = HMACKey(Array(key.utf8).span).authenticate(Array("\(task).\(timestamp)".utf8).span)
    let head =
      "POST /callbacks HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nX-Webhook-Timestamp: \(timestamp)\r\n"
      + "X-Webhook-Signature: \(Base64.standard.encode(mac.span))\r\nContent-Length: \(body.utf8.count)\r\n\r\n"
    return Array((head + body).utf8)
  }

  private static func port(_ address: String?) -> UInt16 {
    address?.split(separator: ":").last.flatMap { UInt16($0) } ?? 0
  }

  private static func notificationSocket(_ name: String) throws -> Int32 {
    let number = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    guard number >= 0 else { throw Broken.call("socket") }
    var limit = timeval(tv_sec: 30, tv_usec: 0)
    setsockopt(number, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: [0] + Array(name.utf8)) }
    let length = socklen_t(MemoryLayout<sa_family_t>.size + 1 + name.utf8.count)
    let bound = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(number, $0, length) }
    }
    guard bound == 0 else { throw Broken.call("bind") }
    return number
  }
}

/// A listening socket on loopback, and its port.
func listeningSocket() throws -> (number: Int32, port: UInt16) {
  let number = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
  var address = sockaddr_in()
  address.sin_family = sa_family_t(AF_INET)
  address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
  var length = socklen_t(MemoryLayout<sockaddr_in>.size)
  let isListening = withUnsafeMutablePointer(to: &address) {
    $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
      bind(number, $0, length) == 0 && listen(number, 16) == 0 && getsockname(number, $0, &length) == 0
    }
  }
  guard isListening else { throw Broken.call("listen") }
  return (number, UInt16(bigEndian: address.sin_port))
}
