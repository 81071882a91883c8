// SPDX-License-Identifier: Apache-2.0

import HTTP1
import HTTP1Vectors
import OpenSSL
import Reactor
import Testing

@testable import Server

/// The tables of the parser's tests once more, through sockets: what the parser decides must be what a client sees.
@Suite("The parser's tables over sockets", .timeLimit(.minutes(5)))
struct VectorTests {
  /// Sends bytes whole or one at a time, and then says that there will be no more.
  private func send(_ bytes: [UInt8], _ client: RawClient, _ harness: Harness, isWhole: Bool) throws {
    if isWhole {
      var rest = bytes[...]
      while !rest.isEmpty {
        rest = rest.dropFirst(max(0, client.send(rest)))
        try harness.loop.runTick(waitingAtMost: .zero)
      }
    } else {
      for byte in bytes {
        client.send([byte])
        try harness.loop.runTick(waitingAtMost: .zero)
      }
    }
    client.finish()
  }

  /// Every response of a connection, which must have ended in order.
  private func responses(_ client: RawClient, _ harness: Harness, _ name: String, isHead: Bool = false) throws
    -> [RawResponse]
  {
    try harness.run("\(name) ends") {
      client.receive()
      return client.isOver
    }
    #expect(client.isEnded, "\(name)")
    var found: [RawResponse] = []
    while let response = client.takeResponse(isHead: isHead) { found.append(response) }
    #expect(client.received.isEmpty, "\(name): \(client.text)")
    return found
  }

  @Test(
    "a refused head gets one answer with its status and the end, whatever stands behind it", arguments: [true, false])
  func refused(isWhole: Bool) throws {
    let harness = try Harness()
    for example in refusedHeads {
      harness.handler.faults = []
      let client = try harness.client()
      let isHead = example.bytes.starts(with: "HEAD ".utf8)
      try send(example.bytes + get("/hello").utf8, client, harness, isWhole: isWhole)
      let found = try responses(client, harness, example.name, isHead: isHead)
      #expect(found.map(\.status) == [example.expected.status], "\(example.name)")
      #expect(found.last?["connection"] == "close", "\(example.name)")
      #expect(harness.handler.faults == ["\(example.expected.status) \(example.expected.reason)"], "\(example.name)")
    }
    #expect(harness.handler.log.isEmpty)
    try harness.run("all are closed") { harness.server.openConnections == 0 }
  }

  @Test("an accepted head is answered, and so is the request behind it unless the first one ends the connection")
  func accepted() throws {
    let harness = try Harness()
    for isWhole in [true, false] {
      for example in acceptedHeads {
        harness.handler.faults = []
        var parser = RequestParser()
        #expect(parser.parse(example.bytes.span, from: 0) == .head(consumed: example.bytes.count))
        let head = parser.head
        var bytes = example.bytes
        switch head.framing {
        case .none: break
        case .length(let length): bytes += [UInt8](repeating: UInt8(ascii: "x"), count: length)
        case .chunked: bytes += "1\r\nx\r\n0\r\n\r\n".utf8
        }
        guard isWhole || bytes.count < 10_000 else { continue }
        let client = try harness.client()
        try send(bytes + get("/hello").utf8, client, harness, isWhole: isWhole)
        let isHead = head.method == .head
        // A HEAD's answer tells a length that does not come, so only the first of the two is taken apart.
        if isHead {
          try harness.end(client)
          #expect(client.text.hasPrefix("HTTP/1.1 404 "), "\(example.name)")
          continue
        }
        let found = try responses(client, harness, example.name)
        let isImplemented = ![.trace, .connect, .other].contains(head.method)
        let status = head.form == .asterisk ? 200 : isImplemented ? 404 : 501
        let isLast = !head.isKeepAlive || head.method == .connect
        #expect(found.map(\.status) == (isLast ? [status] : [status, 200]), "\(example.name)")
        #expect((found.first?["connection"] == "close") == isLast, "\(example.name)")
      }
    }
    try harness.run("all are closed") { harness.server.openConnections == 0 }
  }

