// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import HTTPClient

@Suite("An exchange that works") struct ExchangeTests {
  @Test("sends method, headers and body as given, and returns status, fields and body")
  func roundTrip() async throws {
    let peer = ScriptedPeer {
      $0.readRequest()
      $0.answer("201 Created", headers: ["X-One: a", "x-one:b ", "Empty:"], body: "done")
    }
    defer { peer.stop() }
    let client = try makeClient()
    let response = try await client.send(
      HTTPClientRequest(
        method: .post, url: peer.url("/a?b=c"), headers: [("Authorization", "Bearer k"), ("X-Empty", "")],
        body: Array("{}".utf8)))

    #expect(response.status == 201)
    #expect(text(response.body) == "done")
    #expect(response.headers.map(\.value) == ["a", "b", "", "4"])
    #expect(response.header("X-ONE") == "a")
    #expect(response.remoteAddress == "127.0.0.1")
    let request = try #require(peer.requests.first)
    #expect(request.hasPrefix("POST /a?b=c HTTP/1.1\r\n"))
    #expect(request.hasSuffix("\r\n\r\n{}"))
    for field in ["User-Agent: hookledger/test", "Authorization: Bearer k", "Accept-Encoding: gzip", "X-Empty:"] {
      #expect(request.contains("\r\n\(field)\r\n"), "\(field)")
    }
    for field in ["Expect:", "Content-Type:"] { #expect(!request.contains("\r\n\(field)"), "\(field)") }
  }

  @Test(
    "uses each method as named",
    arguments: [
      (HTTPClientMethod.get, nil, "GET"), (.delete, nil, "DELETE"), (.put, "x", "PUT"), (.post, nil, "POST"),
    ] as [(HTTPClientMethod, String?, String)])
  func methods(method: HTTPClientMethod, body: String?, word: String) async throws {
    let peer = ScriptedPeer {
      $0.readRequest()
      $0.answer()
    }
    defer { peer.stop() }
    let response = try await makeClient().send(
      HTTPClientRequest(method: method, url: peer.url(), body: body.map { Array($0.utf8) }))
    #expect(response.status == 200)
    #expect(peer.requests.first?.hasPrefix("\(word) / ") == true)
    #expect(peer.requests.first?.hasSuffix("\r\n\r\n" + (body ?? "")) == true)
  }

  @Test("HEAD does not wait for the announced body")
  func head() async throws {
    let peer = ScriptedPeer {
      $0.readRequest()
      $0.write("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n")
      $0.waitForClose()
    }
    defer { peer.stop() }
    let response = try await makeClient().send(HTTPClientRequest(method: .head, url: peer.url()))
    #expect(response.head.contentLength == 5)
    #expect(response.body.isEmpty)
  }

  @Test("an error status is an answer, not an error", arguments: [400, 404, 429, 500, 502, 503])
  func errorStatus(status: Int) async throws {
    let peer = ScriptedPeer {
      $0.readRequest()
      $0.answer("\(status) No", headers: ["Content-Type: text/html"], body: "<html>")
    }
    defer { peer.stop() }
    let response = try await makeClient().send(HTTPClientRequest(url: peer.url()))
    #expect(response.status == status)
    #expect(text(response.body) == "<html>")
  }

  @Test("interim answers and trailers leave no fields behind")
  func interim() async throws {
    let peer = ScriptedPeer {
      $0.readRequest()
      $0.write("HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n")
      $0.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nTrailer-Field: t\r\n\r\n")
    }
    defer { peer.stop() }
    let response = try await makeClient().send(HTTPClientRequest(url: peer.url()))
    #expect(response.headers.map(\.name) == ["Transfer-Encoding"])
    #expect(text(response.body) == "ok")
  }

  @Test("a hundred exchanges run at the same time")
  func manyAtOnce() async throws {
    let gate = Gate(count: 100)
    let peer = ScriptedPeer {
      $0.readRequest()
      // Nobody is answered before all have asked.
      gate.arriveAndWait()
      $0.answer()
    }
    defer { peer.stop() }
    let client = try makeClient()
    let url = peer.url()
    let statuses = await withTaskGroup(of: Int?.self) { group in
      for _ in 0..<100 { group.addTask { try? await client.send(HTTPClientRequest(url: url)).status } }
      return await group.reduce(into: [Int?]()) { $0.append($1) }
    }
    #expect(statuses == Array(repeating: 200, count: 100))
  }
}

@Suite("A request that must not be sent") struct InvalidRequestTests {
  @Test(
    "is refused before any connection",
    arguments: [
      "", "example.test", "ftp://example.test/", "file:///etc/passwd", "http://", "http://user:pw@127.0.0.1/",
      "http://127.0.0.1/a b", "http://127.0.0.1/\r\nX: y", "//127.0.0.1/",
    ])
  func url(url: String) async throws {
    let error = try await failure(makeClient(), HTTPClientRequest(url: url))
    #expect(error == .notSent(.invalidRequest("not an absolute http or https URL")))
  }

  @Test(
    "is refused for its fields",
    arguments: [("X", "a\r\nY: b"), ("X", "a\0b"), ("X\n", "a"), ("X Y", "a"), ("", "a"), ("X:", "a")])
  func header(name: String, value: String) async throws {
    let peer = ScriptedPeer { $0.answer() }
    defer { peer.stop() }
    let error = try await failure(makeClient(), HTTPClientRequest(url: peer.url(), headers: [(name, value)]))
    guard case .notSent(.invalidRequest) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }
}
