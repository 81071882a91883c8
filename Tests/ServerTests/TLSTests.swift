// SPDX-License-Identifier: Apache-2.0

import COpenSSL
import HTTP1
import HTTPClient
import OpenSSL
import Reactor
import TLSTesting
import Testing

@testable import Server

@Suite("TLS", .timeLimit(.minutes(5)))
struct TLSTests {
  @Test("requests on a kept connection are answered, and the handler knows that they came encrypted")
  func exchange() throws {
    let secure = try SecureHarness()
    var seen: [Bool] = []
    secure.harness.handler.routes["/tls"] = { request, exchange, server in
      seen.append(request.isTLS)
      server.respond(to: exchange, with: Response(status: 204))
    }
    for version in [TLS1_2_VERSION, TLS1_3_VERSION] {
      let client = try secure.connected(TLSTestClient(root: secure.identity.root, versions: version...version))
      client.send(get("/tls"))
      #expect(try secure.response(client).status == 204)
      client.send(post("/echo", "0123456789"))
      #expect(try secure.response(client).text == "0123456789")
      client.send(chunked("/echo", ["012", "3456789"]) + get("/hello"))
      #expect(try secure.response(client).text == "0123456789")
      #expect(try secure.response(client).text == "hello")
    }
    #expect(seen == [true, true])
    #expect(secure.harness.counters.failedHandshakes == 0)
  }

  @Test("a handshake and a request that come byte by byte are as good as whole ones")
  func dripping() throws {
    let secure = try SecureHarness()
    let client = try secure.client()
    client.send(get("/hello"))
    #expect(try secure.response(client, step: 1).text == "hello")
    #expect(client.tls.failure == nil)
  }

  @Test("an idle connection holds neither reader nor buffer, one that only connected no session")
  func idle() throws {
    let secure = try SecureHarness()
    let client = try secure.connected()
    client.send(get("/hello"))
    _ = try secure.response(client)
    let connection = try #require(secure.harness.server.connections.compactMap { $0 }.first)
    #expect(connection.reader == nil)
    #expect(connection.output.bytes.capacity == 0)
    #expect(connection.interest == .read)
  }

  @Test("who is not done with the handshake in ten seconds is closed", arguments: [0, 1, 100])
  func handshakeDeadline(sent: Int) throws {
    let secure = try SecureHarness()
    let client = try secure.harness.client()
    client.send(TLSTestClient().takeOutput().prefix(sent))
    try secure.harness.run("accepted") { secure.harness.counters.open == 1 }
    try secure.harness.advance(by: .milliseconds(9_999))
    #expect(secure.harness.counters.open == 1)
    try secure.harness.advance(by: .milliseconds(1))
    #expect(secure.harness.counters.open == 0)
    #expect(secure.harness.counters.failedHandshakes == 1)
    try secure.harness.end(client)
  }

  @Test("the head's deadline goes on as without TLS, and is answered encrypted")
  func headDeadline() throws {
    let secure = try SecureHarness()
    let client = try secure.connected()
    client.send("GET /he")
    client.move()
    try secure.harness.run("part of a head") { secure.harness.server.connections.contains { $0?.state.phase == .head } }
    try secure.harness.advance(by: .seconds(10))
    let response = try secure.response(client)
    #expect(response.status == 408)
    #expect(response["connection"] == "close")
  }

  @Test("plain HTTP on the TLS port gets a plain 400 that says so", arguments: [false, true])
  func plain(dripping: Bool) throws {
    let secure = try SecureHarness()
    let client = try secure.harness.client()
    let request = Array(get("/hello").utf8)
    if dripping {
      for byte in request {
        client.send([byte])
        try secure.harness.loop.runTick(waitingAtMost: .milliseconds(1))
      }
    } else {
      client.send(request)
    }
    let response = try secure.harness.response(client)
    #expect(response.status == 400)
    #expect(response["connection"] == "close")
    #expect(secure.harness.handler.faults == ["400 plain HTTP on a port that speaks TLS: use https"])
    #expect(secure.harness.handler.log.isEmpty)
    try secure.harness.run("the server has said all") {
      client.receive()
      return client.isEnded
    }
  }

  @Test("who gets no session can read the alert that says why")
  func alert() throws {
    let secure = try SecureHarness()
    for tls in [
      TLSTestClient(versions: TLS1_1_VERSION...TLS1_1_VERSION), TLSTestClient(protocols: ["h2"]),
    ] {
      let client = try secure.client(tls)
      try secure.harness.run("an alert") {
        client.move()
        return client.tls.failure != nil && client.socket.isOver
      }
      #expect(client.socket.isEnded)
      #expect(client.tls.failure?.contains("alert") == true)
    }
    #expect(secure.harness.counters.failedHandshakes == 2)
    #expect(secure.harness.handler.handshakeFailures.count == 2)
    #expect(secure.harness.handler.faults.isEmpty)
  }

