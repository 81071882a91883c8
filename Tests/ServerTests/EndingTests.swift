// SPDX-License-Identifier: Apache-2.0

import Reactor
import Testing

@testable import Server

@Suite("Ends of connections", .timeLimit(.minutes(5)))
struct EndingTests {
  @Test(
    "a client that shuts its side after the request still gets its answer, at once or later",
    arguments: ["/hello", "/later"])
  func halfClose(path: String) throws {
    let harness = try Harness()
    let client = try harness.client()
    client.send(get(path))
    client.finish()
    if path == "/later" {
      try harness.run("the request arrives") { harness.handler.waiting.count == 1 }
      // The end has been seen, and the loop is not kept busy by it.
      try harness.settle()
      #expect(harness.server.connections.compactMap { $0?.interest } == [.none])
      #expect(harness.counters.open == 1)
      harness.server.respond(to: harness.handler.waiting[0], with: Response(status: 200))
    }
    let response = try harness.response(client)
    #expect(response.status == 200)
    if path == "/later" { #expect(response["connection"] == "close") }
    try harness.end(client)
    #expect(client.isEnded)
    #expect(harness.counters.open == 0)
    #expect(harness.handler.closed.isEmpty)
  }

  @Test("requests that came before the client shut its side are all answered")
  func halfCloseBehindSeveral() throws {
    let harness = try Harness()
    let client = try harness.client()
    client.send(get("/later") + get("/later") + get("/hello"))
    client.finish()
    for number in 1...2 {
      try harness.run("the request arrives") { harness.handler.waiting.count == number }
      try harness.settle()
      harness.server.respond(to: harness.handler.waiting[number - 1], with: Response(status: 200))
      #expect(try harness.response(client)["connection"] == nil)
    }
    #expect(try harness.response(client).text == "hello")
    try harness.end(client)
    #expect(client.isEnded)
    #expect(harness.counters.open == 0)
  }

  @Test("half a request behind whole ones, and then the end, is answered with 400 in its turn")
  func halfRequestAtTheEnd() throws {
    let harness = try Harness()
    let client = try harness.client()
    client.send(get("/later") + "GET /he")
    client.finish()
    try harness.run("the request arrives") { harness.handler.waiting.count == 1 }
    try harness.settle()
    harness.server.respond(to: harness.handler.waiting[0], with: Response(status: 200))
    #expect(try harness.response(client).status == 200)
    #expect(try harness.response(client).status == 400)
    try harness.end(client)
    #expect(harness.counters.open == 0)
  }

  @Test("a client that ends before it asks is let go")
  func endsBeforeAsking() throws {
    let harness = try Harness()
    let client = try harness.client()
    client.finish()
    try harness.run("gone") { harness.counters.accepted == 1 && harness.counters.open == 0 }
    try harness.end(client)
    #expect(client.isEnded)
    #expect(client.received.isEmpty)
  }

  @Test("the handler hears of a reset, and a late answer goes nowhere, also not to the connection that took its place")
  func resetWhileHandling() throws {
    let harness = try Harness()
    var client: RawClient? = try harness.client()
    client?.send(get("/later"))
    try harness.run("the request arrives") { harness.handler.waiting.count == 1 }
    let exchange = harness.handler.waiting[0]
    client?.resetAtEnd()
    client = nil
    try harness.run("the handler hears of it") { harness.handler.closed == [exchange] }
    #expect(harness.counters.open == 0)

    let next = try harness.client()
    next.send(get("/later"))
    try harness.run("the next request arrives") { harness.handler.waiting.count == 2 }
    #expect(harness.handler.waiting[1].slot == exchange.slot)
    harness.server.respond(to: exchange, with: Response(status: 500))
    harness.server.respond(to: harness.handler.waiting[1], with: Response(status: 200))
    #expect(try harness.response(next).status == 200)
    #expect(next.received.isEmpty)
  }

  @Test("over the limit of connections new ones wait until an old one ends")
  func connectionLimit() throws {
    var limits = ServerLimits()
    limits.connections = 2
    let harness = try Harness(limits: limits)
    var first: RawClient? = try harness.client()
    let others = [try harness.client(), try harness.client()]
    for client in others { client.send(get("/hello")) }
    first?.send(get("/hello"))
    try harness.run("two are open") { harness.counters.open == 2 }
    try harness.settle()
    #expect(harness.counters.accepted == 2)
    others[1].receive()
    #expect(others[1].received.isEmpty)
    first = nil
    #expect(try harness.response(others[1]).text == "hello")
    #expect(harness.counters.accepted == 3)
    #expect(harness.counters.open == 2)
    // An optimiser may end a client, and with it its connection, after the last use.
    withExtendedLifetime(others) {}
  }

  @Test("draining closes the idle, lets the others end with their answer, and tells when all are gone")
  func drain() throws {
    let harness = try Harness()
    let idle = try harness.client()
    let busy = try harness.client()
    idle.send(get("/hello"))
    busy.send(get("/later"))
    _ = try harness.response(idle)
    try harness.run("the request arrives") { harness.handler.waiting.count == 1 }
    var emptied = 0
    harness.server.drain(within: .seconds(10)) { emptied += 1 }
    try harness.end(idle)
    #expect(idle.isEnded)
    #expect(emptied == 0)
    #expect(throws: (any Error).self) { try harness.client() }
    harness.server.respond(to: harness.handler.waiting[0], with: Response(status: 200))
    #expect(try harness.response(busy)["connection"] == "close")
    try harness.end(busy)
    busy.finish()
    try harness.run("all are gone") { emptied == 1 }
    try harness.settle()
    #expect(emptied == 1)
    #expect(harness.server.openConnections == 0)
  }

  @Test("a connection that keeps its request is cut off when the time for draining is over")
  func drainDeadline() throws {
    let harness = try Harness()
    let busy = try harness.client()
    busy.send(get("/later"))
    try harness.run("the request arrives") { harness.handler.waiting.count == 1 }
    var emptied = 0
    harness.server.drain(within: .seconds(10)) { emptied += 1 }
    try harness.advance(by: .milliseconds(9999))
    #expect(emptied == 0)
    try harness.advance(by: .milliseconds(1))
    #expect(emptied == 1)
    #expect(harness.handler.closed == harness.handler.waiting)
    try harness.end(busy)
  }

  @Test("draining a server without connections tells at once")
  func drainEmpty() throws {
    let harness = try Harness()
    var emptied = 0
    harness.server.drain(within: .seconds(10)) { emptied += 1 }
    try harness.loop.runTick()
    #expect(emptied == 1)
  }

  @Test("an answer may come from another thread")
  func otherThread() throws {
    let harness = try Harness()
    let mailbox = harness.loop.mailbox(for: harness.server)
    let client = try harness.client()
    client.send(get("/later"))
    try harness.run("the request arrives") { harness.handler.waiting.count == 1 }
    let exchange = harness.handler.waiting[0]
    let worker = try LoopThread(name: "worker") { $0 }
    worker.mailbox.post { loop in
      mailbox.post { $0.respond(to: exchange, with: Response(status: 202)) }
      loop.stop()
    }
    #expect(try harness.response(client).status == 202)
    worker.join()
  }
}
