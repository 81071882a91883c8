// SPDX-License-Identifier: Apache-2.0

import HTTP1
import Reactor

extension Connection {
  func canParse(_ server: HTTPServer) -> Bool {
    state.isReading && !output.hasTail && output.waiting < server.limits.outputBytes
  }

  func receive(_ server: HTTPServer) {
    var buffer: [UInt8] = []
    swap(&buffer, &server.readBuffer)
    receive(into: &buffer, server)
    swap(&buffer, &server.readBuffer)
  }

  private func receive(into buffer: inout [UInt8], _ server: HTTPServer) {
    for _ in 0..<Self.readsPerTick {
      guard wantsInput, !isDoomed, let received = receiveOnce(into: &buffer, server) else { return }
      guard case .bytes(let count) = received else { return receivedNothing(received) }
      take(buffer, count, server)
      // Less than there was room for: nothing is left, and if something came meanwhile, epoll says so again.
      if count < buffer.count, !holdsDecrypted { return }
    }
  }

  func receivedNothing(_ received: Transport.Received) {
    switch received {
    case .bytes, .wouldBlock: break
    case .endOfStream: inputEnded()
    case .failed: isDoomed = true
    case .notTLS:
      isTLS = false
      answerFault(status: 400, reason: "plain HTTP on a port that speaks TLS: use https")
    case .handshakeFailed(let reason): handshakeFailed(reason)
    }
  }

  private func receiveOnce(into buffer: inout [UInt8], _ server: HTTPServer) -> Transport.Received? {
    if state.phase == .lingering { return withTransport { $0.discard(into: &buffer) } }
    let received = withTransport { $0.receive(into: &buffer) }
    if state.phase == .handshake, withTransport({ $0.isHandshaking }) == false {
      state.handshakeEnded(now: server.loop.now)
    }
    return received
  }

  /// What is left to say is the alert among the output.
  private func handshakeFailed(_ reason: String) {
    port.counters.failedHandshakes &+= 1
    server.handler.handshakeFailed(reason, peer)
    state.handshakeFailed()
  }

  /// Whether bytes of the client are of interest now.
  var wantsInput: Bool {
    state.wantsInput && !isAhead && encryptedWaiting < Self.encryptedBytes
  }

  /// Whether there is input that epoll does not know of.
  var holdsInput: Bool { holdsDecrypted && wantsInput }

  private var isAhead: Bool {
    guard hasUnread, let reader else { return false }
    return reader.waiting >= Self.bytesAhead || isOverdrawn
  }

  /// Takes the first `count` bytes of the buffer.
  func take(_ buffer: [UInt8], _ count: Int, _ server: HTTPServer) {
    if state.phase == .lingering {
      if !state.lingers(on: count) { isDoomed = true }
      return
    }
    let reader = self.reader ?? port.takeReader()
    self.reader = reader
    if !canParse(server) || hasUnread {
      reader.append(buffer, count)
      hasUnread = true
    } else if reader.hasKept {
      reader.append(buffer, count)
      let bytes = reader.takeKept()
      parse(bytes, bytes.count, reader, isOwn: true, server)
    } else {
      parse(buffer, count, reader, isOwn: false, server)
    }
    limitBytes(server)
  }

  func limitBytes(_ server: HTTPServer) {
    countBytes()
    if isOverdrawn, state.isReading {
      answerFault(status: 503, reason: "too many bytes of incomplete requests")
    }
  }

  /// Tells the port what is held for this connection now.
  func countBytes() {
    let held = reader?.held ?? 0
    port.requestBytes += held - counted
    counted = held
  }

  /// Whether this connection holds bytes of which there are too many.
  private var isOverdrawn: Bool { counted > 0 && port.requestBytes > server.limits.requestBytes }

