// SPDX-License-Identifier: Apache-2.0

import Reactor

/// Does on a socket what a `ConnectionState` decides: reads, hands requests over, writes, closes.
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

  var state: ConnectionState
  var output = OutputQueue()
  /// There only while bytes of the client are not used up.
  var reader: MessageReader?
  var transport: Transport?
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
      if hasOutput { return true }
    }
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
    // A timer that rings too early finds nothing to do and is set anew: cheaper than to move it twice a request.
    if let deadline = state.deadline, armed.map({ deadline < $0 }) ?? true, let timer {
      armed = deadline
      server.loop.setDeadline(timer, to: deadline)
    }
  }
}
