// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import HTTPClient

@Suite("TLS") struct TLSTests {
  private func outcome(
    name: String = "IP:127.0.0.1", options: [String] = [], trustsAuthority: Bool = true
  ) async throws -> Result<Int, HTTPClientError>? {
    guard let peer = TLSPeer(name: name, options: options) else {
      print("skipped: no openssl program")
      return nil
    }
    let client = try makeClient(caFile: trustsAuthority ? peer.caFile : nil)
    do {
      return .success(try await client.send(HTTPClientRequest(url: "https://127.0.0.1:\(peer.port)/")).status)
    } catch {
      return .failure(error)
    }
  }

  private func expectRefused(_ outcome: Result<Int, HTTPClientError>?) {
    switch outcome {
    case nil, .failure(.notSent(.tlsFailed)): break
    default: Issue.record("\(String(describing: outcome))")
    }
  }

  @Test("a certificate of a trusted authority for this host is good")
  func trusted() async throws {
    guard let outcome = try await outcome() else { return }
    #expect(try outcome.get() == 200)
  }

  @Test("a certificate for another host is refused: not sent")
  func wrongHost() async throws {
    expectRefused(try await outcome(name: "DNS:example.test"))
  }

  @Test("an authority that nobody trusts is refused: not sent")
  func untrusted() async throws {
    expectRefused(try await outcome(trustsAuthority: false))
  }

  @Test("TLS 1.1 is refused, TLS 1.2 and 1.3 are good")
  func versions() async throws {
    expectRefused(try await outcome(options: ["-tls1_1", "-cipher", "DEFAULT:@SECLEVEL=0"]))
    for option in ["-tls1_2", "-tls1_3"] {
      guard let outcome = try await outcome(options: [option]) else { return }
      #expect(try outcome.get() == 200, "\(option)")
    }
  }
}
