// SPDX-License-Identifier: Apache-2.0

import Reactor

/// Does on a socket what a `ConnectionState` decides: reads, hands requests over, writes, closes.
///
/// An access to a property of an object is checked for overlaps at run time if any access to that property spans calls
/// that the compiler cannot see through. So what such a call changes is taken out for the time being and put back
/// (`withTransport`, `withOutput`), and the checks of a request's every step are gone.
final class Connection: ReadinessHandler, DeadlineHandler {
  /// Reads of a full buffer in one tick, so that one fast client does not hold up the others.
  static let readsPerTick = 4
  /// Bytes that a client may send ahead of the answers.
  static let bytesAhead = 64 * 1024
  /// Encrypted bytes that a client must take before more of it is read: TLS lets it demand answers of its own.
  static let encryptedBytes = 128 * 1024

  unowned let server: HTTPServer
  let port: Port
  let peer: SocketAddress
  let slot: UInt32
  let generation: UInt32

  /// Whether it is encrypted; what came first on a TLS port may have been plain.
  var isTLS: Bool
  var state: ConnectionState
  private(set) var output = OutputQueue()
  /// There only while bytes of the client are not used up.
  var reader: MessageReader?
  private var transport: Transport?
  private var registration: Registration?
  private var timer: Timer?
  /// What the loop watches the socket for.
  private(set) var interest = Interest.read
  private var armed: MonotonicTime?
  /// Bytes have been kept that were not looked at yet.
  var hasUnread = false
  var isParsing = false
  /// To be closed at the end of the tick.
  var isDoomed = false
  private var isTouched = false
  /// Bytes of its reader that the port has counted.
  var counted = 0

  init(
    server: HTTPServer, port: Port, transport: consuming Transport, peer: SocketAddress, slot: UInt32,
    generation: UInt32
  ) {
    self.server = server
    self.port = port
    isTLS = transport.isTLS
    state = ConnectionState(times: server.times, handshakes: transport.isTLS, now: server.loop.now)
    self.transport = consume transport
    self.peer = peer
    self.slot = slot
    self.generation = generation
  }

  /// Begins to listen to the socket.
  func start() throws(SystemError) {
    registration = try withTransport { transport in
      Result { () throws(SystemError) in try transport.register(on: server.loop, self) }
    }?.get()
    timer = server.loop.addTimer(self)
    settle(server)
  }

  var isOpen: Bool { transport != nil }

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
    let server = server
    if readiness.canRead {
      guard !isBetweenRequests(server) else { return server.gather(self) }
      receive(server)
    }
    if !isAtRest { touch(server) }
  }

  /// Whether the end of the tick has nothing to do here: as long as the request is with the handler, and no longer.
  var isAtRest: Bool {
    state.phase == .handling && !isTLS && !isDoomed && output.isEmpty && interest == .read && wantsInput
  }

  func deadlineReached() {
    armed = nil
    let server = server
    switch state.deadlinePassed(now: server.loop.now) {
    case .nothing: break
    case .close:
      if state.phase == .handshake { port.counters.failedHandshakes &+= 1 }
      sayGoodbye()
      isDoomed = true
    case .writing:
      let taken = taken
      if !state.continuesWriting(taken: taken, now: server.loop.now) { isDoomed = true }
    case .timeout(let reason): answerFault(status: 408, reason: reason)
    }
    touch(server)
  }

  /// Looks at bytes that had to wait for an answer, or that no event will tell of.
  func resume(_ server: HTTPServer) {
    guard transport != nil else { return }
    if hasUnread, canParse(server), let reader {
      hasUnread = false
      let bytes = reader.takeKept()
      parse(bytes, bytes.count, reader, isOwn: true, server)
      countBytes()
      if state.hasInputEnded { inputEnded() }
    }
    if holdsInput { receive(server) }
    touch(server)
  }

  func drain() {
    state.drain()
    touch(server)
  }

  /// Asks for `finishTick`.
  func touch(_ server: HTTPServer) {
    guard !isTouched else { return }
    isTouched = true
    server.touch(self)
  }

  /// Asks for `finishTick` and closes then.
  func doom() {
    isDoomed = true
    touch(server)
  }

  /// Sends what there is to send, and tells the loop what to wait for.
  func finishTick(_ server: HTTPServer) {
    isTouched = false
    guard transport != nil else { return }
    if isDoomed || !flush(server) {
      close()
      return
    }
    resumeIfPossible(server)
    settle(server)
  }

  func close() {
    guard transport != nil else { return }
    let server = server
    if let registration { server.loop.forget(registration) }
    if let timer { server.loop.removeTimer(timer) }
    transport = nil
    dropReader()
    let exchange = state.hasExchange ? exchange : nil
    state.end()
    server.closed(self, exchange)
  }
}