  @Test("a handshake without end is given up")
  func endlessHandshake() throws {
    let secure = try SecureHarness()
    let client = try secure.harness.client()
    // A ClientHello of 120,000 bytes, of which the library would keep all.
    var hello: [UInt8] = [1, 1, 0xD4, 0xC0]
    hello += [UInt8](repeating: 0, count: 110_000)
    var records: [UInt8] = []
    for start in stride(from: 0, to: hello.count, by: 10_000) {
      let part = hello[start..<min(start + 10_000, hello.count)]
      records += [0x16, 3, 1, UInt8(part.count >> 8), UInt8(part.count & 255)] + part
    }
    var rest = records[...]
    try secure.harness.run("it is given up") {
      if !rest.isEmpty { rest = rest.dropFirst(max(0, client.send(rest.prefix(20_000)))) }
      client.receive()
      return secure.harness.handler.handshakeFailures.count == 1
    }
  }

  @Test("a new certificate is shown to new connections, while older ones go on with theirs")
  func reload() throws {
    let secure = try SecureHarness()
    let body = [UInt8](repeating: 7, count: 3_000_000)
    secure.harness.handler.routes["/large"] = { _, exchange, server in
      server.respond(to: exchange, with: Response(status: 200, body: .bytes(body)))
    }
    let old = try secure.connected()
    let connecting = try secure.client()
    old.send(get("/large"))
    old.move(limit: 100_000)
    try secure.harness.run("the answer has begun") {
      old.move(limit: 10_000)
      return secure.harness.handler.log == ["GET /large 0"]
    }
    let next = try TestIdentity()
    secure.harness.server.use(try SecureHarness.context(next), for: Harness.tag)
    let new = try secure.connected(TLSTestClient(root: next.root))
    new.send(get("/hello"))
    #expect(try secure.response(new).text == "hello")
    #expect(try secure.response(old).body == body)
    old.send(get("/hello"))
    #expect(try secure.response(old).text == "hello")
    // Connected before, but its first byte came after: it sees the new one, which it does not trust.
    try secure.harness.run("distrust") {
      connecting.move()
      return connecting.tls.failure != nil
    }
    #expect(connecting.tls.failure?.contains("certificate verify failed") == true)
  }

  @Test("a large body and a file come through whole to a client that reads slowly", arguments: [false, true])
  func large(isFile: Bool) throws {
    let secure = try SecureHarness()
    let body = (0..<1_500_000).map { UInt8(truncatingIfNeeded: $0 &* 131 &+ $0 >> 9) }
    let path = secure.identity.folder + "/body"
    try body.write(to: path)
    defer { remove(path) }
    secure.harness.handler.routes["/large"] = { _, exchange, server in
      if isFile, let file = try? OpenFile(Descriptor.openForReading(path)) {
        server.respond(to: exchange, with: Response(status: 200, body: .file(file, range: 1000..<1_400_000)))
      } else {
        server.respond(to: exchange, with: Response(status: 200, body: .bytes(Array(body[1000..<1_400_000]))))
      }
    }
    let client = try secure.client(receiveBuffer: 4096)
    client.send(get("/large") + get("/hello"))
    #expect(try secure.response(client, limit: 30_000).body == Array(body[1000..<1_400_000]))
    #expect(try secure.response(client).text == "hello")
  }

  @Test("a file shorter than promised breaks the connection, without a proper end")
  func shortFile() throws {
    let secure = try SecureHarness()
    let path = secure.identity.folder + "/body"
    try [UInt8](repeating: 1, count: 1000).write(to: path)
    defer { remove(path) }
    secure.harness.handler.routes["/short"] = { _, exchange, server in
      guard let file = try? OpenFile(Descriptor.openForReading(path)) else { return }
      server.respond(to: exchange, with: Response(status: 200, body: .file(file, range: 0..<2000)))
    }
    let client = try secure.connected()
    client.send(get("/short"))
    try secure.harness.run("the end") {
      client.move()
      return client.socket.isOver
    }
    #expect(!client.tls.isClosed)
  }

  @Test("a client that stops reading is closed when its time is over")
  func slowReader() throws {
    let secure = try SecureHarness()
    let body = [UInt8](repeating: 7, count: 12_000_000)
    secure.harness.handler.routes["/large"] = { _, exchange, server in
      server.respond(to: exchange, with: Response(status: 200, body: .bytes(body)))
    }
    let client = try secure.client(receiveBuffer: 4096)
    client.send(get("/large"))
    try secure.harness.run("the answer has begun") {
      client.move(limit: 2000)
      return secure.harness.handler.log.count == 1
    }
    try secure.harness.settle()
    try secure.harness.advance(by: .seconds(29))
    #expect(secure.harness.counters.open == 1)
    try secure.harness.advance(by: .seconds(1))
    #expect(secure.harness.counters.open == 0)
  }