  @Test("a stream of requests is the same requests, whole and byte by byte", arguments: [true, false])
  func smuggling(isWhole: Bool) throws {
    let harness = try Harness()
    var seen: [String] = []
    for path in ["/", "/admin"] {
      harness.handler.routes[path] = { request, exchange, server in
        let body = request.text(request.bodyRange, in: request.bodyBuffer)
        seen.append("\(request.head.method):\(body)")
        server.respond(to: exchange, with: Response(status: 200))
      }
    }
    for example in streams {
      seen = []
      harness.handler.faults = []
      let client = try harness.client()
      try send(example.bytes, client, harness, isWhole: isWhole)
      try harness.end(client)
      // CONNECT is the server's own to refuse.
      if !example.bytes.starts(with: "CONNECT".utf8) {
        #expect(seen == example.expected.requests, "\(example.name)")
      }
      switch example.expected.end {
      case .idle: #expect(harness.handler.faults.allSatisfy { $0.hasPrefix("501") }, "\(example.name)")
      case .unfinished:
        #expect(harness.handler.faults == ["400 the connection ended inside a request"], "\(example.name)")
      case .fault(let fault):
        #expect(harness.handler.faults == ["\(fault.status) \(fault.reason)"], "\(example.name)")
      }
    }
    try harness.run("all are closed") { harness.server.openConnections == 0 }
  }

  @Test(
    "a HEAD that cannot be read is answered without content",
    arguments: [
      "HEAD / HTTP/1.1\r\n\r\n", "HEAD / HTTP/1.1\r\nHost: h\r\nA : b\r\n", "HEAD / HTTP/3.0\r\n",
      "HEAD / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nx",
    ])
  func headFault(request: String) throws {
    let harness = try Harness()
    let client = try harness.client()
    client.send(request)
    let response = try harness.response(client, isHead: true)
    #expect([400, 505].contains(response.status))
    #expect(response["content-length"] == "5")
    try harness.run("the server has said all") {
      client.receive()
      return client.isEnded
    }
    #expect(client.received.isEmpty)
  }

  @Test(
    "a method that nobody knows is answered with 501, and the connection goes on", arguments: ["TRACE", "get", "BREW"])
  func unknownMethod(method: String) throws {
    let harness = try Harness()
    let client = try harness.client()
    client.send("\(method) /hello HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc" + get("/hello"))
    let response = try harness.response(client)
    #expect(response.status == 501)
    #expect(response["connection"] == nil)
    #expect(try harness.response(client).text == "hello")
    #expect(harness.handler.log == ["GET /hello 0"])
  }

  @Test("CONNECT is answered with 501, and nothing behind it is read as a request")
  func connect() throws {
    let harness = try Harness()
    let client = try harness.client()
    client.send("CONNECT h:443 HTTP/1.1\r\nHost: h:443\r\n\r\n" + get("/hello"))
    let response = try harness.response(client)
    #expect(response.status == 501)
    #expect(response["connection"] == "close")
    try harness.run("the server has said all") {
      client.receive()
      return client.isEnded
    }
    #expect(client.received.isEmpty)
    #expect(harness.handler.log.isEmpty)
  }

  @Test("OPTIONS * is answered by the server itself")
  func optionsAsterisk() throws {
    let harness = try Harness()
    let client = try harness.client()
    client.send("OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n" + get("/hello"))
    let response = try harness.response(client)
    #expect(response.status == 200)
    #expect(response["content-length"] == "0")
    #expect(response["allow"] != nil)
    #expect(try harness.response(client).text == "hello")
    #expect(harness.handler.log == ["GET /hello 0"])
  }
}

extension Request {
  fileprivate func text(_ range: Range<Int>, in buffer: [UInt8]) -> String {
    String(decoding: buffer[range], as: UTF8.self)
  }
}