// MARK: - Lending

extension Connection {
  /// What `body` makes of the transport; `nil` when the connection is closed. Meanwhile the connection has none.
  @inline(__always)
  func withTransport<Value>(_ body: (inout Transport) -> Value) -> Value? {
    guard var transport = transport.take() else { return nil }
    let result = body(&transport)
    self.transport = consume transport
    return result
  }

  /// What `body` makes of the output. Meanwhile the connection's own is empty.
  @inline(__always)
  func withOutput<Value>(_ body: (inout OutputQueue) -> Value) -> Value {
    var output = OutputQueue()
    swap(&output, &self.output)
    let result = body(&output)
    swap(&output, &self.output)
    return result
  }
}

// MARK: - Output

extension Connection {
  /// `false` when the connection is at its end.
  private func flush(_ server: HTTPServer) -> Bool {
    if hasOutput {
      switch send() {
      case .emptied: if output.hasBuffer { reclaimOutput(server) }
      case .blocked: outputBlocked(server)
      case .failed: return false
      }
      if hasOutput { return true }
    }
    if state.isDrained, reader == nil {
      sayGoodbye()
      return false
    }
    switch state.outputEmptied(now: server.loop.now) {
    case .nothing: break
    case .close:
      sayGoodbye()
      return false
    case .shutdownWrite: withTransport { $0.shutdownWrite() }
    }
    return true
  }

  private func send() -> OutputQueue.Progress {
    withTransport { transport in withOutput { $0.write(to: transport) } } ?? .failed
  }

  private func reclaimOutput(_ server: HTTPServer) {
    if let buffer = withOutput({ $0.takeBuffer() }) { server.reclaim(buffer) }
  }

  private func outputBlocked(_ server: HTTPServer) {
    guard !state.isWriting else { return }
    let taken = taken
    state.outputBlocked(taken: taken, now: server.loop.now)
  }

  private func sayGoodbye() {
    withTransport { $0.sayGoodbye() }
  }

  /// Encrypted bytes that the kernel has not taken.
  @inline(__always)
  var encryptedWaiting: Int { isTLS ? withTransport { $0.waiting } ?? 0 : 0 }

  /// Bytes in memory that wait for the client.
  var unsentBytes: Int { output.waiting + encryptedWaiting }

  @inline(__always)
  private var hasOutput: Bool { !output.isEmpty || encryptedWaiting > 0 }

  /// Bytes that the client has acknowledged since the connection began.
  private var taken: UInt64 {
    let accepted = output.accepted
    return accepted - min(accepted, UInt64(withTransport { $0.unacknowledged } ?? 0))
  }

  /// Whether TLS has read ahead of what it gave out.
  var holdsDecrypted: Bool { isTLS ? withTransport { $0.hasMore } ?? false : false }

  /// Asks to be resumed when there are bytes to look at and nothing stands in their way.
  func resumeIfPossible(_ server: HTTPServer) {
    if !isParsing, hasUnread ? canParse(server) : holdsInput { server.resume(self) }
  }

  /// Tells the loop what to wait for, where that has changed.
  private func settle(_ server: HTTPServer) {
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
    // A timer that rings too early finds nothing to do and is set anew: cheaper than to move it twice a request.
    if let deadline = state.deadline, armed.map({ deadline < $0 }) ?? true, let timer {
      armed = deadline
      server.loop.setDeadline(timer, to: deadline)
    }
  }
}
