// SPDX-License-Identifier: Apache-2.0

import HTTP1
import Reactor
import Testing

@testable import Server

@Suite("Requests and answers over a socket", .timeLimit(.minutes(5)))
struct ExchangeTests {
  @Test("two requests use one connection, and an answer carries date and length")
  func keepAlive() throws {
    let harness = try Harness()
    let client = try harness.client()
    for _ in 0..<2 {
      client.send(get("/hello"))
      let response = try harness.response(client)
      #expect(response.status == 200)
      #expect(response.text == "hello")
      #expect(response["content-length"] == "5")
      #expect(response["content-type"] == "text/plain")
      #expect(response["date"] == "Sun, 22 Nov 2026 13:00:00 GMT")
      #expect(response["connection"] == nil)
    }
    #expect(harness.counters.accepted == 1)
    #expect(harness.counters.requests == 2)
  }

  @Test("the date follows the clock")
  func date() throws {
    let harness = try Harness()
    let client = try harness.client()
    client.send(get("/hello"))
    _ = try harness.response(client)
    harness.clock.unixSeconds += 1
    client.send(get("/hello"))
    #expect(try harness.response(client)["date"] == "Sun, 22 Nov 2026 13:00:01 GMT")
  }

  @Test("a prepared answer that connections share has the date of its second, and stays whole when one appends to it")
  func sharedAnswer() throws {
    let harness = try Harness()
    let (one, other) = (try harness.client(), try harness.client())
    for second in 0..<3 {
      one.send(get("/prepared") + get("/hello") + get("/prepared"))
      other.send(get("/prepared") + get("/prepared"))
      var prepared = try (0..<3).map { _ in try harness.response(one) }
      #expect(prepared.remove(at: 1).text == "hello")
      prepared += try (0..<2).map { _ in try harness.response(other) }
      for response in prepared {
        #expect(response.text == #"{"status":"received"}"#)
        #expect(response["date"] == "Sun, 22 Nov 2026 13:00:0\(second) GMT")
      }
      #expect(Set(prepared.map { $0.fields.map { [$0.name, $0.value] } }).count == 1)
      harness.clock.unixSeconds += 1
    }
  }

  @Test("a prepared answer has the same form as any other")
  func prepared() throws {
    let harness = try Harness()
    let client = try harness.client()
    client.send(get("/prepared"))
    let response = try harness.response(client)
    #expect(response.text == #"{"status":"received"}"#)
    #expect(Set(response.fields.map(\.name)) == ["content-type", "content-length", "date"])
    client.send(get("/prepared", "Connection: close"))
    #expect(try harness.response(client)["connection"] == "close")
    try harness.end(client)
    #expect(client.isEnded)
  }

  @Test("requests sent in one piece are answered in order", arguments: [1, 2, 50, 2000])
  func pipelining(count: Int) throws {
    let harness = try Harness()
    let client = try harness.client()
    var rest = (0..<count).map { post("/echo", "\($0)") }.joined().utf8[...]
    for number in 0..<count {
      if !rest.isEmpty { rest = rest.dropFirst(max(0, client.send(rest))) }
      #expect(try harness.response(client).text == "\(number)")
    }
    #expect(client.received.isEmpty)
  }

  @Test("a request behind one that is still with the handler waits for its turn")
  func pipeliningBehindSlowHandler() throws {
    let harness = try Harness()
    let client = try harness.client()
    client.send(get("/later") + post("/echo", "second") + get("/later"))
    try harness.run("the first request arrives") { harness.handler.waiting.count == 1 }
    try harness.settle()
    client.receive()
    #expect(client.received.isEmpty)
    #expect(harness.handler.log == ["GET /later 0"])
    // More bytes while one is with the handler are kept for later.
    client.send(post("/echo", "fourth"))
    try harness.settle()
    for _ in 0..<2 {
      let popped = harness.handler.waiting.popLast()
      let exchange = try #require(popped)
      harness.server.respond(to: exchange, with: Response(status: 200, body: .bytes(Array("late".utf8))))
      #expect(try harness.response(client).text == "late")
      try harness.settle()
      // Answered already: the second answer goes nowhere.
      harness.server.respond(to: exchange, with: Response(status: 500))
      let next = try harness.response(client)
      #expect(next.text == (harness.handler.log.count == 3 ? "second" : "fourth"))
    }
    #expect(harness.handler.log == ["GET /later 0", "POST /echo 6", "GET /later 0", "POST /echo 6"])
    #expect(client.received.isEmpty)
  }

  @Test(
    "a request cut anywhere is the same request",
    arguments: [
      get("/hello"), post("/echo", "0123456789"), chunked("/echo", ["012", "3456789"]),
      "\r\n" + post("/echo", "0123456789"),
    ])
  func everyCut(message: String) throws {
    let harness = try Harness()
    let client = try harness.client()
    let bytes = Array(message.utf8)
    let expected = message.hasPrefix("GET") ? "hello" : "0123456789"
    for cut in 1..<bytes.count {
      client.send(bytes[..<cut])
      try harness.run("the first part arrives") { harness.server.hasPart }
      try harness.loop.runTick(waitingAtMost: .zero)
      client.receive()
      #expect(client.received.isEmpty)
      client.send(bytes[cut...])
      #expect(try harness.response(client).text == expected)
    }
    #expect(harness.counters.accepted == 1)
  }

