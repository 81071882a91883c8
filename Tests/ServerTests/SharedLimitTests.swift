// SPDX-License-Identifier: Apache-2.0

import Glibc
import HTTP1
import Reactor
import Testing

@testable import Server

/// The other end of a connection that is handed to the server under any address.
private final class Peer {
  private let descriptor: Descriptor

  init(_ harness: Harness, from address: String) throws {
    var ends: [Int32] = [0, 0]
    let kind = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
    guard socketpair(AF_UNIX, kind, 0, &ends) == 0 else { throw SystemError(call: "socketpair", code: errno) }
    descriptor = Descriptor(owning: ends[0])
    let peer = try #require(SocketAddress(address))
    harness.server.accept(Channel(Descriptor(owning: ends[1])), peer, try #require(harness.server.ports.first))
  }

  /// The server has closed its end without a word.
  var isTurnedAway: Bool {
    var byte: UInt8 = 0
    return recv(descriptor.number, &byte, 1, 0) == 0
  }
}

@Suite("Limits on what connections have together", .timeLimit(.minutes(5)))
struct SharedLimitTests {
  private func harness() throws -> Harness {
    var limits = ServerLimits()
    limits.connectionsPerAddress = 2
    return try Harness(limits: limits)
  }

  @Test(
    "who has as many connections as one address may have gets no other, and everybody else does",
    arguments: [
      (["192.0.2.1:1", "192.0.2.1:2"], "192.0.2.1:3", "192.0.2.2:1"),
      // Of IPv6 one party has 64 bits.
      (["[2001:db8:0:1::1]:1", "[2001:db8:0:1:ffff::2]:1"], "[2001:db8:0:1::3]:1", "[2001:db8:0:2::1]:1"),
      // A socket for both families, as a service manager may hand one over, has IPv4 addresses in IPv6.
      (["[::ffff:192.0.2.1]:1", "192.0.2.1:2"], "[::ffff:192.0.2.1]:3", "[::ffff:192.0.2.2]:1"),
    ])
  func oneAddress(first: [String], refused: String, other: String) throws {
    let harness = try harness()
    let held = try first.map { try Peer(harness, from: $0) }
    #expect(try Peer(harness, from: refused).isTurnedAway)
    #expect(harness.counters.turnedAway == 1)
    #expect(harness.counters.open == 2)
    let another = try Peer(harness, from: other)
    #expect(!another.isTurnedAway)
    #expect(!held.contains { $0.isTurnedAway })
    #expect(harness.counters.open == 3)
  }

  @Test("a connection that ends makes room for the next of its address")
  func room() throws {
    let harness = try harness()
    let stays = try Peer(harness, from: "192.0.2.1:1")
    var leaves: Peer? = try Peer(harness, from: "192.0.2.1:2")
    #expect(try Peer(harness, from: "192.0.2.1:3").isTurnedAway)
    #expect(leaves?.isTurnedAway == false)
    leaves = nil
    try harness.run("one is closed") { harness.counters.open == 1 }
    #expect(!(try Peer(harness, from: "192.0.2.1:4").isTurnedAway))
    #expect(harness.counters.turnedAway == 1)
    withExtendedLifetime(stays) {}
  }

  @Test("loopback, where the proxy stands, has no such limit", arguments: ["127.0.0.1:1", "[::1]:1"])
  func loopback(address: String) throws {
    let harness = try harness()
    let held = try (0..<5).map { _ in try Peer(harness, from: address) }
    #expect(!held.contains { $0.isTurnedAway })
    #expect(harness.counters.turnedAway == 0)
  }

  @Test("who needs more memory for its request than all may have together gets 503, and what it held is free again")
  func memory() throws {
    var limits = ServerLimits()
    limits.requestBytes = 150_000
    let harness = try Harness(limits: limits)
    let body = String(repeating: "x", count: 60_000)
    let waiting = [try harness.client(), try harness.client()]
    for (place, client) in waiting.enumerated() {
      client.send(post("/echo", body).dropLast().utf8)
      try harness.run("it is held") { harness.counters.requestBytes > (place + 1) * 60_000 }
    }
    let late = try harness.client()
    late.send(post("/echo", body).dropLast().utf8)
    #expect(try harness.response(late).status == 503)
    #expect(harness.handler.faults == ["503 too many bytes of incomplete requests"])
    try harness.run("it holds nothing any more") { harness.counters.requestBytes <= limits.requestBytes }
    for client in waiting {
      client.send("x")
      #expect(try harness.response(client).text == body)
    }
    #expect(harness.counters.requestBytes == 0)
  }
}
