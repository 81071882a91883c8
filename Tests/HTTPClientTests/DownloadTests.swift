// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import HTTPClient

@Suite("A download") struct DownloadTests {
  private func fetch(
    _ collector: Collector, offset: Int64 = 0, maxBytes: Int = 1 << 20, sink: DownloadSink? = nil,
    followRedirects: Bool = false, _ script: ScriptedPeer.Script..., path: String = "/"
  ) async throws -> (Result<HTTPClientResponse, HTTPClientError>, [String]) {
    let peer =
      script.count > 1 ? ScriptedPeer(script[0], script[1]) : ScriptedPeer(script[0])
    defer { peer.stop() }
    let client = try makeClient()
    let request = HTTPClientRequest(
      url: peer.url(path), maxResponseBytes: maxBytes, followRedirects: followRedirects)
    do {
      return (
        .success(try await client.download(request, offset: offset, into: sink ?? collector.sink())), peer.requests
      )
    } catch {
      return (.failure(error), peer.requests)
    }
  }

  private static func range(_ first: Int, of whole: String, contentRange: String? = nil) -> ScriptedPeer.Script {
    {
      $0.readRequest()
      let part = String(whole.dropFirst(first))
      $0.answer(
        "206 Partial Content",
        headers: ["Content-Range: \(contentRange ?? "bytes \(first)-\(whole.count - 1)/\(whole.count)")"], body: part)
    }
  }

  @Test("tells the head before the bytes, and the bytes as they come")
  func whole() async throws {
    let collector = Collector()
    let (result, requests) = try await fetch(collector) {
      $0.readRequest()
      $0.answer(headers: ["Content-Type: video/mp4", "ETag: \"e\""], body: String(repeating: "x", count: 100_000))
    }
    #expect(try result.get().body.isEmpty)
    let state = collector.snapshot
    #expect(state.head?.status == 200)
    #expect(state.head?.header("content-type") == "video/mp4")
    #expect(state.head?.contentLength == 100_000)
    #expect(state.offset == 0)
    #expect(state.bytes == Array(repeating: UInt8(ascii: "x"), count: 100_000))
    #expect(state.progress.last == 100_000)
    #expect(state.progress == state.progress.sorted())
    #expect(!requests[0].contains("Range:"))
    #expect(!requests[0].contains("Accept-Encoding"))
  }

  @Test("resumes where it is told to")
  func resume() async throws {
    let collector = Collector()
    let (result, requests) = try await fetch(collector, offset: 4, Self.range(4, of: "0123456789"))
    #expect(try result.get().status == 206)
    let state = collector.snapshot
    #expect(text(state.bytes) == "456789")
    #expect(state.offset == 4)
    #expect(requests[0].contains("\r\nRange: bytes=4-\r\n"))
  }

  @Test("starts over when the peer ignores the range")
  func ignoredRange() async throws {
    let collector = Collector()
    _ = try await fetch(collector, offset: 4) {
      $0.readRequest()
      $0.answer(body: "0123456789")
    }
    let state = collector.snapshot
    #expect(state.offset == 0)
    #expect(text(state.bytes) == "0123456789")
  }

  @Test(
    "refuses another range than the one it asked for",
    arguments: ["bytes 3-9/10", "bytes 5-9/10", "bytes */10", "items 4-9/10", "", "bytes x-9/10"])
  func wrongRange(contentRange: String) async throws {
    let collector = Collector()
    let (result, _) = try await fetch(
      collector, offset: 4, Self.range(4, of: "0123456789", contentRange: contentRange))
    #expect(throws: HTTPClientError.answerLost(.malformedAnswer("another range than asked"))) { try result.get() }
    #expect(collector.snapshot.bytes.isEmpty)
  }

  @Test("gives other statuses as answers, the sink sees nothing", arguments: ["403 No", "404 No", "416 No", "500 No"])
  func otherStatus(status: String) async throws {
    let collector = Collector()
    let (result, _) = try await fetch(collector, maxBytes: 2) {
      $0.readRequest()
      $0.answer(status, body: "expired")
    }
    #expect(text(try result.get().body) == "expired")
    #expect(collector.snapshot.head == nil && collector.snapshot.bytes.isEmpty)
  }

  @Test("keeps only the first part of a large error page")
  func largeErrorPage() async throws {
    let collector = Collector()
    let (result, _) = try await fetch(collector) {
      $0.readRequest()
      $0.answer("404 Not Found", body: String(repeating: "x", count: 1_000_000))
    }
    #expect(try result.get().status == 404)
    #expect(try result.get().body.count == 65536)
  }

  @Test(
    "ends before the first byte when the announced length is too large, else at the byte that is",
    arguments: [true, false])
  func limit(isAnnounced: Bool) async throws {
    let collector = Collector()
    let (result, _) = try await fetch(collector, maxBytes: 8) {
      $0.readRequest()
      if isAnnounced {
        $0.answer(body: "123456789")
      } else {
        $0.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\n123456789\r\n0\r\n\r\n")
      }
    }
    #expect(throws: HTTPClientError.answerLost(.tooLarge(limit: 8))) { try result.get() }
    #expect((collector.snapshot.head == nil) == isAnnounced)
    #expect(collector.snapshot.bytes.isEmpty)
  }

  @Test("tells when it was cut short; what came stays with the sink")
  func truncated() async throws {
    let collector = Collector()
    let (result, _) = try await fetch(collector) {
      $0.readRequest()
      $0.write("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n01234")
    }
    #expect(throws: HTTPClientError.answerLost(.truncated)) { try result.get() }
    #expect(text(collector.snapshot.bytes) == "01234")
  }

  @Test("ends when the sink refuses the head or the bytes", arguments: [true, false])
  func sinkRefuses(takesHead: Bool) async throws {
    let collector = Collector()
    let (result, _) = try await fetch(collector, sink: collector.sink(takesHead: takesHead, maxPieces: 0)) {
      $0.readRequest()
      $0.answer(body: "0123456789")
    }
    #expect(throws: HTTPClientError.answerLost(.sinkRefused)) { try result.get() }
  }

  @Test("follows a redirect without showing its body to the sink")
  func redirect() async throws {
    let collector = Collector()
    let (result, requests) = try await fetch(
      collector, offset: 4, followRedirects: true,
      {
        $0.readRequest()
        $0.answer("302 Found", headers: ["Location: /file", "Connection: close"], body: "elsewhere")
      }, Self.range(4, of: "0123456789"))
    #expect(try result.get().status == 206)
    #expect(text(collector.snapshot.bytes) == "456789")
    #expect(requests.count == 2)
    #expect(requests.last?.contains("\r\nRange: bytes=4-\r\n") == true)
  }
}
