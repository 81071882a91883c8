// SPDX-License-Identifier: Apache-2.0

import Glibc
import Synchronization

/// A TCP peer on 127.0.0.1 that does to its connections what the test says, one script a connection in order of arrival
/// (the last script serves all further ones), and remembers every request head and body that it read.
final class ScriptedPeer: Sendable {
  typealias Script = @Sendable (Connection) -> Void

  let port: Int
  private let listener: Int32
  private let log = Mutex<[String]>([])

  /// What came in, whole requests as text.
  var requests: [String] { log.withLock { $0 } }

  init(_ scripts: Script...) {
    let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    var address = loopbackAddress(port: 0)
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
        let isUp = bind(listener, generic, length) == 0 && listen(listener, 128) == 0
        precondition(isUp && getsockname(listener, generic, &length) == 0, "no listener for the test")
      }
    }
    port = Int(UInt16(bigEndian: address.sin_port))
    self.listener = listener
    inThread { [self] in
      var arrived = 0
      while true {
        let descriptor = accept(listener, nil, nil)
        if descriptor < 0 {
          guard errno == EINVAL else { continue }
          // Shut down. Closed only here: a descriptor closed under a running accept may be somebody else's by then.
          close(listener)
          return
        }
        let script = scripts.isEmpty ? nil : scripts[min(arrived, scripts.count - 1)]
        arrived += 1
        let connection = Connection(descriptor: descriptor) { [self] request in log.withLock { $0.append(request) } }
        inThread {
          script?(connection)
          connection.close()
        }
      }
    }
  }

  func url(_ path: String = "/", scheme: String = "http") -> String { "\(scheme)://127.0.0.1:\(port)\(path)" }

  /// Refuses further connections and ends the accept loop.
  func stop() {
    shutdown(listener, Int32(SHUT_RDWR))
  }

  final class Connection: Sendable {
    private let descriptor: Int32
    private let record: @Sendable (String) -> Void
    private let isOpen = Atomic(true)

    init(descriptor: Int32, record: @escaping @Sendable (String) -> Void) {
      self.descriptor = descriptor
      self.record = record
    }

    /// Reads a head and the body that its Content-Length announces; `nil` at the end of the stream.
    @discardableResult
    func readRequest() -> String? {
      var bytes: [UInt8] = []
      while true {
        let text = String(decoding: bytes, as: UTF8.self)
        if let head = text.firstRange(of: "\r\n\r\n") {
          let announced = text[..<head.lowerBound].lowercased().split(separator: "\r\n")
            .first { $0.hasPrefix("content-length:") }
          let length = announced.flatMap { Int($0.dropFirst(15).drop { $0 == " " }) } ?? 0
          if text[head.upperBound...].utf8.count >= length {
            record(text)
            return text
          }
        }
        var byte: UInt8 = 0
        guard recv(descriptor, &byte, 1, 0) == 1 else { return nil }
        bytes.append(byte)
      }
    }

    /// Reads so many bytes without waiting for a whole request.
    func read(bytes count: Int) {
      var byte: UInt8 = 0
      for _ in 0..<count where recv(descriptor, &byte, 1, 0) != 1 { return }
    }

    func write(_ text: String) {
      var rest = Array(text.utf8)[...]
      while !rest.isEmpty {
        let sent = rest.withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
        guard sent > 0 else { return }
        rest = rest.dropFirst(sent)
      }
    }

    func answer(_ status: String = "200 OK", headers: [String] = [], body: String = "") {
      let fields = headers.map { $0 + "\r\n" }.joined()
      write("HTTP/1.1 \(status)\r\n\(fields)Content-Length: \(body.utf8.count)\r\n\r\n\(body)")
    }

    /// Blocks until the client goes away.
    func waitForClose() {
      var byte: UInt8 = 0
      while recv(descriptor, &byte, 1, 0) > 0 {}
    }

    /// Closes with a reset instead of an orderly end.
    func reset() {
      var linger = linger(l_onoff: 1, l_linger: 0)
      setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout.size(ofValue: linger)))
      close()
    }

    func close() {
      if isOpen.exchange(false, ordering: .acquiringAndReleasing) { Glibc.close(descriptor) }
    }
  }
}

func inThread(_ body: @escaping @Sendable () -> Void) {
  final class Box {
    let body: @Sendable () -> Void
    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
  }
  var thread = pthread_t()
  let context = Unmanaged.passRetained(Box(body)).toOpaque()
  let status = pthread_create(
    &thread, nil,
    { context in
      if let context { Unmanaged<Box>.fromOpaque(context).takeRetainedValue().body() }
      return nil
    }, context)
  precondition(status == 0, "no thread for the test")
  pthread_detach(thread)
}

func canConnect(to port: Int) -> Bool {
  let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
  defer { close(descriptor) }
  var address = loopbackAddress(port: port)
  return withUnsafeMutablePointer(to: &address) { pointer in
    pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
      connect(descriptor, generic, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
    }
  }
}

private func loopbackAddress(port: Int) -> sockaddr_in {
  var address = sockaddr_in()
  address.sin_family = sa_family_t(AF_INET)
  address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
  address.sin_port = UInt16(port).bigEndian
  return address
}