  @Test("a body larger than the read buffer comes through whole", arguments: [false, true])
  func largeBody(isChunked: Bool) throws {
    let harness = try Harness()
    let client = try harness.client()
    let body = String(repeating: "0123456789abcdef", count: 60 * 1024)
    let parts = stride(from: 0, to: body.utf8.count, by: 5000).map { start in
      String(decoding: Array(body.utf8)[start..<min(start + 5000, body.utf8.count)], as: UTF8.self)
    }
    var rest = (isChunked ? chunked("/echo", parts) : post("/echo", body)).utf8[...]
    var response: RawResponse?
    try harness.run("the echo arrives") {
      if !rest.isEmpty { rest = rest.dropFirst(max(0, client.send(rest.prefix(100_000)))) }
      client.receive()
      response = client.takeResponse()
      return response != nil
    }
    #expect(response?.body.count == body.utf8.count)
    #expect(response?.text == body)
  }

  @Test("HEAD is answered with the length and without the body, and the connection goes on")
  func head() throws {
    let harness = try Harness()
    let client = try harness.client()
    for path in ["/hello", "/prepared"] {
      client.send("HEAD \(path) HTTP/1.1\r\nHost: h\r\n\r\n")
      let response = try harness.response(client, isHead: true)
      #expect(response.status == 200)
      #expect(response["content-length"] == (path == "/hello" ? "5" : "21"))
    }
    client.send(get("/hello"))
    #expect(try harness.response(client).text == "hello")
    #expect(client.received.isEmpty)
  }

  @Test("HTTP/1.0 ends the connection unless it asked to keep it")
  func http10() throws {
    let harness = try Harness()
    let client = try harness.client()
    client.send("GET /hello HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
    #expect(try harness.response(client)["connection"] == "keep-alive")
    client.send("GET /hello HTTP/1.0\r\n\r\n")
    let response = try harness.response(client)
    #expect(response["connection"] == "close")
    #expect(response.text == "hello")
    try harness.end(client)
    #expect(client.isEnded)
  }

  @Test("an absolute target is read by its path")
  func absoluteForm() throws {
    let harness = try Harness()
    let client = try harness.client()
    client.send("GET http://h/hello?a=b HTTP/1.1\r\nHost: h\r\n\r\n")
    #expect(try harness.response(client).text == "hello")
  }

  @Test("an answer that closes says so and ends the connection although the client would go on")
  func closingAnswer() throws {
    let harness = try Harness()
    harness.handler.routes["/close"] = { _, exchange, server in
      server.respond(to: exchange, with: Response(status: 200, closes: true))
    }
    let client = try harness.client()
    client.send(get("/close") + get("/hello"))
    let response = try harness.response(client)
    #expect(response["connection"] == "close")
    #expect(response["content-length"] == "0")
    try harness.end(client)
    #expect(client.isEnded)
    #expect(client.received.isEmpty)
    #expect(harness.handler.log == ["GET /close 0"])
  }

  @Test("204 and 304 have neither body nor length", arguments: [204, 304])
  func withoutBody(status: Int) throws {
    let harness = try Harness()
    harness.handler.routes["/none"] = { _, exchange, server in
      server.respond(to: exchange, with: Response(status: status, body: .bytes([1, 2, 3])))
    }
    let client = try harness.client()
    client.send(get("/none") + get("/hello"))
    let response = try harness.response(client)
    #expect(response.status == status)
    #expect(response["content-length"] == nil)
    #expect(try harness.response(client).text == "hello")
  }

  @Test("a field that would split the answer becomes a bare 500")
  func splitting() throws {
    let harness = try Harness()
    harness.handler.routes["/split"] = { _, exchange, server in
      server.respond(
        to: exchange, with: Response(status: 200, fields: [.init("X-Ok", "1"), .init("X-Name", "a\r\nSet-Cookie: b")]))
    }
    let client = try harness.client()
    client.send(get("/split"))
    try harness.end(client)
    #expect(client.text.hasPrefix("HTTP/1.1 500 "))
    #expect(!client.text.contains("X-Ok"))
    #expect(!client.text.contains("Set-Cookie"))
  }

  @Test("the handler sees listener, peer, query, fields and body of the request")
  func requestView() throws {
    let harness = try Harness()
    var seen: [String] = []
    harness.handler.routes["/view"] = { request, exchange, server in
      seen.append("\(request.listener.rawValue) \(request.peer.host) \(request.isTLS)")
      seen.append(request.query.map { request.text($0) } ?? "-")
      seen.append(request.text(of: "x-name") ?? "-")
      seen.append("\(request.count(of: "x-name")) \(request.value(of: "x-none") == nil)")
      seen.append("\(request.matches(request.path, "/view")) \(request.matches(request.path, "/vieW"))")
      seen.append(request.text(of: "content-length") ?? "-")
      server.respond(to: exchange, with: Response(status: 204))
    }
    let client = try harness.client()
    client.send(post("/view?a=1", "body", "X-Name: first", "x-name: second"))
    #expect(try harness.response(client).status == 204)
    #expect(seen == ["7 127.0.0.1 false", "a=1", "first", "2 true", "true false", "4"])
  }

  @Test("an idle connection holds neither reader nor buffer")
  func idleIsCheap() throws {
    let harness = try Harness()
    let client = try harness.client()
    client.send(post("/echo", "abc"))
    _ = try harness.response(client)
    client.send(get("/hello"))
    _ = try harness.response(client)
    let connection = try #require(harness.server.connections.compactMap { $0 }.first)
    #expect(connection.reader == nil)
    #expect(connection.output.bytes.capacity == 0)
  }
}

extension HTTPServer {
  /// Whether a connection has part of a request.
  var hasPart: Bool { connections.contains { $0?.reader != nil } }
}
