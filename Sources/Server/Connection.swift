// SPDX-License-Identifier: Apache-2.0

import HTTP1
import Reactor

/// Does on a socket what a `ConnectionState` decides: reads, hands requests over, writes, closes.
final class Connection: ReadinessHandler, DeadlineHandler {
  /// Reads of a full buffer in one tick, so that one fast client does not hold up the others.
  private static let readsPerTick = 4
  /// Bytes that a client may send ahead of the answers.
  private static let bytesAhead = 64 * 1024
  /// Encrypted bytes that a client must take before more of it is read: TLS lets it demand answers of its own.
  private static let encryptedBytes = 128 * 1024

  unowned let server: HTTPServer
  let port: Port
  let peer: SocketAddress
  let slot: UInt32
  let generation: UInt32

  var state: ConnectionState
  var output = OutputQueue()
  /// There only while bytes of the client are not used up.
  var reader: MessageReader?
  private var transport: Transport?
  private var registration: Registration?
  private var timer: Timer?
  /// What the loop watches the socket for.
  private(set) var interest = Interest.read
  private var armed: MonotonicTime?
  /// Bytes have been kept that were not looked at yet.
  private var hasUnread = false
  private var isParsing = false
  /// To be closed at the end of the tick.
  private var isDoomed = false
  private var isTouched = false
  /// Bytes of its reader that the port has counted.
  private var counted = 0

  init(
    server: HTTPServer, port: Port, transport: consuming Transport, peer: SocketAddress, slot: UInt32,
    generation: UInt32
  ) {
    self.server = server
    self.port = port
    state = ConnectionState(times: server.times, handshakes: transport.isTLS, now: server.loop.now)
    self.transport = consume transport
    self.peer = peer
    self.slot = slot
    self.generation = generation
  }

  /// Begins to listen to the socket.
  func start() throws(SystemError) {
    registration = try transport?.register(on: server.loop, self)
    timer = server.loop.addTimer(self)
    settle()
  }

  var exchange: Exchange { Exchange(slot: slot, generation: generation, number: state.number) }

  /// Whether this is the request that the handler has.
  func isCurrent(_ exchange: Exchange) -> Bool {
    state.hasExchange && exchange.number == state.number && !isDoomed
  }

  // MARK: Events

  func ready(_ readiness: Readiness) {
    if readiness.isBroken {
      close()
      return
    }
    if readiness.canRead { receive() }
    touch()
  }

  func deadlineReached() {
    armed = nil
    switch state.deadlinePassed(now: server.loop.now) {
    case .nothing: break
    case .close:
      if state.phase == .handshake { port.counters.failedHandshakes &+= 1 }
      transport?.sayGoodbye()
      isDoomed = true
    case .writing: if !state.continuesWriting(taken: taken, now: server.loop.now) { isDoomed = true }
    case .timeout(let reason): answerFault(status: 408, reason: reason)
    }
    touch()
  }

  /// Looks at bytes that had to wait for an answer, or that no event will tell of.
  func resume() {
    guard transport != nil else { return }
    if hasUnread, canParse, let reader {
      hasUnread = false
      let bytes = reader.takeKept()
      parse(bytes, bytes.count, reader, isOwn: true)
      countBytes()
      if state.hasInputEnded { inputEnded() }
    }
    if holdsInput { receive() }
    touch()
  }

  func drain() {
    state.drain()
    touch()
  }

  /// Asks for `finishTick`.
  func touch() {
    guard !isTouched else { return }
    isTouched = true
    server.touched.append(self)
  }

  /// Asks for `finishTick` and closes then.
  func doom() {
    isDoomed = true
    touch()
  }

  /// Sends what there is to send, and tells the loop what to wait for.
  func finishTick() {
    isTouched = false
    guard transport != nil else { return }
    if isDoomed || !flush() {
      close()
      return
    }
    resumeIfPossible()
    settle()
  }

  func close() {
    guard transport != nil else { return }
    if let registration { server.loop.forget(registration) }
    if let timer { server.loop.removeTimer(timer) }
    transport = nil
    dropReader()
    let exchange = state.hasExchange ? exchange : nil
    state.end()
    server.closed(self, exchange)
  }
}

