// SPDX-License-Identifier: Apache-2.0

import HTTP1
import Reactor
import Testing

@testable import Server

@Suite("Requests of many connections in one tick", .timeLimit(.minutes(5)))
struct BurstTests {
  /// A request whose answer waits for the end of the burst, with the buffers it lies in.
  private struct Waiting {
    let exchange: Exchange
    let buffer: [UInt8]
    let body: Range<Int>
  }

  /// Answers every `/gather` with its body when the burst ends, and writes down how many came in each.
  private final class Gatherer {
    var waiting: [Waiting] = []
    var bursts: [Int] = []

    init(_ harness: Harness) {
      harness.handler.routes["/gather"] = { [self] request, exchange, _ in
        waiting.append(Waiting(exchange: exchange, buffer: request.bodyBuffer, body: request.bodyRange))
      }
      harness.handler.onBurstEnd = { [self, unowned server = harness.server] in
        for one in waiting {
          server.respond(to: one.exchange, with: Response(status: 200, body: .bytes(Array(one.buffer[one.body]))))
        }
        bursts.append(waiting.count)
        waiting = []
      }
    }
  }

  private func clients(_ count: Int, _ harness: Harness) throws -> [RawClient] {
    let others = harness.server.openConnections
    let clients = try (0..<count).map { _ in try harness.client() }
    try harness.run("all are accepted") { harness.server.openConnections == others + count }
    return clients
  }

  @Test(
    "each is answered with its own bytes, which stay until the burst ends", arguments: [0, 900, 5000, 20_000, 70_000])
  func ownBytes(most: Int) throws {
    let harness = try Harness()
    let gatherer = Gatherer(harness)
    let clients = try clients(60, harness)
    for round in 0..<3 {
      let bodies = clients.indices.map { "\(round) \($0) " + String(repeating: "x", count: most * $0 / 60) }
      gatherer.bursts = []
      for (client, body) in zip(clients, bodies) { client.send(post("/gather", body)) }
      for (client, body) in zip(clients, bodies) { #expect(try harness.response(client).text == body) }
      #expect(gatherer.bursts.reduce(0, +) == clients.count)
      #expect(most >= 20_000 || gatherer.bursts.count < clients.count / 2, "they went together")
    }
    #expect(harness.counters.requestBytes == 0)
  }

  @Test("cut anywhere, they are put together again")
  func everyCut() throws {
    let harness = try Harness()
    let gatherer = Gatherer(harness)
    let message = Array(post("/gather", "a body", "Some: field").utf8)
    let clients = try clients(50, harness)
    var cut = 1
    while cut < message.count {
      let cuts = clients.indices.map { cut + $0 }.filter { $0 < message.count }
      for (client, cut) in zip(clients, cuts) { client.send(message[..<cut]) }
      try harness.settle()
      #expect(gatherer.bursts.allSatisfy { $0 == 0 })
      for (client, cut) in zip(clients, cuts) { client.send(message[cut...]) }
      for (client, _) in zip(clients, cuts) { #expect(try harness.response(client).text == "a body") }
      gatherer.bursts = []
      cut += cuts.count
    }
  }

  @Test("whatever stands beside them, each gets what it would get alone")
  func mixed() throws {
    let harness = try Harness()
    _ = Gatherer(harness)
    let messages: [(bytes: String, answers: [Int])] = [
      (post("/gather", "one"), [200]),
      (post("/gather", "two") + post("/hello", "") + post("/gather", "three"), [200, 200, 200]),
      (chunked("/gather", ["fo", "ur"]), [200]),
      ("TRACE / HTTP/1.1\r\nHost: h\r\n\r\n" + post("/gather", "five"), [501, 200]),
      ("OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n", [200]),
      ("nonsense\r\n\r\n", [400]),
      (get("/none") + "GET / HTTP/9.9\r\n\r\n", [404, 505]),
      (post("/later", "") + post("/hello", ""), []),
      ("HEAD /hello HTTP/1.1\r\nHost: h\r\n", []),
    ]
    let clients = try clients(3 * messages.count, harness)
    for (index, client) in clients.enumerated() { client.send(messages[index % messages.count].bytes) }
    for (index, client) in clients.enumerated() {
      for status in messages[index % messages.count].answers { #expect(try harness.response(client).status == status) }
    }
    #expect(harness.handler.waiting.count == 3)
    for exchange in harness.handler.waiting { harness.server.respond(to: exchange, with: Response(status: 202)) }
    for (index, client) in clients.enumerated() where messages[index % messages.count].bytes.contains("later") {
      #expect(try harness.response(client).status == 202)
      #expect(try harness.response(client).text == "hello")
    }
  }

  @Test("clients that are gone do not disturb the others")
  func gone() throws {
    let harness = try Harness()
    _ = Gatherer(harness)
    let clients = try clients(20, harness)
    do {
      let resetting = try self.clients(25, harness)
      for (index, client) in resetting.enumerated() {
        client.send(index % 2 == 0 ? post("/gather", "never read") : "GET ")
        if index % 3 == 0 { client.resetAtEnd() }
      }
    }
    for (index, client) in clients.enumerated() { client.send(post("/gather", "\(index)")) }
    for (index, client) in clients.enumerated() { #expect(try harness.response(client).text == "\(index)") }
    try harness.run("the others are closed") { harness.server.openConnections == clients.count }
  }

  @Test("a server told to end by one of them answers all of them first")
  func drained() throws {
    let harness = try Harness()
    let gatherer = Gatherer(harness)
    harness.handler.routes["/end"] = { _, exchange, server in
      server.drain(within: .seconds(5)) {}
      server.respond(to: exchange, with: Response(status: 202))
    }
    let clients = try clients(9, harness)
    for (index, client) in clients.enumerated() { client.send(post(index == 4 ? "/end" : "/gather", "\(index)")) }
    for (index, client) in clients.enumerated() {
      #expect(try harness.response(client).text == (index == 4 ? "" : "\(index)"))
      try harness.end(client)
    }
    #expect(gatherer.bursts.reduce(0, +) == clients.count - 1)
  }

  @Test("one that is cut off by another of its burst is not answered, and harms nothing")
  func cutOff() throws {
    let harness = try Harness()
    _ = Gatherer(harness)
    harness.handler.routes["/close"] = { request, exchange, server in
      // No handler can do this: it stands for what may close a connection in the midst of a burst.
      for connection in server.connections { connection?.close() }
    }
    let clients = try clients(9, harness)
    for (index, client) in clients.enumerated() { client.send(post(index == 4 ? "/close" : "/gather", "\(index)")) }
    for client in clients { try harness.end(client) }
    #expect(harness.server.openConnections == 0)
    #expect(harness.counters.requestBytes == 0)
    let next = try harness.client()
    next.send(post("/gather", "next"))
    #expect(try harness.response(next).text == "next")
  }
}
