// SPDX-License-Identifier: Apache-2.0

import Glibc

/// A blocking TCP connection on loopback. Every call fails when the peer is gone, and none waits for ever.
final class Wire: Sendable {
  private let descriptor: Int32

  /// Connects.
  convenience init(port: UInt16) throws {
    let number = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    guard number >= 0 else { throw Broken.call("socket") }
    self.init(taking: number)
    guard withLoopback(port, { connect(number, $0, $1) }) == 0 else { throw Broken.call("connect") }
  }

  /// Takes over a socket, and closes it at the end.
  init(taking number: Int32) {
    descriptor = number
    // Whoever is stuck must end the test, not hang it.
    var limit = timeval(tv_sec: 60, tv_usec: 0)
    setsockopt(number, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    setsockopt(number, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    var on: Int32 = 1
    setsockopt(number, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
  }

  deinit { close(descriptor) }

  func send(_ bytes: some Collection<UInt8>) throws {
    let bytes = Array(bytes)
    var sent = 0
    while sent < bytes.count {
      let count = bytes[sent...].withUnsafeBytes {
        Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      guard count > 0 else { throw Broken.call("send") }
      sent += count
    }
  }

  /// Some of the next bytes; none at the peer's end.
  func receive() throws -> [UInt8] {
    var buffer = [UInt8](repeating: 0, count: 65_536)
    let count = recv(descriptor, &buffer, buffer.count, 0)
    guard count >= 0 else { throw Broken.call("recv") }
    return Array(buffer[..<count])
  }
}

/// The beginning of an HTTP message, as far as it says where the message ends.
struct MessageHead {
  /// From the first byte to the one before the body.
  let length: Int
  /// Of the body, if it says so.
  let contentLength: Int?
  let firstLine: String

  /// `nil` while the head is not whole.
  init?(_ bytes: [UInt8]) {
    guard let end = bytes.firstRange(of: Array("\r\n\r\n".utf8)) else { return nil }
    let lines = String(decoding: bytes[..<end.lowerBound], as: UTF8.self).split(separator: "\r\n")
    length = end.upperBound
    firstLine = lines.first.map(String.init) ?? ""
    contentLength = lines.dropFirst().lazy.map { $0.split(separator: ":", maxSplits: 1) }
      .first { $0[0].lowercased() == "content-length" }.flatMap { Int($0[1].drop { $0 == " " }) }
  }
}

/// Calls with the address of a port on loopback.
func withLoopback(_ port: UInt16, _ body: (UnsafePointer<sockaddr>?, socklen_t) -> Int32) -> Int32 {
  var address = sockaddr_in()
  address.sin_family = sa_family_t(AF_INET)
  address.sin_port = port.bigEndian
  address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
  return withUnsafeBytes(of: &address) { bytes in
    bytes.withMemoryRebound(to: sockaddr.self) { body($0.baseAddress, socklen_t(bytes.count)) }
  }
}

/// A socket bound to a free port of loopback.
func boundSocket() throws -> (number: Int32, port: UInt16) {
  let number = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
  guard number >= 0 else { throw Broken.call("socket") }
  _ = fcntl(number, F_SETFD, FD_CLOEXEC)
  var on: Int32 = 1
  setsockopt(number, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<Int32>.size))
  var address = sockaddr_in()
  var size = socklen_t(MemoryLayout<sockaddr_in>.size)
  let isNamed =
    withLoopback(0, { bind(number, $0, $1) }) == 0
    && withUnsafeMutableBytes(of: &address) { bytes in
      bytes.withMemoryRebound(to: sockaddr.self) { getsockname(number, $0.baseAddress, &size) }
    } == 0
  guard isNamed else {
    let error = Broken.call("bind")
    close(number)
    throw error
  }
  return (number, UInt16(bigEndian: address.sin_port))
}

/// A port that the kernel gives to nobody else, and on which a server with SO_REUSEADDR may listen all the same: who
/// is only bound does not stand in its way.
final class ReservedPort: Sendable {
  let number: UInt16
  private let descriptor: Int32

  init() throws { (descriptor, number) = try boundSocket() }

  deinit { close(descriptor) }
}
