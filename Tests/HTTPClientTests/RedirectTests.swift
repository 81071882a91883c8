// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import HTTPClient

@Suite("Redirects") struct RedirectTests {
  private func redirecting(to target: String, times: Int = 1) -> ScriptedPeer {
    let redirect: ScriptedPeer.Script = {
      $0.readRequest()
      $0.answer("302 Found", headers: ["Location: \(target)", "Connection: close"], body: "elsewhere")
    }
    let answer: ScriptedPeer.Script = {
      $0.readRequest()
      $0.answer(headers: ["Connection: close"], body: "here")
    }
    switch times {
    case 1: return ScriptedPeer(redirect, answer)
    case 5: return ScriptedPeer(redirect, redirect, redirect, redirect, redirect, answer)
    default: return ScriptedPeer(redirect)
    }
  }

  @Test("are answers unless asked for")
  func notAsked() async throws {
    let peer = redirecting(to: "/next")
    defer { peer.stop() }
    let response = try await makeClient().send(HTTPClientRequest(url: peer.url()))
    #expect(response.status == 302)
    #expect(response.header("location") == "/next")
    #expect(text(response.body) == "elsewhere")
    #expect(peer.requests.count == 1)
  }

  @Test("of a POST are never followed")
  func post() async throws {
    let peer = redirecting(to: "/next")
    defer { peer.stop() }
    let request = HTTPClientRequest(method: .post, url: peer.url(), body: [1], followRedirects: true)
    #expect(try await makeClient().send(request).status == 302)
    #expect(peer.requests.count == 1)
  }

  @Test("are followed when asked for, relative ones too, five of them and no more", arguments: [1, 5, 6])
  func followed(times: Int) async throws {
    let peer = redirecting(to: "next?x=1", times: times)
    defer { peer.stop() }
    let client = try makeClient()
    let request = HTTPClientRequest(url: peer.url("/a/b"), followRedirects: true)
    guard times <= 5 else {
      #expect(await failure(client, request) == .answerLost(.redirectRefused("more than 5 in a row")))
      #expect(peer.requests.count == 6)
      return
    }
    let response = try await client.send(request)
    #expect(text(response.body) == "here")
    #expect(response.effectiveURL == peer.url("/a/next?x=1"))
    #expect(peer.requests.count == times + 1)
  }

  @Test(
    "to another scheme are refused", arguments: ["https://127.0.0.1/", "ftp://127.0.0.1/", "file:///etc/passwd"])
  func otherScheme(target: String) async throws {
    let peer = redirecting(to: target)
    defer { peer.stop() }
    let error = try await failure(makeClient(), HTTPClientRequest(url: peer.url(), followRedirects: true))
    guard case .answerLost(.redirectRefused) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(peer.requests.count == 1)
  }

  @Test("meet the address policy at each hop")
  func policy() async throws {
    let inner = ScriptedPeer { $0.answer(body: "secret") }
    defer { inner.stop() }
    let peer = redirecting(to: "http://localhost:\(inner.port)/")
    defer { peer.stop() }
    let request = HTTPClientRequest(
      url: peer.url(), followRedirects: true, addressPolicy: .publicOnly(exceptHosts: ["127.0.0.1"]))
    guard case .notSent(.addressRefused) = try await failure(makeClient(), request) else {
      Issue.record("the second hop was not refused")
      return
    }
    #expect(inner.requests.isEmpty)
  }

  @Test("keep credentials within the origin and drop them outside", arguments: [true, false])
  func credentials(isSameOrigin: Bool) async throws {
    let other = ScriptedPeer {
      $0.readRequest()
      $0.answer()
    }
    defer { other.stop() }
    let peer = redirecting(to: isSameOrigin ? "/next" : other.url())
    defer { peer.stop() }
    _ = try await makeClient().send(
      HTTPClientRequest(
        url: peer.url(), headers: [("authorization", "Bearer k"), ("Cookie", "c"), ("X-Kept", "yes")],
        followRedirects: true))
    let last = try #require((isSameOrigin ? peer : other).requests.last)
    #expect(last.contains("authorization: Bearer k") == isSameOrigin)
    #expect(last.contains("Cookie: c") == isSameOrigin)
    #expect(last.contains("X-Kept: yes"))
  }
}
