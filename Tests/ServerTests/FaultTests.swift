// SPDX-License-Identifier: Apache-2.0

import HTTP1
import Reactor
import Testing

@testable import Server

@Suite("Requests that cannot be read", .timeLimit(.minutes(5)))
struct FaultTests {
  @Test(
    "a malformed request gets one answer with its status, and then the connection ends",
    arguments: [
      ("GET /hello\r\n\r\n", 400),
      ("GET /hello HTTP/1.1\r\n\r\n", 400),
      ("GET /hello HTTP/1.1\nHost: h\n\n", 400),
      ("GET /hello HTTP/2.0\r\nHost: h\r\n\r\n", 505),
      ("POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
      ("POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 501),
      ("POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 1048577\r\n\r\n", 413),
      ("POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n100001\r\n", 413),
      ("POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n", 400),
      ("GET /" + String(repeating: "a", count: 9000) + " HTTP/1.1\r\n", 414),
      ("GET / HTTP/1.1\r\nHost: h\r\nX: " + String(repeating: "a", count: 17000), 431),
      ("POST /echo HTTP/1.1\r\nHost: h\r\nExpect: 200-maybe\r\nContent-Length: 1\r\n\r\n", 417),
      ("\u{16}\u{3}\u{1}\u{2}\u{0}", 400),
    ])
  func malformed(request: String, status: Int) throws {
    let harness = try Harness()
    let client = try harness.client()
    // One that can be read goes before, one that could be read comes behind: it must not be answered.
    client.send(get("/hello") + request + get("/hello"))
    #expect(try harness.response(client).status == 200)
    let response = try harness.response(client)
    #expect(response.status == status)
    #expect(response["connection"] == "close")
    #expect(response.text == "fault")
    try harness.run("the server has said all") {
      client.receive()
      return client.isEnded
    }
    #expect(client.received.isEmpty)
    #expect(harness.handler.log == ["GET /hello 0"])
    #expect(harness.handler.faults.count == 1)
    #expect(harness.counters.faults == [status: 1])
    #expect(harness.counters.requests == 1)
  }

  @Test("without an answer of the handler's own a fault is answered with its phrase")
  func defaultAnswer() throws {
    let handler = Plain()
    let fault = RequestFault(status: 431, reason: "test", listener: Harness.tag, peer: .loopback(port: 1))
    let response = handler.response(to: fault)
    #expect(response.status == 431)
    guard case .bytes(let body) = response.body else {
      Issue.record("no body")
      return
    }
    #expect(String(decoding: body, as: UTF8.self) == "431 Request Header Fields Too Large\n")
  }

  @Test("a client that goes on sending can still read the answer to its fault, and is cut off after a while")
  func lingering() throws {
    let harness = try Harness()
    let client = try harness.client()
    client.send("BAD\r\n\r\n")
    try harness.run("the fault") { harness.handler.faults.count == 1 }
    // What comes now would be answered by a reset if the socket were closed, and the reset would destroy the answer.
    for _ in 0..<3 {
      client.send(String(repeating: "x", count: 1000))
      try harness.settle()
    }
    #expect(harness.counters.open == 1)
    #expect(try harness.response(client).status == 400)
    #expect(!client.isReset)
    try harness.advance(by: ServerLimits.standard.lingerTime)
    #expect(harness.counters.open == 0)
  }

  @Test("a client that has read the answer to its fault and ends is let go at once")
  func lingeringEnds() throws {
    let harness = try Harness()
    let client = try harness.client()
    client.send("BAD\r\n\r\n")
    #expect(try harness.response(client).status == 400)
    try harness.end(client)
    #expect(harness.counters.open == 1)
    client.finish()
    try harness.run("the connection is gone") { harness.counters.open == 0 }
  }

  @Test("a client that floods the end of its connection is cut off by the number of its bytes")
  func lingeringFlood() throws {
    let harness = try Harness()
    let client = try harness.client()
    client.send("BAD\r\n\r\n")
    try harness.run("the fault") { harness.handler.faults.count == 1 }
    let flood = [UInt8](repeating: 0, count: 64 * 1024)
    var sent = 0
    try harness.run("the connection is gone") {
      sent += max(0, client.send(flood))
      return harness.counters.open == 0
    }
    #expect(sent >= ConnectionState.lingerBytes)
  }

  @Test(
    "bytes that end inside a request are answered with 400",
    arguments: ["GET /he", "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nab"])
  func incomplete(request: String) throws {
    let harness = try Harness()
    let client = try harness.client()
    client.send(request)
    try harness.settle()
    client.finish()
    #expect(try harness.response(client).status == 400)
    try harness.end(client)
    #expect(client.isEnded)
    #expect(harness.handler.log.isEmpty)
    #expect(harness.counters.open == 0)
  }
}

private final class Plain: RequestHandler {
  func handle(_ request: borrowing Request, _ exchange: Exchange) {}
}

@Suite("Expect: 100-continue", .timeLimit(.minutes(5)))
struct ExpectationTests {
  private static let head = "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n"

  @Test(
    "a client that waits is told to go on, and then its request is answered",
    arguments: [head, head.replacing("Content-Length: 3", with: "Transfer-Encoding: chunked")])
  func goesOn(head: String) throws {
    let harness = try Harness()
    let client = try harness.client()
    client.send(head)
    try harness.run("100 arrives") {
      client.receive()
      return !client.received.isEmpty
    }
    #expect(client.text == "HTTP/1.1 100 Continue\r\n\r\n")
    client.send(head.contains("chunked") ? "3\r\nabc\r\n0\r\n\r\n" : "abc")
    #expect(try harness.response(client).text == "abc")
  }

  @Test("a client whose body has begun to arrive is not told to go on")
  func bodyHasBegun() throws {
    let harness = try Harness()
    let client = try harness.client()
    client.send(Self.head + "a")
    try harness.settle()
    client.receive()
    #expect(client.received.isEmpty)
    client.send("bc")
    try harness.run("the answer arrives") {
      client.receive()
      return client.text.hasSuffix("abc")
    }
    #expect(client.text.hasPrefix("HTTP/1.1 200 "))
  }

  @Test("a body that is not wanted is refused for good, without being read")
  func refused() throws {
    let harness = try Harness()
    harness.handler.refuses = Response(status: 404)
    let client = try harness.client()
    client.send(Self.head)
    try harness.run("the answer arrives") {
      client.receive()
      return client.text.hasSuffix("\r\n\r\n")
    }
    #expect(client.text.hasPrefix("HTTP/1.1 404 "))
    client.send("abc" + get("/hello"))
    let response = try harness.response(client)
    #expect(response["connection"] == "close")
    try harness.end(client)
    #expect(client.isEnded)
    #expect(client.received.isEmpty)
    #expect(harness.handler.log.isEmpty)
  }

  @Test("a body over the limit is refused without 100")
  func tooLarge() throws {
    let harness = try Harness(messages: HTTPLimits(body: 2))
    let client = try harness.client()
    client.send(Self.head)
    try harness.end(client)
    #expect(client.text.hasPrefix("HTTP/1.1 413 "))
  }

  @Test("HTTP/1.0 knows no 100")
  func http10() throws {
    let harness = try Harness()
    let client = try harness.client()
    client.send("POST /echo HTTP/1.0\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n")
    try harness.settle()
    client.send("abc")
    try harness.end(client)
    #expect(client.text.hasPrefix("HTTP/1.1 200 "))
  }
}
