// SPDX-License-Identifier: Apache-2.0

import Glibc
import HTTP1
import OpenSSL
import Reactor
import Testing

@testable import Server

/// A clock that stands still until it is told to move.
final class TestClock {
  var time = MonotonicTime(nanoseconds: 1_000_000_000)
  /// Sun, 22 Nov 2026 13:00:00 GMT.
  var unixSeconds: Int64 = 1_795_352_400

  var loopClock: LoopClock {
    LoopClock(monotonic: { self.time }, unixSeconds: { self.unixSeconds })
  }

  func advance(by duration: Duration) {
    time = time.advanced(by: duration)
  }
}

/// A server with a handler made of routes, its loop driven by the test on the test's thread.
final class Harness {
  let clock = TestClock()
  let loop: Loop
  let handler = TestHandler()
  let server: HTTPServer
  let address: SocketAddress
  static let tag = ListenerTag(7)

  /// - Parameter sendBuffer: Bytes the kernel keeps for a client that does not read; `nil` for the system's choice.
  init(
    limits: ServerLimits = .standard, messages: HTTPLimits = .standard, tls: TLSContext? = nil,
    sendBuffer: Int32? = nil, standing: StandingFields = .none
  ) throws {
    loop = try Loop(clock: clock.loopClock)
    server = HTTPServer(loop: loop, limits: limits, handler: handler)
    handler.server = server
    if let sendBuffer {
      let socket = try boundSocket(sendBuffer: sendBuffer)
      address = try server.listen(adopting: socket, tag: Self.tag, limits: messages, tls: tls, standing: standing)
    } else {
      address = try server.listen(
        on: .loopback(port: 0), tag: Self.tag, limits: messages, tls: tls, standing: standing)
    }
  }

  func client(receiveBuffer: Int32? = nil) throws -> RawClient {
    try RawClient(port: address.port, receiveBuffer: receiveBuffer)
  }

  var counters: ListenerCounters { server.counters(Self.tag) }

  /// Runs ticks until the condition holds. The bound is far beyond what any condition needs; reaching it is a failure.
  func run(_ what: Comment, until condition: () -> Bool) throws {
    for _ in 0..<4000 {
      if condition() { return }
      try loop.runTick(waitingAtMost: .milliseconds(2))
    }
    try #require(condition(), what)
  }

  /// Runs ticks until nothing has happened for some of them.
  func settle() throws {
    for _ in 0..<8 { try loop.runTick(waitingAtMost: .milliseconds(1)) }
  }

  /// Waits for the client's next response.
  func response(_ client: RawClient, isHead: Bool = false) throws -> RawResponse {
    var response: RawResponse?
    try run("a response arrives") {
      client.receive()
      response = client.takeResponse(isHead: isHead)
      return response != nil
    }
    return try #require(response)
  }

  /// Waits for the server to end the connection.
  func end(_ client: RawClient) throws {
    try run("the connection ends") {
      client.receive()
      return client.isOver
    }
  }

  func advance(by duration: Duration) throws {
    clock.advance(by: duration)
    try settle()
  }
}

/// A listening socket on a port that the kernel chooses, whose connections have a fixed send buffer.
func boundSocket(sendBuffer: Int32) throws -> Descriptor {
  let number = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
  guard number >= 0 else { throw SystemError(call: "socket", code: errno) }
  let descriptor = Descriptor(owning: number)
  var size = sendBuffer
  setsockopt(number, SOL_SOCKET, SO_SNDBUF, &size, 4)
  var address = sockaddr_in()
  address.sin_family = sa_family_t(AF_INET)
  address.sin_addr = in_addr(s_addr: UInt32(0x7F00_0001).bigEndian)
  let result = withUnsafePointer(to: &address) {
    $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
      bind(number, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
    }
  }
  guard result == 0, listen(number, 16) == 0 else { throw SystemError(call: "listen", code: errno) }
  return descriptor
}

/// Answers by path and writes down what it was given.
final class TestHandler: RequestHandler {
  typealias Route = (borrowing Request, Exchange, HTTPServer) -> Void

  weak var server: HTTPServer?
  var routes: [String: Route] = [:]
  var log: [String] = []
  var waiting: [Exchange] = []
  var closed: [Exchange] = []
  var faults: [String] = []
  var refuses: Response?
  var onBurstEnd: () -> Void = {}
  var handshakeFailures: [String] = []

  init() {
    routes["/hello"] = { request, exchange, server in
      server.respond(to: exchange, with: Response(status: 200, contentType: "text/plain", text: "hello"))
    }
    routes["/echo"] = { request, exchange, server in
      let body = request.withBody { (span: Span<UInt8>) in span.withUnsafeBufferPointer { Array($0) } }
      server.respond(to: exchange, with: Response(status: 200, body: .bytes(body)))
    }
    let prepared = PreparedResponse(
      status: 200, contentType: "application/json", body: Array(#"{"status":"received"}"#.utf8))
    routes["/prepared"] = { _, exchange, server in server.respond(to: exchange, with: prepared) }
    routes["/later"] = { [unowned self] _, exchange, _ in waiting.append(exchange) }
  }

  func handle(_ request: borrowing Request, _ exchange: Exchange) {
    let path = request.text(request.path)
    let body = request.withBody { $0.count }
    log.append("\(request.text(request.head.methodName)) \(path) \(body)")
    guard let server else { return }
    if let route = routes[path] {
      route(request, exchange, server)
    } else {
      server.respond(to: exchange, with: Response(status: 404))
    }
  }

  func endBurst() { onBurstEnd() }

  func refusal(_ request: borrowing Request) -> Response? { refuses }

  func exchangeClosed(_ exchange: Exchange) { closed.append(exchange) }

  func handshakeFailed(_ reason: String, _ peer: SocketAddress) { handshakeFailures.append(reason) }

  func response(to fault: RequestFault) -> Response {
    faults.append("\(fault.status) \(fault.reason)")
    return Response(status: fault.status, contentType: "text/plain", text: "fault")
  }
}

func get(_ path: String, _ fields: String...) -> String {
  "GET \(path) HTTP/1.1\r\nHost: h\r\n" + fields.map { $0 + "\r\n" }.joined() + "\r\n"
}

func post(_ path: String, _ body: String, _ fields: String...) -> String {
  "POST \(path) HTTP/1.1\r\nHost: h\r\nContent-Length: \(body.utf8.count)\r\n"
    + fields.map { $0 + "\r\n" }.joined() + "\r\n" + body
}

func chunked(_ path: String, _ chunks: [String], _ fields: String...) -> String {
  "POST \(path) HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n" + fields.map { $0 + "\r\n" }.joined() + "\r\n"
    + chunks.map { "\(String($0.utf8.count, radix: 16))\r\n\($0)\r\n" }.joined() + "0\r\n\r\n"
}
