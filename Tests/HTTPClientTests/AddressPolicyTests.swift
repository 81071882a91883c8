// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import HTTPClient

@Suite("Address policy") struct AddressPolicyTests {
  @Test(
    "a public address is reachable",
    arguments: [
      "1.1.1.1", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255", "128.0.0.1",
      "169.253.255.255", "172.15.255.255", "172.32.0.0", "192.0.1.0", "192.167.255.255", "192.169.0.0",
      "198.17.255.255",
      "198.20.0.0", "223.255.255.255", "2606:4700::1111", "2001:200::1", "2003::1", "::ffff:1.1.1.1",
      "64:ff9b::101:101",
    ])
  func publicAddress(text: String) throws {
    #expect(try #require(IPAddress(text)).isGloballyReachable)
  }

  @Test(
    "private, loopback, link-local, metadata, multicast, reserved and wrapped addresses are not",
    arguments: [
      "0.0.0.0", "0.255.255.255", "10.0.0.0", "10.255.255.255", "100.64.0.0", "100.127.255.255", "127.0.0.1",
      "127.255.255.255", "169.254.169.254", "172.16.0.0", "172.31.255.255", "192.0.0.8", "192.0.2.1", "192.88.99.1",
      "192.168.0.0", "192.168.255.255", "198.18.0.0", "198.19.255.255", "198.51.100.7", "203.0.113.7", "224.0.0.1",
      "239.255.255.255", "240.0.0.1", "255.255.255.255", "::", "::1", "::127.0.0.1", "::ffff:127.0.0.1",
      "::ffff:169.254.169.254", "::ffff:10.0.0.1", "64:ff9b::a00:1", "fc00::1", "fd00:ec2::254", "fe80::1", "fec0::1",
      "ff02::1", "2001::1", "2001:db8::1", "2002:7f00:1::", "3fff::1", "4000::1", "100::1",
    ])
  func specialAddress(text: String) throws {
    #expect(try !#require(IPAddress(text)).isGloballyReachable)
  }

