// SPDX-License-Identifier: Apache-2.0

import Glibc
import Reactor

/// A client that sends exactly the bytes it is told to and keeps all it gets. Nothing it does waits.
final class RawClient {
  private let socket: Descriptor
  /// Everything received so far.
  private(set) var received: [UInt8] = []
  /// The server has ended the connection in order.
  private(set) var isEnded = false
  /// The server has reset the connection.
  private(set) var isReset = false

  /// - Parameter receiveBuffer: Bytes the kernel keeps for a client that does not read; `nil` for the system's choice.
  init(port: UInt16, receiveBuffer: Int32? = nil) throws {
    let number = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    guard number >= 0 else { throw SystemError(call: "socket", code: errno) }
    socket = Descriptor(owning: number)
    if var size = receiveBuffer { setsockopt(number, SOL_SOCKET, SO_RCVBUF, &size, 4) }
    var one: Int32 = 1
    setsockopt(number, Int32(IPPROTO_TCP), TCP_NODELAY, &one, 4)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr = in_addr(s_addr: UInt32(0x7F00_0001).bigEndian)
    let result = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(number, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard result == 0 else { throw SystemError(call: "connect", code: errno) }
    _ = fcntl(number, F_SETFL, O_NONBLOCK)
  }

  /// Sends; answers how many bytes the kernel took.
  @discardableResult
  func send(_ bytes: some Collection<UInt8>) -> Int {
    Array(bytes).withUnsafeBytes { Glibc.send(socket.number, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
  }

  @discardableResult
  func send(_ text: String) -> Int {
    send(text.utf8)
  }

  /// Says that nothing more will be sent.
  func finish() {
    shutdown(socket.number, Int32(SHUT_WR))
  }

  /// Makes the end of this client a reset of the connection.
  func resetAtEnd() {
    var linger = Glibc.linger(l_onoff: 1, l_linger: 0)
    setsockopt(socket.number, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<Glibc.linger>.size))
  }

  /// Takes what has arrived.
  func receive(atMost limit: Int = .max) {
    var buffer = [UInt8](repeating: 0, count: 64 * 1024)
    var rest = limit
    while rest > 0, !isEnded, !isReset {
      let count = recv(socket.number, &buffer, min(buffer.count, rest), 0)
      if count > 0 {
        received.append(contentsOf: buffer[0..<count])
        rest -= count
      } else if count == 0 {
        isEnded = true
      } else {
        isReset = errno == ECONNRESET || errno == EPIPE
        return
      }
    }
  }

  /// Whether the connection is over, in order or not.
  var isOver: Bool { isEnded || isReset }

  var text: String { String(decoding: received, as: UTF8.self) }

  /// Takes all that was received.
  func takeReceived() -> [UInt8] {
    defer { received = [] }
    return received
  }

  /// Takes the first complete final response out of what was received; 1xx ones before it are dropped.
  /// - Parameter isHead: The response answers HEAD.
  func takeResponse(isHead: Bool = false) -> RawResponse? {
    while let response = RawResponse(received, isHead: isHead, isEnded: isEnded) {
      received.removeFirst(response.length)
      if response.status >= 200 { return response }
    }
    return nil
  }
}

/// A response taken apart, for expectations.
struct RawResponse {
  let status: Int
  /// Names in lower case, in the order sent.
  let fields: [(name: String, value: String)]
  let body: [UInt8]
  /// Bytes from the status line to the end of the body.
  let length: Int

  var text: String { String(decoding: body, as: UTF8.self) }

  subscript(name: String) -> String? { fields.first { $0.name == name }?.value }

  /// `nil` when the response is not complete.
  init?(_ bytes: [UInt8], isHead: Bool, isEnded: Bool) {
    guard let headEnd = Self.find([13, 10, 13, 10], in: bytes, from: 0) else { return nil }
    let lines = String(decoding: bytes[0..<headEnd], as: UTF8.self).split(separator: "\r\n")
    let words = lines[0].split(separator: " ", maxSplits: 2)
    guard words.count >= 2, words[0] == "HTTP/1.1", let status = Int(words[1]) else { return nil }
    self.status = status
    var fields: [(name: String, value: String)] = []
    for line in lines.dropFirst() {
      let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
      fields.append((parts[0].lowercased(), String(parts[1].drop { $0 == " " })))
    }
    self.fields = fields
    let start = headEnd + 4
    let length = fields.first { $0.name == "content-length" }.flatMap { Int($0.value) }
    if isHead || status < 200 || status == 204 || status == 304 {
      body = []
      self.length = start
    } else if let length {
      guard bytes.count >= start + length else { return nil }
      body = Array(bytes[start..<start + length])
      self.length = start + length
    } else if fields.contains(where: { $0.name == "transfer-encoding" && $0.value == "chunked" }) {
      guard let (body, end) = Self.chunks(bytes, from: start) else { return nil }
      self.body = body
      self.length = end
    } else {
      guard isEnded else { return nil }
      body = Array(bytes[start...])
      self.length = bytes.count
    }
  }

  private static func chunks(_ bytes: [UInt8], from start: Int) -> (body: [UInt8], end: Int)? {
    var body: [UInt8] = []
    var position = start
    while let lineEnd = find([13, 10], in: bytes, from: position) {
      guard let size = Int(String(decoding: bytes[position..<lineEnd], as: UTF8.self), radix: 16) else { return nil }
      let data = lineEnd + 2
      guard bytes.count >= data + size + 2 else { return nil }
      body.append(contentsOf: bytes[data..<data + size])
      position = data + size + 2
      if size == 0 { return (body, position) }
    }
    return nil
  }

  private static func find(_ pattern: [UInt8], in bytes: [UInt8], from start: Int) -> Int? {
    guard bytes.count >= pattern.count else { return nil }
    var index = start
    while index + pattern.count <= bytes.count {
      if bytes[index..<index + pattern.count].elementsEqual(pattern) { return index }
      index += 1
    }
    return nil
  }
}
