// SPDX-License-Identifier: Apache-2.0

import Glibc

/// A blocking HTTP/1.1 connection to loopback. Every call fails when the peer is gone, and none waits for ever.
final class ClientConnection {
  struct Answer {
    let status: Int
    let body: [UInt8]
  }

  private let descriptor: Int32
  private var pending: [UInt8] = []

  init(port: UInt16) throws {
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    guard descriptor >= 0 else { throw Broken.call("socket") }
    // A server that is stuck must end the test, not hang it.
    var limit = timeval(tv_sec: 30, tv_usec: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    let connected = withUnsafeBytes(of: &address) { bytes in
      bytes.withMemoryRebound(to: sockaddr.self) { connect(descriptor, $0.baseAddress, socklen_t(bytes.count)) }
    }
    guard connected == 0 else {
      let error = Broken.call("connect")
      close(descriptor)
      throw error
    }
  }

  deinit { close(descriptor) }

  func send(_ bytes: [UInt8]) throws {
    var sent = 0
    while sent < bytes.count {
      let count = bytes[sent...].withUnsafeBytes {
        Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      guard count > 0 else { throw Broken.call("send") }
      sent += count
    }
  }

  /// The next whole answer; one that is cut off is none.
  func receive() throws -> Answer {
    while true {
      if let answer = try takeAnswer() { return answer }
      var buffer = [UInt8](repeating: 0, count: 16_384)
      let count = recv(descriptor, &buffer, buffer.count, 0)
      guard count > 0 else { throw count == 0 ? Broken("the server closed the connection") : Broken.call("recv") }
      pending.append(contentsOf: buffer[..<count])
    }
  }

  func get(_ path: String) throws -> Answer {
    try send(Array("GET \(path) HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".utf8))
    return try receive()
  }

  private func takeAnswer() throws -> Answer? {
    guard let headEnd = pending.firstRange(of: Array("\r\n\r\n".utf8)) else { return nil }
    let lines = String(decoding: pending[..<headEnd.lowerBound], as: UTF8.self).split(separator: "\r\n")
    let words = lines[0].split(separator: " ")
    guard words.count >= 2, words[0] == "HTTP/1.1", let status = Int(words[1]) else {
      throw Broken("no status line: \(lines[0])")
    }
    let length = lines.dropFirst().lazy.map { $0.split(separator: ":", maxSplits: 1) }
      .first { $0[0].lowercased() == "content-length" }.flatMap { Int($0[1].drop { $0 == " " }) }
    guard let length else { throw Broken("no Content-Length in the answer") }
    let end = headEnd.upperBound + length
    guard pending.count >= end else { return nil }
    let body = Array(pending[headEnd.upperBound..<end])
    pending.removeFirst(end)
    return Answer(status: status, body: body)
  }
}
