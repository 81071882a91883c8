// SPDX-License-Identifier: Apache-2.0

import OpenSSL
import Reactor
import TLSTesting
import Testing

@testable import Server

/// A client that speaks TLS over a socket of its own. Nothing it does waits.
final class SecureClient {
  let socket: RawClient
  let tls: TLSTestClient
  private var unsent: [UInt8] = []
  private var plain: [UInt8] = []

  init(_ harness: Harness, _ tls: TLSTestClient, receiveBuffer: Int32? = nil) throws {
    socket = try harness.client(receiveBuffer: receiveBuffer)
    self.tls = tls
  }

  /// Encrypts and sends.
  func send(_ text: String) {
    tls.send(text.utf8)
  }

  /// Moves bytes between socket and session.
  /// - Parameters:
  ///   - step: Sends at most so many bytes.
  ///   - limit: Receives at most so many bytes.
  func move(step: Int = .max, limit: Int = .max) {
    unsent += tls.takeOutput()
    if !unsent.isEmpty { unsent.removeFirst(max(0, socket.send(unsent.prefix(step)))) }
    socket.receive(atMost: limit)
    tls.receive(socket.takeReceived())
    plain += tls.takeReceived()
  }

  func takeResponse() -> RawResponse? {
    guard let response = RawResponse(plain, isHead: false, isEnded: tls.isClosed) else { return nil }
    plain.removeFirst(response.length)
    return response
  }

  /// Everything was sent.
  var isQuiet: Bool { unsent.isEmpty && !tls.hasOutput }
}

/// A server that speaks TLS, with the certificate that it shows.
final class SecureHarness {
  let identity: TestIdentity
  let harness: Harness

  /// - Parameter sendBuffer: Bytes the kernel keeps for a client that does not read; `nil` for the system's choice.
  init(limits: ServerLimits = .standard, sendBuffer: Int32? = nil) throws {
    identity = try TestIdentity()
    harness = try Harness(limits: limits, tls: try Self.context(identity), sendBuffer: sendBuffer)
  }

  static func context(_ identity: TestIdentity) throws -> TLSContext {
    try TLSContext.load(certificate: identity.certificate, privateKey: identity.privateKey)
  }

  func client(_ tls: TLSTestClient? = nil, receiveBuffer: Int32? = nil) throws -> SecureClient {
    try SecureClient(harness, tls ?? TLSTestClient(root: identity.root), receiveBuffer: receiveBuffer)
  }

  func connected(_ tls: TLSTestClient? = nil) throws -> SecureClient {
    let client = try client(tls)
    try harness.run("a session") {
      client.move()
      return client.tls.isConnected && client.isQuiet
    }
    return client
  }

  func response(_ client: SecureClient, step: Int = .max, limit: Int = .max) throws -> RawResponse {
    var response: RawResponse?
    for _ in 0..<20_000 where response == nil {
      client.move(step: step, limit: limit)
      response = client.takeResponse()
      if response == nil { try harness.loop.runTick(waitingAtMost: .milliseconds(1)) }
    }
    return try #require(response)
  }
}
