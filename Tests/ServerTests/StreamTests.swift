// SPDX-License-Identifier: Apache-2.0

import Glibc
import HTTP1
import Reactor
import Testing

@testable import Server

@Suite("Streams and files", .timeLimit(.minutes(5)))
struct StreamTests {
  private static func harness() throws -> Harness {
    let harness = try Harness()
    harness.handler.routes["/stream"] = { [unowned handler = harness.handler] _, exchange, server in
      server.respond(
        to: exchange,
        with: Response(status: 200, fields: [.init("Content-Type", "text/event-stream")], body: .stream))
      handler.waiting.append(exchange)
    }
    return harness
  }

  private static func stream(_ harness: Harness, _ text: String) -> Bool {
    let bytes = Array(text.utf8)
    return harness.server.stream(harness.handler.waiting[0], bytes.span)
  }

  @Test("what is streamed arrives as it is sent, and the connection goes on after its end")
  func chunkedStream() throws {
    let harness = try Self.harness()
    let client = try harness.client()
    client.send(get("/stream"))
    try harness.run("the head arrives") {
      client.receive()
      return client.text.hasSuffix("\r\n\r\n")
    }
    #expect(client.text.contains("Transfer-Encoding: chunked\r\n"))
    #expect(Self.stream(harness, "data: 1\n\n"))
    try harness.run("a part arrives") {
      client.receive()
      return client.text.hasSuffix("9\r\ndata: 1\n\n\r\n")
    }
    #expect(Self.stream(harness, ""))
    #expect(Self.stream(harness, "data: 2\n\n"))
    harness.server.endStream(harness.handler.waiting[0])
    #expect(try harness.response(client).text == "data: 1\n\ndata: 2\n\n")
    #expect(!Self.stream(harness, "too late"))
    client.send(get("/hello"))
    #expect(try harness.response(client).text == "hello")
  }

  @Test("to HTTP/1.0 a stream is what comes before the end of the connection")
  func http10() throws {
    let harness = try Self.harness()
    let client = try harness.client()
    client.send("GET /stream HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
    try harness.run("the request arrives") { harness.handler.waiting.count == 1 }
    #expect(Self.stream(harness, "abc"))
    harness.server.endStream(harness.handler.waiting[0])
    try harness.end(client)
    let response = try #require(client.takeResponse())
    #expect(response.text == "abc")
    #expect(response["connection"] == "close")
    #expect(response["transfer-encoding"] == nil)
  }

  @Test("HEAD of a stream is its head only")
  func head() throws {
    let harness = try Self.harness()
    let client = try harness.client()
    client.send("HEAD /stream HTTP/1.1\r\nHost: h\r\n\r\n")
    #expect(try harness.response(client, isHead: true).status == 200)
    #expect(!Self.stream(harness, "abc"))
    client.send(get("/hello"))
    #expect(try harness.response(client).text == "hello")
  }

  @Test("the handler hears when the reader of a stream is gone", arguments: [false, true])
  func readerGone(byReset: Bool) throws {
    let harness = try Self.harness()
    var client: RawClient? = try harness.client()
    client?.send(get("/stream"))
    try harness.run("the request arrives") { harness.handler.waiting.count == 1 }
    if byReset { client?.resetAtEnd() }
    client = nil
    try harness.run("the handler hears of it") { harness.handler.closed == harness.handler.waiting }
    #expect(!Self.stream(harness, "abc"))
    #expect(harness.counters.open == 0)
  }

  @Test("a reader that falls too far behind is cut off, and the handler hears of it")
  func slowReader() throws {
    let harness = try Self.harness()
    let client = try harness.client(receiveBuffer: 4096)
    client.send(get("/stream"))
    try harness.run("the request arrives") { harness.handler.waiting.count == 1 }
    let part = String(repeating: "x", count: 100_000)
    var parts = 0
    while Self.stream(harness, part) {
      parts += 1
      try harness.loop.runTick(waitingAtMost: .zero)
      try #require(parts < 1000)
    }
    try harness.settle()
    #expect(parts * part.utf8.count >= harness.server.limits.streamBytes - 2 * part.utf8.count)
    #expect(harness.handler.closed == harness.handler.waiting)
    #expect(harness.counters.open == 0)
  }

  @Test("a reader that stops reading a quiet stream is cut off by the write time")
  func stuckReader() throws {
    let harness = try Self.harness()
    let client = try harness.client(receiveBuffer: 4096)
    client.send(get("/stream"))
    try harness.run("the request arrives") { harness.handler.waiting.count == 1 }
    let part = String(repeating: "x", count: 100_000)
    let connection = try #require(harness.server.connections.compactMap { $0 }.first)
    try harness.run("the client is full") {
      connection.output.waiting > 200_000 || !Self.stream(harness, part)
    }
    try harness.settle()
    try harness.advance(by: .seconds(31))
    #expect(harness.handler.closed == harness.handler.waiting)
  }

  // MARK: Files

  @Test("part of a file is sent from its place", arguments: [0..<1_200_000, 5..<7, 1_199_999..<1_200_000, 100..<100])
  func file(range: Range<Int>) throws {
    let content = (0..<1_200_000).map { UInt8(truncatingIfNeeded: $0 / 11) }
    let file = try temporaryFile(content)
    let harness = try Harness()
    harness.handler.routes["/file"] = { _, exchange, server in
      let place = Int64(range.lowerBound)..<Int64(range.upperBound)
      server.respond(to: exchange, with: Response(status: 206, body: .file(file, range: place)))
    }
    let client = try harness.client()
    client.send(get("/file") + get("/hello"))
    let response = try harness.response(client)
    #expect(response.body.count == range.count)
    #expect(response.body.elementsEqual(content[range]))
    #expect(try harness.response(client).text == "hello")
    client.send("HEAD /file HTTP/1.1\r\nHost: h\r\n\r\n")
    #expect(try harness.response(client, isHead: true)["content-length"] == "\(range.count)")
    client.send(get("/hello"))
    #expect(try harness.response(client).text == "hello")
  }

  @Test("a file that is shorter than promised breaks the connection instead of the framing")
  func shortFile() throws {
    let file = try temporaryFile([1, 2, 3])
    let harness = try Harness()
    harness.handler.routes["/file"] = { _, exchange, server in
      server.respond(to: exchange, with: Response(status: 200, body: .file(file, range: 0..<10)))
    }
    let client = try harness.client()
    client.send(get("/file") + get("/hello"))
    try harness.end(client)
    #expect(client.received.suffix(3) == [1, 2, 3])
    #expect(client.takeResponse() == nil)
  }
}

/// A file without a name, with that content.
private func temporaryFile(_ content: [UInt8]) throws -> OpenFile {
  var path = Array("/tmp/hookledger-XXXXXX".utf8CString)
  let number = mkstemp(&path)
  guard number >= 0 else { throw SystemError(call: "mkstemp", code: errno) }
  unlink(path)
  let file = OpenFile(Descriptor(owning: number))
  var written = 0
  while written < content.count {
    let count = content[written...].withUnsafeBytes { write(number, $0.baseAddress, $0.count) }
    guard count > 0 else { throw SystemError(call: "write", code: errno) }
    written += count
  }
  return file
}
