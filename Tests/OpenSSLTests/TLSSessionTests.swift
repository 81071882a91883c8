// SPDX-License-Identifier: Apache-2.0

import COpenSSL
import TLSTesting
import Testing

@testable import OpenSSL

/// A session and a client, with nothing but the test between them.
private final class Wire {
  let identity: TestIdentity
  let session: TLSSession
  let client: TLSTestClient
  private(set) var handshake = TLSHandshake.wantsInput
  private(set) var received: [UInt8] = []
  private(set) var next = TLSRead.Next.wantsInput

  init(isRSA: Bool = false, client make: (TestIdentity) -> TLSTestClient) throws {
    identity = try TestIdentity(isRSA: isRSA)
    session = try TLSSession(
      try TLSContext.load(certificate: identity.certificate, privateKey: identity.privateKey))
    client = make(identity)
  }

  /// Gives bytes to the session, `step` at a time, as a connection would.
  func feed(_ bytes: [UInt8], step: Int = .max) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let part = Array(rest.prefix(step))
      rest = rest.dropFirst(step)
      session.receive(part.span)
      if handshake == .wantsInput { handshake = session.handshake() }
      if handshake == .complete { read() }
    }
  }

  func read(room: Int = 64 * 1024) {
    var buffer = [UInt8](repeating: 0, count: room)
    repeat {
      let result = session.read(into: &buffer)
      received.append(contentsOf: buffer[..<result.count])
      next = result.next
    } while next == .more
  }

  func write(_ bytes: [UInt8]) -> Bool { session.write(bytes.span) }

  /// What the session wants to send.
  func takeOutput(atMost limit: Int = .max) -> [UInt8] {
    var bytes: [UInt8] = []
    session.sendOutput { span in
      let count = min(span.count, limit)
      for index in 0..<count { bytes.append(span[index]) }
      return count
    }
    return bytes
  }

  /// Moves bytes both ways until nobody has any.
  func run(step: Int = .max) {
    while true {
      let up = client.takeOutput()
      feed(up, step: step)
      let down = takeOutput()
      client.receive(down)
      if up.isEmpty, down.isEmpty { return }
    }
  }
}

@Suite struct TLSSessionTests {
  @Test(
    arguments: [TLS1_2_VERSION, TLS1_3_VERSION], [false, true])
  func `a client that verifies the chain agrees, whole and byte by byte`(version: Int32, isRSA: Bool) throws {
    for step in [Int.max, 1] {
      let wire = try Wire(isRSA: isRSA) {
        TLSTestClient(root: $0.root, versions: version...version, protocols: ["h2", "http/1.1"])
      }
      wire.run(step: step)
      #expect(wire.handshake == .complete)
      #expect(wire.client.failure == nil)
      #expect(wire.client.isConnected)
      #expect(wire.client.version == (version == TLS1_2_VERSION ? "TLSv1.2" : "TLSv1.3"))
      #expect(wire.session.version == wire.client.version)
      #expect(wire.client.applicationProtocol == "http/1.1")
      #expect(wire.client.chainLength == 2)
      #expect(!wire.client.hasTicket)
      wire.client.send("request".utf8)
      wire.run(step: step)
      #expect(wire.received == Array("request".utf8))
      #expect(wire.next == .wantsInput)
      #expect(wire.write(Array("answer".utf8)))
      wire.run(step: step)
      #expect(wire.client.received == Array("answer".utf8))
      #expect(wire.session.waiting == 0)
    }
  }

  @Test func `TLS 1.1 is refused with an alert`() throws {
    let wire = try Wire { _ in TLSTestClient(versions: TLS1_1_VERSION...TLS1_1_VERSION) }
    wire.run()
    guard case .failed(let error) = wire.handshake else {
      Issue.record("\(wire.handshake)")
      return
    }
    #expect(error.description.contains("unsupported protocol"))
    #expect(wire.client.failure?.contains("protocol version") == true)
    #expect(!wire.write(Array("x".utf8)))
    wire.session.close()
    #expect(wire.session.waiting == 0)
  }

  @Test(arguments: ["AES128-SHA", "ECDHE-ECDSA-AES128-SHA", "DHE-RSA-AES128-GCM-SHA256", "aNULL", "NULL"])
  func `ciphers without forward secrecy or without authenticated encryption are refused`(cipher: String) throws {
    let wire = try Wire { _ in
      TLSTestClient(versions: TLS1_2_VERSION...TLS1_2_VERSION, ciphers: cipher + ":@SECLEVEL=0")
    }
    wire.run()
    guard case .failed = wire.handshake else {
      Issue.record("\(wire.handshake) with \(wire.client.cipher)")
      return
    }
  }

