// SPDX-License-Identifier: Apache-2.0

import Glibc
import Testing

@testable import HTTPClient

private let quick = HTTPClientTimeouts(connect: .milliseconds(300), total: .milliseconds(300))

/// Every place where an exchange can break, and whether the peer may have seen the request by then.
@Suite("A broken exchange") struct CutTests {
  private func error(
    timeouts: HTTPClientTimeouts = HTTPClientTimeouts(), maxResponseBytes: Int = 1 << 20,
    _ script: @escaping ScriptedPeer.Script
  ) async throws -> HTTPClientError? {
    let peer = ScriptedPeer(script)
    defer { peer.stop() }
    return try await failure(
      makeClient(),
      HTTPClientRequest(
        method: .post, url: peer.url(), body: [1, 2, 3], timeouts: timeouts, maxResponseBytes: maxResponseBytes))
  }

  @Test("a name that does not resolve: not sent")
  func name() async throws {
    let error = try await failure(makeClient(), HTTPClientRequest(url: "http://nowhere.invalid/"))
    guard case .notSent(.nameNotResolved) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  @Test("connection refused: not sent")
  func refused() async throws {
    let peer = ScriptedPeer()
    peer.stop()
    let error = try await failure(makeClient(), HTTPClientRequest(url: peer.url()))
    guard case .notSent(.connectionFailed) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  @Test("TLS against a peer that speaks none: not sent")
  func noTLS() async throws {
    let peer = ScriptedPeer {
      $0.read(bytes: 5)
      $0.write("HTTP/1.1 400 Bad Request\r\n\r\n")
    }
    defer { peer.stop() }
    let error = try await failure(makeClient(), HTTPClientRequest(url: peer.url(scheme: "https")))
    guard case .notSent(.tlsFailed) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  @Test("a peer that goes away in the TLS handshake: not sent", arguments: [true, false])
  func cutInTLS(isReset: Bool) async throws {
    let peer = ScriptedPeer {
      $0.read(bytes: 5)
      if isReset { $0.reset() }
    }
    defer { peer.stop() }
    let error = try await failure(makeClient(), HTTPClientRequest(url: peer.url(scheme: "https")))
    guard case .notSent(.tlsFailed) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  @Test("a TLS handshake that never ends: not sent")
  func silentTLS() async throws {
    let peer = ScriptedPeer { $0.waitForClose() }
    defer { peer.stop() }
    let error = try await failure(makeClient(), HTTPClientRequest(url: peer.url(scheme: "https"), timeouts: quick))
    #expect(error == .notSent(.timedOut))
  }

  @Test("closed after accept, after a part and after the whole of the request: answer lost", arguments: [0, 10, nil])
  func closed(after bytes: Int?) async throws {
    let error = try await error { peer in
      if let bytes { peer.read(bytes: bytes) } else { peer.readRequest() }
    }
    guard case .answerLost(.connectionLost) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  @Test("reset after a part and after the whole of the request: answer lost", arguments: [10, nil])
  func reset(after bytes: Int?) async throws {
    let error = try await error { peer in
      if let bytes { peer.read(bytes: bytes) } else { peer.readRequest() }
      peer.reset()
    }
    guard case .answerLost(.connectionLost) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  @Test(
    "every cut of an answer: answer lost", arguments: 1..<"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody".utf8.count)
  func cutAnswer(at length: Int) async throws {
    let answer = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody"
    let outcome = try await error {
      $0.readRequest()
      $0.write(String(decoding: answer.utf8.prefix(length), as: UTF8.self))
    }
    #expect(outcome?.mayHaveReachedPeer == true, "cut at \(length): \(String(describing: outcome))")
  }

  @Test("a chunked answer without its last chunk: answer lost")
  func cutChunks() async throws {
    let error = try await error {
      $0.readRequest()
      $0.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n")
    }
    #expect(error == .answerLost(.truncated))
  }

  @Test("no answer in time: answer lost")
  func silence() async throws {
    let error = try await error(timeouts: quick) {
      $0.readRequest()
      $0.waitForClose()
    }
    #expect(error == .answerLost(.timedOut))
  }

  @Test("an answer that stalls below the speed limit: answer lost")
  func stall() async throws {
    let slow = HTTPClientTimeouts(total: nil, lowSpeed: .seconds(1))
    let error = try await error(timeouts: slow) {
      $0.readRequest()
      $0.write("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbo")
      $0.waitForClose()
    }
    #expect(error == .answerLost(.timedOut))
  }

  @Test("an answer that is not HTTP: answer lost", arguments: ["hello\r\n\r\n", "HTTP/9.9 200 OK\r\n\r\n"])
  func notHTTP(answer: String) async throws {
    let error = try await error {
      $0.readRequest()
      $0.write(answer)
    }
    guard case .answerLost(.malformedAnswer) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  @Test("a body of the limit is taken, one byte more is not", arguments: [true, false])
  func bodyLimit(isChunked: Bool) async throws {
    for length in [16, 17] {
      let error = try await error(maxResponseBytes: 16) {
        $0.readRequest()
        let body = String(repeating: "x", count: length)
        if isChunked {
          $0.write(
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\(String(length, radix: 16))\r\n\(body)\r\n0\r\n\r\n")
        } else {
          $0.answer(body: body)
        }
      }
      #expect(error == (length > 16 ? .answerLost(.tooLarge(limit: 16)) : nil))
    }
  }

  @Test("a head without end is cut off")
  func headLimit() async throws {
    let error = try await error {
      $0.readRequest()
      $0.write("HTTP/1.1 200 OK\r\n")
      for _ in 0..<2000 { $0.write("X-Filler: \(String(repeating: "x", count: 60))\r\n") }
      $0.waitForClose()
    }
    #expect(error == .answerLost(.tooLarge(limit: 65536)))
  }
}

@Suite("Repetition and cancellation") struct RepetitionTests {
  /// First answers, then takes the next request on the same connection and drops it: the moment at which libcurl
  /// silently tries again.
  private static let dropsSecond: ScriptedPeer.Script = {
    $0.readRequest()
    $0.answer(body: "1")
    $0.readRequest()
  }
  private static let answers: ScriptedPeer.Script = {
    $0.readRequest()
    $0.answer(body: "2")
    $0.waitForClose()
  }

  @Test("libcurl repeats an idempotent request on a dead kept connection: the peer sees it twice")
  func idempotent() async throws {
    let peer = ScriptedPeer(Self.dropsSecond, Self.answers)
    defer { peer.stop() }
    let client = try makeClient()
    _ = try await client.send(HTTPClientRequest(url: peer.url("/first")))
    let second = try await client.send(HTTPClientRequest(method: .put, url: peer.url("/second"), body: [1]))
    #expect(text(second.body) == "2")
    #expect(peer.requests.filter { $0.hasPrefix("PUT /second") }.count == 2)
  }

  @Test("a request that is not idempotent gets a connection of its own and is seen once")
  func notIdempotent() async throws {
    let peer = ScriptedPeer(
      Self.dropsSecond,
      { $0.readRequest() },
      Self.answers)
    defer { peer.stop() }
    let client = try makeClient()
    _ = try await client.send(HTTPClientRequest(url: peer.url("/first")))
    let error = await failure(client, HTTPClientRequest(method: .post, url: peer.url("/pay"), body: [1]))
    #expect(error?.mayHaveReachedPeer == true)
    // A later exchange gives libcurl every chance to repeat what it should not.
    _ = try await client.send(HTTPClientRequest(url: peer.url("/last")))
    #expect(peer.requests.filter { $0.hasPrefix("POST /pay") }.count == 1)
  }

  @Test("cancelling before the start sends nothing; cancelling later loses the answer")
  func cancellation() async throws {
    let arrived = AsyncStream<Void>.makeStream()
    let peer = ScriptedPeer {
      $0.readRequest()
      arrived.continuation.yield()
      $0.waitForClose()
    }
    defer { peer.stop() }
    let client = try makeClient()
    let url = peer.url()

    let early = Task {
      withUnsafeCurrentTask { $0?.cancel() }
      return await failure(client, HTTPClientRequest(url: url))
    }
    #expect(await early.value == .notSent(.cancelled))
    #expect(peer.requests.isEmpty)

    let late = Task { await failure(client, HTTPClientRequest(url: url)) }
    for await _ in arrived.stream { break }
    late.cancel()
    #expect(await late.value == .answerLost(.cancelled))
  }

  @Test("stopping ends running exchanges, refuses new ones and may be repeated")
  func stop() async throws {
    let arrived = AsyncStream<Void>.makeStream()
    let peer = ScriptedPeer {
      $0.readRequest()
      arrived.continuation.yield()
      $0.waitForClose()
    }
    defer { peer.stop() }
    let client = try makeClient()
    let url = peer.url()
    let running = Task { await failure(client, HTTPClientRequest(url: url)) }
    for await _ in arrived.stream { break }
    await client.stop(finish: false)
    #expect(await running.value == .answerLost(.stopped))
    #expect(await failure(client, HTTPClientRequest(url: url)) == .notSent(.stopped))
    await client.stop(finish: true)
  }

  @Test("a patient stop lets the running exchange finish")
  func drain() async throws {
    let arrived = AsyncStream<Void>.makeStream()
    let gate = Gate(count: 2)
    let peer = ScriptedPeer {
      $0.readRequest()
      arrived.continuation.yield()
      gate.arriveAndWait()
      $0.answer(body: "late")
    }
    defer { peer.stop() }
    let client = try makeClient()
    let url = peer.url()
    let running = Task { try await client.send(HTTPClientRequest(url: url)) }
    for await _ in arrived.stream { break }
    let stopping = Task { await client.stop(finish: true) }
    inThread { gate.arriveAndWait() }
    #expect(text(try await running.value.body) == "late")
    await stopping.value
  }
}
