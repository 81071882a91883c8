// SPDX-License-Identifier: Apache-2.0

import Reactor
import Testing

@testable import Server

@Suite("Deadlines and slow clients", .timeLimit(.minutes(5)))
struct TimeTests {
  @Test("a head that drips in is cut off by its total time, with 408")
  func slowHead() throws {
    let harness = try Harness()
    let client = try harness.client()
    // A long wait before the first byte does not count.
    try harness.run("accepted") { harness.counters.open == 1 }
    try harness.advance(by: .seconds(60))
    for byte in get("/hello").utf8.prefix(10) {
      client.send([byte])
      try harness.settle()
      #expect(harness.handler.faults.isEmpty)
      try harness.advance(by: .milliseconds(999))
    }
    #expect(harness.handler.faults.isEmpty)
    try harness.advance(by: .milliseconds(10))
    #expect(harness.handler.faults == ["408 the head took too long"])
    #expect(try harness.response(client).status == 408)
    try harness.end(client)
    #expect(client.isEnded)
  }

  @Test("a body that drips in is cut off by its total time, with 408")
  func slowBody() throws {
    let harness = try Harness()
    let client = try harness.client()
    client.send("POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\n")
    try harness.settle()
    for _ in 0..<14 {
      client.send("x")
      try harness.advance(by: .seconds(1))
    }
    #expect(harness.handler.faults.isEmpty)
    try harness.advance(by: .seconds(1))
    #expect(harness.handler.faults == ["408 the body took too long"])
    #expect(try harness.response(client).status == 408)
  }

  @Test("a connection without a request is closed without a word, after its idle time")
  func idle() throws {
    let harness = try Harness()
    let client = try harness.client()
    client.send(get("/hello"))
    _ = try harness.response(client)
    try harness.advance(by: .seconds(74))
    #expect(harness.counters.open == 1)
    client.send(get("/hello"))
    _ = try harness.response(client)
    try harness.advance(by: .seconds(74))
    #expect(harness.counters.open == 1)
    try harness.advance(by: .seconds(1))
    try harness.end(client)
    #expect(client.isEnded)
    #expect(client.received.isEmpty)
    #expect(harness.counters.open == 0)
    #expect(harness.handler.faults.isEmpty)
  }

  @Test("a request with the handler has no deadline here")
  func handling() throws {
    let harness = try Harness()
    let client = try harness.client()
    client.send(get("/later"))
    try harness.run("the request arrives") { harness.handler.waiting.count == 1 }
    try harness.advance(by: .seconds(3600))
    let exchange = try #require(harness.handler.waiting.first)
    harness.server.respond(to: exchange, with: Response(status: 200))
    #expect(try harness.response(client).status == 200)
  }

  @Test("a client that takes its answer slowly gets it whole, and the answer waits only once")
  func slowReader() throws {
    let harness = try Harness()
    let body = (0..<4_000_000).map { UInt8(truncatingIfNeeded: $0 / 7) }
    harness.handler.routes["/large"] = { _, exchange, server in
      server.respond(to: exchange, with: Response(status: 200, body: .bytes(body)))
    }
    let client = try harness.client(receiveBuffer: 65536)
    client.send(get("/large") + get("/hello"))
    var response: RawResponse?
    try harness.run("the whole answer arrives") {
      let before = client.received.count
      client.receive(atMost: 20_000)
      // 33 KB/s: slow, but not so slow as to be cut off.
      harness.clock.advance(by: .microseconds(30 * (client.received.count - before)))
      if client.received.count > body.count { response = client.takeResponse() }
      return response != nil
    }
    #expect(response?.body == body)
    // It has taken longer than a client may be idle.
    #expect(harness.clock.time > MonotonicTime(nanoseconds: 100_000_000_000))
    // The next request had to wait for that, and is answered now.
    #expect(try harness.response(client).text == "hello")
  }

  @Test("a client that takes nothing is cut off after the write time")
  func stuckReader() throws {
    let harness = try Harness()
    let body = [UInt8](repeating: 1, count: 16 * 1024 * 1024)
    harness.handler.routes["/large"] = { _, exchange, server in
      server.respond(to: exchange, with: Response(status: 200, body: .bytes(body)))
    }
    let client = try harness.client(receiveBuffer: 4096)
    client.send(get("/large"))
    try harness.run("the request arrives") { harness.handler.log.count == 1 }
    try harness.settle()
    try harness.advance(by: .seconds(29))
    #expect(harness.counters.open == 1)
    try harness.advance(by: .seconds(1))
    #expect(harness.counters.open == 0)
  }

  @Test("what a client sends ahead of its answer is read up to a bound, and then left where it is, without spinning")
  func sendsAhead() throws {
    let harness = try Harness()
    let client = try harness.client()
    client.send(get("/later"))
    try harness.run("the request arrives") { harness.handler.waiting.count == 1 }
    let ahead = String(repeating: post("/echo", "x"), count: 20_000).utf8
    var rest = ahead[...]
    for _ in 0..<50 {
      if !rest.isEmpty { rest = rest.dropFirst(max(0, client.send(rest))) }
      try harness.loop.runTick(waitingAtMost: .zero)
    }
    let connection = try #require(harness.server.connections.compactMap { $0 }.first)
    #expect(connection.interest == .none)
    let waiting = connection.reader?.waiting ?? 0
    #expect(waiting >= 64 * 1024)
    #expect(waiting < 128 * 1024)
    harness.server.respond(to: harness.handler.waiting[0], with: Response(status: 204))
    try harness.run("all is answered") {
      if !rest.isEmpty { rest = rest.dropFirst(max(0, client.send(rest))) }
      client.receive()
      return harness.handler.log.count == 20_001
    }
    try harness.settle()
    #expect(connection.interest == .read)
    #expect(connection.reader == nil)
  }

  @Test("a client that asks and asks and takes no answers is not read from any more")
  func stuckPipeliner() throws {
    let harness = try Harness()
    let body = String(repeating: "x", count: 10_000)
    harness.handler.routes["/ten"] = { _, exchange, server in
      server.respond(to: exchange, with: Response(status: 200, contentType: "text/plain", text: body))
    }
    let client = try harness.client(receiveBuffer: 4096)
    let requests = String(repeating: get("/ten"), count: 1000).utf8
    var sent = 0
    for _ in 0..<200 {
      sent += max(0, client.send(requests))
      try harness.loop.runTick(waitingAtMost: .zero)
    }
    let connection = try #require(harness.server.connections.compactMap { $0 }.first)
    #expect(connection.output.waiting < harness.server.limits.outputBytes + 20_000)
    #expect((connection.reader?.waiting ?? 0) < 2 * 64 * 1024 + 64 * 1024)
    let answered = harness.handler.log.count
    #expect(answered < 5000)
    #expect(sent > answered * get("/ten").utf8.count)
  }
}