  @Test("a request of a megabyte and hundreds of requests at once are read to their end")
  func muchInput() throws {
    let secure = try SecureHarness()
    let client = try secure.connected()
    let body = String(repeating: "0123456789abcdef", count: 60 * 1024)
    client.send(post("/echo", body))
    #expect(try secure.response(client).text == body)
    let count = 3000
    client.send(String(repeating: get("/hello"), count: count))
    for _ in 0..<count { #expect(try secure.response(client).text == "hello") }
    #expect(secure.harness.counters.requests == UInt64(count + 1))
  }

  @Test("a client that announces its end behind a request gets its answer and the announcement of ours")
  func closing() throws {
    let secure = try SecureHarness()
    let client = try secure.connected()
    client.send(get("/hello"))
    client.tls.close()
    #expect(try secure.response(client).text == "hello")
    try secure.harness.run("the end") {
      client.move()
      return client.tls.isClosed && client.socket.isEnded
    }
    let other = try secure.connected()
    other.send(get("/hello", "Connection: close"))
    #expect(try secure.response(other)["connection"] == "close")
    try secure.harness.run("the end") {
      other.move()
      return other.tls.isClosed && other.socket.isEnded
    }
    #expect(secure.harness.counters.open == 0)
  }

  @Test("an idle connection ends with an announcement, also when the server drains")
  func idleEnd() throws {
    let secure = try SecureHarness()
    let client = try secure.connected()
    try secure.harness.settle()
    try secure.harness.advance(by: .seconds(75))
    try secure.harness.run("the end") {
      client.move()
      return client.socket.isEnded
    }
    #expect(client.tls.isClosed)
    let drained = try secure.connected()
    let agreeing = try secure.harness.client()
    agreeing.send([0x16])
    try secure.harness.run("accepted") { secure.harness.counters.open == 2 }
    secure.harness.server.drain(within: .seconds(10)) {}
    try secure.harness.run("the end") {
      drained.move()
      return drained.socket.isEnded
    }
    #expect(drained.tls.isClosed)
    try secure.harness.end(agreeing)
  }

  @Test("an altered record ends the connection")
  func altered() throws {
    let secure = try SecureHarness()
    let client = try secure.connected()
    client.send(get("/hello"))
    var bytes = client.tls.takeOutput()
    bytes[bytes.count / 2] ^= 1
    client.socket.send(bytes)
    try secure.harness.run("the end") {
      client.move()
      return client.socket.isOver
    }
    #expect(secure.harness.handler.log.isEmpty)
    #expect(secure.harness.counters.open == 0)
  }

  @Test("demands for new keys without end stop being read when their answers are not")
  func keyUpdateFlood() throws {
    let secure = try SecureHarness(sendBuffer: 4096)
    let client = try secure.client(
      TLSTestClient(root: secure.identity.root, versions: TLS1_3_VERSION...TLS1_3_VERSION), receiveBuffer: 4096)
    try secure.harness.run("a session") {
      client.move()
      return client.tls.isConnected && client.isQuiet
    }
    var isStuck = 0
    var sent = 0
    while isStuck < 50, sent < 64_000_000 {
      var bytes: [UInt8] = []
      while bytes.count < 20_000 {
        client.tls.demandKeyUpdate()
        bytes += client.tls.takeOutput()
      }
      var rest = bytes[...]
      while !rest.isEmpty, isStuck < 50 {
        let count = client.socket.send(rest)
        isStuck = count > 0 ? 0 : isStuck + 1
        sent += max(0, count)
        rest = rest.dropFirst(max(0, count))
        try secure.harness.loop.runTick(waitingAtMost: .milliseconds(1))
      }
    }
    let connection = try #require(secure.harness.server.connections.compactMap { $0 }.first)
    #expect(connection.unsentBytes < 256 * 1024)
    #expect(isStuck == 50)
    try secure.harness.advance(by: .seconds(30))
    #expect(secure.harness.counters.open == 0)
  }

  @Test("libcurl agrees with it and trusts its chain")
  func libcurl() async throws {
    let identity = try TestIdentity()
    let certificate = identity.certificate
    let privateKey = identity.privateKey
    let started = try LoopThread(name: "tls server") { loop in
      let handler = TestHandler()
      let server = HTTPServer(loop: loop, handler: handler)
      handler.server = server
      let context = try TLSContext.load(certificate: certificate, privateKey: privateKey)
      return Running(
        loop: loop, server: server, handler: handler,
        address: try server.listen(on: .loopback(port: 0), tag: Harness.tag, tls: context))
    }
    let port = await withCheckedContinuation { (done: CheckedContinuation<UInt16, Never>) in
      started.mailbox.post { done.resume(returning: $0.address.port) }
    }
    var configuration = HTTPClientConfiguration(userAgent: "test")
    configuration.caFile = identity.root
    let client = try HTTPClient(configuration)
    for _ in 0..<3 {
      let response = try await client.send(HTTPClientRequest(url: "https://127.0.0.1:\(port)/hello"))
      #expect(response.status == 200)
      #expect(String(decoding: response.body, as: UTF8.self) == "hello")
    }
    started.mailbox.post { $0.loop.stop() }
    started.join()
  }
}

/// A server on a thread of its own, with what must live as long.
private struct Running {
  let loop: Loop
  let server: HTTPServer
  let handler: TestHandler
  let address: SocketAddress
}

extension [UInt8] {
  fileprivate func write(to path: String) throws {
    let file = BIO_new_file(path, "w")
    defer { BIO_free(file) }
    try #require(file != nil && BIO_write(file, self, Int32(count)) == Int32(count))
  }
}