  /// Hands over one request after the other, as long as they are answered at once.
  func parse(
    _ bytes: consuming [UInt8], _ count: Int, _ reader: MessageReader, isOwn: Bool, _ server: HTTPServer
  ) {
    isParsing = true
    hasUnread = true
    while canParse(server), act(on: reader.read(bytes, count), bytes, reader, server) {}
    isParsing = false
    reader.keep(bytes, count, isOwn: isOwn)
    if state.isReading, !hasUnread { state.awaits(reader.progress, now: server.loop.now) }
    if reader.isFresh || state.phase == .ending { dropReader() }
  }

  /// Answers whether there may be more to read.
  func act(on step: MessageReader.Step, _ bytes: [UInt8], _ reader: MessageReader, _ server: HTTPServer) -> Bool {
    switch step {
    case .request:
      handOver(bytes, reader, server)
      server.handler.endBurst()
      reader.finishRequest()
      return true
    case .expectation:
      answerExpectation(bytes, reader)
      return true
    case .fault(let fault):
      answerFault(status: fault.status, reason: fault.reason)
      return false
    case .needMore:
      hasUnread = false
      return false
    }
  }

  func handOver(_ bytes: [UInt8], _ reader: MessageReader, _ server: HTTPServer) {
    let head = reader.head
    state.requestBegins(head)
    port.counters.requests &+= 1
    if let response = ownAnswer(head) {
      answer(response)
    } else {
      server.handler.handle(request(head, bytes, reader), exchange)
    }
  }

  /// What is the server's to answer, whatever the resources are.
  private func ownAnswer(_ head: RequestHead) -> Response? {
    switch head.method {
    case .options where head.form == .asterisk:
      // About the server as a whole: a ping (RFC 9110, 9.3.7).
      return Response(status: 200, fields: [.init("Allow", "GET, HEAD, POST, OPTIONS")])
    case .trace, .connect, .other:
      let fault = RequestFault(
        status: 501, reason: "the method is not implemented", listener: port.tag, peer: peer)
      var response = server.handler.response(to: fault)
      // What follows CONNECT may be meant for the tunnel that there is not.
      response.closes = head.method == .connect
      return response
    default:
      return nil
    }
  }

  /// Says "go on", or refuses a body that has not been sent yet.
  private func answerExpectation(_ bytes: [UInt8], _ reader: MessageReader) {
    let head = reader.head
    guard var refusal = ownAnswer(head) ?? server.handler.refusal(request(head, bytes, reader)) else {
      append { ResponseWriter.appendContinue(to: &$0) }
      return
    }
    state.requestBegins(head)
    port.counters.requests &+= 1
    refusal.closes = true
    answer(refusal)
    reader.finishRequest()
  }

  private func request(_ head: consuming RequestHead, _ bytes: [UInt8], _ reader: MessageReader) -> Request {
    Request(
      listener: port.tag, peer: peer, isTLS: isTLS, head: head, bytes: bytes,
      decodedBody: reader.decodedBody, bodyRange: reader.bodyRange)
  }

  /// The client will send no more, or has not sent more although it said so long ago.
  func inputEnded() {
    switch state.inputEnded(reader?.progress ?? .nothing) {
    case .wait: break
    case .close:
      if output.isEmpty || state.phase != .idle { isDoomed = true } else { state.end() }
    case .incompleteRequest:
      if !hasUnread { answerFault(status: 400, reason: "the connection ended inside a request") }
    }
  }

  func answerFault(status: Int, reason: StaticString) {
    port.countFault(status)
    let fault = RequestFault(status: status, reason: reason, listener: port.tag, peer: peer)
    state.faultBegins(isHead: reader?.isHEAD ?? false)
    var response = server.handler.response(to: fault)
    if status == 503 { response.fields.append(.init("Retry-After", "5")) }
    answer(response)
    if !isParsing { dropReader() }
  }

  func dropReader() {
    if let reader = reader.take() { port.putBack(reader) }
    hasUnread = false
    countBytes()
  }
}

extension ConnectionState {
  fileprivate mutating func requestBegins(_ head: RequestHead) {
    let isHead = if case .head = head.method { true } else { false }
    requestBegins(keepsAlive: head.isKeepAlive, isHead: isHead, isHTTP10: head.minorVersion == 0)
  }
}