  @Test(arguments: [("ffdhe2048", false), ("X25519", true), ("P-384", true)])
  func `keys are agreed on elliptic curves only`(groups: String, isGood: Bool) throws {
    let wire = try Wire { _ in TLSTestClient(versions: TLS1_3_VERSION...TLS1_3_VERSION, groups: groups) }
    wire.run()
    #expect((wire.handshake == .complete) == isGood)
  }

  @Test func `without ALPN there is a session, with none but other protocols there is an alert`() throws {
    let silent = try Wire { _ in TLSTestClient() }
    silent.run()
    #expect(silent.handshake == .complete)
    #expect(silent.client.applicationProtocol == nil)
    let other = try Wire { _ in TLSTestClient(protocols: ["h2", "http/1.0", "http/1.12"]) }
    other.run()
    guard case .failed = other.handshake else {
      Issue.record("\(other.handshake)")
      return
    }
    #expect(other.client.failure?.contains("no application protocol") == true)
  }

  @Test func `garbage in the place of a handshake fails, whatever it is`() throws {
    var samples = [Array("\u{16}not TLS at all, only a first byte of it".utf8)]
    samples.append([0x16, 3, 1, 0, 5] + [UInt8](repeating: 0xFF, count: 5))
    samples.append([0x16, 3, 1, 0x48, 0x01])
    for sample in samples {
      for step in [Int.max, 1] {
        let wire = try Wire { _ in TLSTestClient() }
        wire.feed(sample, step: step)
        guard case .failed = wire.handshake else {
          Issue.record("\(wire.handshake) after \(sample)")
          continue
        }
      }
    }
  }

  @Test func `every flipped byte of the first flight ends in a failure or a session, and every cut of it waits`() throws
  {
    let hello = TLSTestClient().takeOutput()
    let identity = try TestIdentity()
    let context = try TLSContext.load(certificate: identity.certificate, privateKey: identity.privateKey)
    for index in hello.indices {
      var bytes = hello
      bytes[index] ^= 0x41
      let session = try TLSSession(context)
      session.receive(bytes.span)
      #expect(session.handshake() != .complete)
      let cut = try TLSSession(context)
      let part = Array(hello[..<index])
      cut.receive(part.span)
      #expect(cut.handshake() == .wantsInput)
    }
  }

  @Test func `an altered record ends the session, and what came before it is given out first`() throws {
    let wire = try Wire { _ in TLSTestClient() }
    wire.run()
    wire.client.send("good".utf8)
    let good = wire.client.takeOutput()
    wire.client.send("bad".utf8)
    var bad = wire.client.takeOutput()
    bad[bad.count - 1] ^= 1
    wire.feed(good + bad)
    #expect(wire.received == Array("good".utf8))
    guard case .failed = wire.next else {
      Issue.record("\(wire.next)")
      return
    }
    wire.client.receive(wire.takeOutput())
    #expect(wire.client.failure?.contains("bad record mac") == true)
    #expect(!wire.write(Array("x".utf8)))
  }

  @Test func `the end that the client announces is told from a silent one`() throws {
    let wire = try Wire { _ in TLSTestClient() }
    wire.run()
    wire.client.send("last".utf8)
    wire.client.close()
    wire.run()
    #expect(wire.received == Array("last".utf8))
    #expect(wire.next == .closed)
    // The other direction stays open.
    #expect(wire.write(Array("answer".utf8)))
    wire.session.close()
    wire.run()
    #expect(wire.client.received == Array("answer".utf8))
    #expect(wire.client.isClosed)
  }

  @Test func `a body of many records comes through a small buffer, and the output goes in small pieces`() throws {
    let wire = try Wire { _ in TLSTestClient() }
    wire.run()
    let body = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
    wire.client.send(body)
    wire.session.receive(wire.client.takeOutput().span)
    wire.read(room: 1000)
    #expect(wire.received == body)
    #expect(wire.write(body))
    var pieces = 0
    while wire.session.waiting > 0 {
      wire.client.receive(wire.takeOutput(atMost: 1777))
      pieces += 1
    }
    #expect(pieces > body.count / 1777)
    #expect(wire.client.received == body)
  }

  @Test func `renegotiation is turned down and the session goes on`() throws {
    let wire = try Wire { _ in TLSTestClient(versions: TLS1_2_VERSION...TLS1_2_VERSION) }
    wire.run()
    wire.client.renegotiate()
    wire.run()
    #expect(wire.client.failure?.contains("no renegotiation") == true)
    #expect(wire.received.isEmpty)
  }

  @Test func `a demand for new keys is answered`() throws {
    let wire = try Wire { _ in TLSTestClient(versions: TLS1_3_VERSION...TLS1_3_VERSION) }
    wire.run()
    wire.client.demandKeyUpdate()
    wire.run()
    wire.client.send("after".utf8)
    wire.run()
    #expect(wire.received == Array("after".utf8))
    #expect(wire.client.failure == nil)
  }
}