// MARK: - Input

extension Connection {
  private var canParse: Bool { state.isReading && !output.hasTail && output.waiting < server.limits.outputBytes }

  private func receive() {
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
  private var wantsInput: Bool {
    guard let transport = transport?.waiting else { return false }
    return state.wantsInput && !isAhead && transport < Self.encryptedBytes
  }

  /// Whether there is input that epoll does not know of.
  private var holdsInput: Bool { transport?.hasMore == true && wantsInput }

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
  private func countBytes() {
    let held = reader?.held ?? 0
    port.requestBytes += held - counted
    counted = held
  }

  /// Whether this connection holds bytes of which there are too many.
  private var isOverdrawn: Bool { counted > 0 && port.requestBytes > server.limits.requestBytes }

  /// Hands over one request after the other, as long as they are answered at once.
  private func parse(_ bytes: consuming [UInt8], _ count: Int, _ reader: MessageReader, isOwn: Bool) {
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
  private func inputEnded() {
    switch state.inputEnded(reader?.progress ?? .nothing) {
    case .wait: break
    case .close:
      if output.isEmpty || state.phase != .idle { isDoomed = true } else { state.end() }
    case .incompleteRequest:
      if !hasUnread { answerFault(status: 400, reason: "the connection ended inside a request") }
    }
  }

  private func answerFault(status: Int, reason: StaticString) {
    port.counters.faults[status, default: 0] &+= 1
    let fault = RequestFault(status: status, reason: reason, listener: port.tag, peer: peer)
    state.faultBegins(isHead: reader?.isHEAD ?? false)
    var response = server.handler.response(to: fault)
    if status == 503 { response.fields.append(.init("Retry-After", "5")) }
    answer(response)
    if !isParsing { dropReader() }
  }

  private func dropReader() {
    if let reader { port.putBack(reader) }
    reader = nil
    hasUnread = false
    countBytes()
  }
}

// MARK: - Output

extension Connection {
  /// `false` when the connection is at its end.
  private func flush() -> Bool {
    if hasOutput {
      switch send() {
      case .emptied: server.reclaim(&output)
      case .blocked: state.outputBlocked(taken: taken, now: server.loop.now)
      case .failed: return false
      }
    }
    guard !hasOutput else { return true }
    if state.isDrained, reader == nil {
      transport?.sayGoodbye()
      return false
    }
    switch state.outputEmptied(now: server.loop.now) {
    case .nothing: break
    case .close:
      transport?.sayGoodbye()
      return false
    case .shutdownWrite: transport?.shutdownWrite()
    }
    return true
  }

  /// Bytes in memory that wait for the client.
  var unsentBytes: Int { output.waiting + (transport?.waiting ?? 0) }

  private var hasOutput: Bool { !output.isEmpty || (transport?.waiting ?? 0) > 0 }

  private func send() -> OutputQueue.Progress {
    guard let transport = transport.take() else { return .failed }
    let progress = output.write(to: transport)
    self.transport = consume transport
    return progress
  }

  /// Bytes that the client has acknowledged since the connection began.
  private var taken: UInt64 { output.accepted - min(output.accepted, UInt64(transport?.unacknowledged ?? 0)) }

  /// Asks to be resumed when there are bytes to look at and nothing stands in their way.
  func resumeIfPossible() {
    if !isParsing, hasUnread ? canParse : holdsInput { server.resume(self) }
  }

  /// Tells the loop what to wait for, where that has changed.
  private func settle() {
    let wanted = Interest(read: wantsInput, write: hasOutput)
    if wanted != interest, let registration {
      // Changing the interest of a registered descriptor takes no memory and fails only for wrong arguments.
      do {
        try server.loop.change(registration, to: wanted)
      } catch {
        preconditionFailure("\(error)")
      }
      interest = wanted
    }
    if state.deadline != armed, let timer {
      armed = state.deadline
      server.loop.setDeadline(timer, to: armed)
    }
  }
}

extension ConnectionState {
  fileprivate mutating func requestBegins(_ head: RequestHead) {
    requestBegins(keepsAlive: head.isKeepAlive, isHead: head.method == .head, isHTTP10: head.minorVersion == 0)
  }
}