  @Test("a range covers its edges and nothing beyond")
  func ranges() throws {
    let range = try #require(AddressRange("172.16.0.0/12"))
    for (text, isInside) in [
      ("172.15.255.255", false), ("172.16.0.0", true), ("172.31.255.255", true), ("172.32.0.0", false), ("::1", false),
    ] { #expect(range.contains(try #require(IPAddress(text))) == isInside, "\(text)") }
    #expect(AddressRange("10.0.0.0/33") == nil)
    #expect(AddressRange("10.0.0.0/-1") == nil)
    #expect(AddressRange("10.0.0/8") == nil)
    #expect(AddressRange("::1").map { $0.prefixLength } == 128)
  }

  @Test(
    "the address is refused before it is connected to, however the host is written",
    arguments: ["127.0.0.1", "localhost", "2130706433", "0x7f.1", "[::ffff:127.0.0.1]"])
  func refusesLoopback(host: String) async throws {
    let peer = ScriptedPeer { $0.answer() }
    defer { peer.stop() }
    let client = try makeClient()
    let request = HTTPClientRequest(
      url: "http://\(host):\(peer.port)/", addressPolicy: .publicOnly(exceptHosts: ["files.example.test"]))
    guard case .notSent(.addressRefused) = await failure(client, request) else {
      Issue.record("\(host) was not refused")
      return
    }
    #expect(peer.requests.isEmpty)
  }

  @Test("a host that the operator named may be a private address")
  func namedHost() async throws {
    let peer = ScriptedPeer {
      $0.readRequest()
      $0.answer()
    }
    defer { peer.stop() }
    let response = try await makeClient().send(
      HTTPClientRequest(url: peer.url(), addressPolicy: .publicOnly(exceptHosts: ["127.0.0.1"])))
    #expect(response.status == 200)
  }

  @Test("a kept connection does not get around the policy")
  func keptConnection() async throws {
    let peer = ScriptedPeer {
      while $0.readRequest() != nil { $0.answer() }
    }
    defer { peer.stop() }
    let client = try makeClient()
    _ = try await client.send(HTTPClientRequest(url: peer.url("/open")))
    let guarded = HTTPClientRequest(url: peer.url("/guarded"), addressPolicy: .publicOnly(exceptHosts: []))
    #expect(await failure(client, guarded) == .notSent(.addressRefused("127.0.0.1")))
    #expect(peer.requests.count == 1)
  }

  @Test("behind a proxy a host written as an address is still judged, a name is the proxy's affair")
  func behindProxy() async throws {
    let proxy = ScriptedPeer {
      $0.readRequest()
      $0.answer(body: "by proxy")
    }
    defer { proxy.stop() }
    let client = try makeClient(environment: ["http_proxy": proxy.url()])
    let policy = AddressPolicy.publicOnly(exceptHosts: [])
    let refused = HTTPClientRequest(url: "http://10.0.0.1/", addressPolicy: policy)
    #expect(await failure(client, refused) == .notSent(.addressRefused("10.0.0.1")))
    let response = try await client.send(HTTPClientRequest(url: "http://files.example.test/x", addressPolicy: policy))
    #expect(text(response.body) == "by proxy")
    #expect(proxy.requests.map { $0.prefix(40) } == ["GET http://files.example.test/x HTTP/1.1"])
  }
}

@Suite("Proxy variables") struct ProxyEnvironmentTests {
  @Test(
    "choose by scheme, case, exceptions and loopback",
    arguments: [
      (["http_proxy": "http://p:1"], "http://a.test/", "http://p:1"),
      (["HTTP_PROXY": "http://p:1"], "http://a.test/", nil),
      (["http_proxy": "http://p:1"], "https://a.test/", nil),
      (["https_proxy": "http://p:2", "HTTPS_PROXY": "http://p:3"], "https://a.test/", "http://p:2"),
      (["HTTPS_PROXY": "http://p:3"], "https://a.test/", "http://p:3"),
      (["ALL_PROXY": "http://p:4"], "http://a.test/", "http://p:4"),
      (["ALL_PROXY": "http://p:4"], "https://a.test/", "http://p:4"),
      (["https_proxy": "", "all_proxy": "http://p:4"], "https://a.test/", "http://p:4"),
      (["all_proxy": "http://p", "no_proxy": "*"], "http://a.test/", nil),
      (["all_proxy": "http://p", "no_proxy": "b.test, a.test"], "http://A.test/", nil),
      (["all_proxy": "http://p", "NO_PROXY": ".a.test"], "http://x.a.test/", nil),
      (["all_proxy": "http://p", "no_proxy": "a.test"], "http://x.a.test/", nil),
      (["all_proxy": "http://p", "no_proxy": "a.test"], "http://xa.test/", "http://p"),
      (["all_proxy": "http://p", "no_proxy": "10.0.0.0/8"], "http://10.1.2.3/", nil),
      (["all_proxy": "http://p", "no_proxy": "10.0.0.0/8"], "http://11.1.2.3/", "http://p"),
      (["all_proxy": "http://p", "no_proxy": "fd00::/8"], "http://[fd00::1]/", nil),
      (["all_proxy": "http://p"], "http://127.0.0.1/", nil),
      (["all_proxy": "http://p"], "http://[::1]:80/", nil),
      (["all_proxy": "http://p"], "http://localhost:8080/", nil),
      (["all_proxy": "http://p"], "http://x.localhost/", nil),
    ] as [([String: String], String, String?)])
  func choice(environment: [String: String], url: String, proxy: String?) throws {
    let proxies = ProxyEnvironment { environment[$0] }
    #expect(proxies.proxy(for: try #require(HTTPURL(url))) == proxy)
  }

  @Test("a proxy that refuses to connect: not sent", arguments: ["407 No", "403 No", "502 No"])
  func refusedConnect(status: String) async throws {
    let proxy = ScriptedPeer {
      $0.readRequest()
      $0.answer(status)
    }
    defer { proxy.stop() }
    let client = try makeClient(environment: ["https_proxy": proxy.url()])
    guard case .notSent(.proxyFailed) = await failure(client, HTTPClientRequest(url: "https://a.example.test/")) else {
      Issue.record("the request counts as sent")
      return
    }
    #expect(proxy.requests.first?.hasPrefix("CONNECT a.example.test:443 ") == true)
  }
}

@Suite("URLs") struct HTTPURLTests {
  @Test(
    "are taken apart as libcurl dials them",
    arguments: [
      ("http://Example.TEST", "http", "example.test", 80, "/"),
      ("https://example.test.:8443/a%20b?c=d#e", "https", "example.test", 8443, "/a%20b"),
      ("HTTPS://[2001:DB8::1]/", "https", "2001:db8::1", 443, "/"),
      ("http://0x7f.1/", "http", "127.0.0.1", 80, "/"),
    ])
  func parts(text: String, scheme: String, host: String, port: Int, path: String) throws {
    let url = try #require(HTTPURL(text))
    #expect(url.scheme.rawValue == scheme)
    #expect(url.host == host)
    #expect(url.port == port)
    #expect(url.path == path)
  }
}
