// SPDX-License-Identifier: Apache-2.0

import HTTP1
import Reactor

extension Connection {
  var canParse: Bool { state.isReading && !output.hasTail && output.waiting < server.limits.outputBytes }

  func receive() {
    for _ in 0..<Self.readsPerTick {
      guard wantsInput, !isDoomed, let received = receiveOnce() else { return }
      switch received {
      case .bytes(let count):
        take(count)
        // Less than there was room for: nothing is left, and if something came meanwhile, epoll says so again.
        if count < server.readBuffer.count, transport?.hasMore != true { return }
      case .endOfStream:
        inputEnded()
        return
      case .wouldBlock:
        return
      case .failed:
        isDoomed = true
        return
      case .notTLS:
        answerFault(status: 400, reason: "plain HTTP on a port that speaks TLS: use https")
        return
      case .handshakeFailed(let reason):
        handshakeFailed(reason)
        return
      }
    }
  }

  private func receiveOnce() -> Transport.Received? {
    if state.phase == .lingering { return transport?.discard(into: &server.readBuffer) }
    let received = transport?.receive(into: &server.readBuffer)
    if state.phase == .handshake, transport?.isHandshaking == false { state.handshakeEnded(now: server.loop.now) }
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
    guard let transport = transport?.waiting else { return false }
    return state.wantsInput && !isAhead && transport < Self.encryptedBytes
  }

  /// Whether there is input that epoll does not know of.
  var holdsInput: Bool { transport?.hasMore == true && wantsInput }

  private var isAhead: Bool {
    guard hasUnread, let reader else { return false }
    return reader.waiting >= Self.bytesAhead || isOverdrawn
  }

  /// Takes the first `count` bytes of the server's buffer.
  private func take(_ count: Int) {
    if state.phase == .lingering {
      if !state.lingers(on: count) { isDoomed = true }
      return
    }
    let reader = self.reader ?? port.takeReader()
    self.reader = reader
    if !canParse || hasUnread {
      reader.append(server.readBuffer, count)
      hasUnread = true
    } else if reader.hasKept {
      reader.append(server.readBuffer, count)
      let bytes = reader.takeKept()
      parse(bytes, bytes.count, reader, isOwn: true)
    } else {
      parse(server.readBuffer, count, reader, isOwn: false)
    }
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
  func parse(_ bytes: consuming [UInt8], _ count: Int, _ reader: MessageReader, isOwn: Bool) {
    isParsing = true
    hasUnread = true
    while canParse {
      switch reader.read(bytes, count) {
      case .request:
        handOver(bytes, reader)
        continue
      case .expectation:
        answerExpectation(bytes, reader)
        continue
      case .fault(let fault):
        answerFault(status: fault.status, reason: fault.reason)
      case .needMore:
        hasUnread = false
      }
      break
    }
    isParsing = false
    reader.keep(bytes, count, isOwn: isOwn)
    if state.isReading, !hasUnread { state.awaits(reader.progress, now: server.loop.now) }
    if reader.isFresh || state.phase == .ending { dropReader() }
  }

  private func handOver(_ bytes: [UInt8], _ reader: MessageReader) {
    state.requestBegins(reader.head)
    port.counters.requests &+= 1
    if let response = ownAnswer(reader.head) {
      answer(response)
    } else {
      server.handler.handle(request(bytes, reader), exchange)
    }
    reader.finishRequest()
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
    guard var refusal = ownAnswer(reader.head) ?? server.handler.refusal(request(bytes, reader)) else {
      server.prepare(&output)
      ResponseWriter.appendContinue(to: &output.bytes)
      return
    }
    state.requestBegins(reader.head)
    port.counters.requests &+= 1
    refusal.closes = true
    answer(refusal)
    reader.finishRequest()
  }

  private func request(_ bytes: [UInt8], _ reader: MessageReader) -> Request {
    Request(
      listener: port.tag, peer: peer, isTLS: transport?.isTLS == true, head: reader.head, bytes: bytes,
      bodyBuffer: reader.decodedBody ?? bytes, bodyRange: reader.bodyRange)
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
    port.counters.faults[status, default: 0] &+= 1
    let fault = RequestFault(status: status, reason: reason, listener: port.tag, peer: peer)
    state.faultBegins(isHead: reader?.isHEAD ?? false)
    var response = server.handler.response(to: fault)
    if status == 503 { response.fields.append(.init("Retry-After", "5")) }
    answer(response)
    if !isParsing { dropReader() }
  }

  func dropReader() {
    if let reader { port.putBack(reader) }
    reader = nil
    hasUnread = false
    countBytes()
  }
}

extension ConnectionState {
  fileprivate mutating func requestBegins(_ head: RequestHead) {
    requestBegins(keepsAlive: head.isKeepAlive, isHead: head.method == .head, isHTTP10: head.minorVersion == 0)
  }
}
