// SPDX-License-Identifier: Apache-2.0

package import HTTP1
package import OpenSSL
package import Reactor

/// An HTTP/1.1 server on one loop: several listeners, one handler.
///
/// It stays on the loop's thread; other threads reach it through a mailbox of the loop. Answers leave at the end of the
/// tick they were given in, those for one connection together. Whoever makes it keeps it for as long as the loop runs.
package final class HTTPServer {
  package let loop: Loop
  package let limits: ServerLimits

  let handler: any RequestHandler
  let times: ConnectionTimes
  /// What is read from any connection lies here until it is used up or kept.
  var readBuffer = [UInt8](repeating: 0, count: 64 * 1024)
  /// What has come in this tick and was not looked at.
  var arrivals = Arrivals(buffer: [UInt8](repeating: 0, count: 64 * 1024))
  private(set) var ports: [Port] = []
  private(set) var connections: [Connection?] = []
  private var generations: [UInt32] = []
  private var freeSlots: [UInt32] = []
  private var open = 0
  private var addresses = AddressCounter()
  /// Connections to be looked at once more at the end of the tick.
  private var touched: [Connection] = []
  private var resumed: [Connection] = []
  private var spareOutputs: [[UInt8]] = []
  /// The Date field's line, put together once a second.
  private(set) var dateLine: [UInt8] = []
  private(set) var dateSecond = Int64.min
  private var dateTick = UInt64.max
  private var whenEmpty: (() -> Void)?
  private var isDraining = false

  /// - Parameter handler: Held by the server; a handler that needs the server holds it `unowned`.
  package init(loop: Loop, limits: ServerLimits = .standard, handler: any RequestHandler) {
    self.loop = loop
    self.limits = limits
    self.handler = handler
    times = ConnectionTimes(limits)
    loop.afterEvents { [unowned self] in takeArrivals() }
    loop.atTickEnd(.resume) { [unowned self] in resumeConnections() }
    loop.atTickEnd(.flush) { [unowned self] in finishTick() }
  }

  // MARK: Listening

  /// Listens on an address and answers the address it is bound to, with the port chosen for port 0.
  /// - Parameters:
  ///   - tls: What connections agree to and are shown; `nil` for plain HTTP.
  ///   - reserve: Of the connections that the server may have open, so many are this listener's alone.
  ///   - standing: What every answer says besides.
  package func listen(
    on address: SocketAddress, tag: ListenerTag, limits: HTTPLimits = .standard, tls: TLSContext? = nil,
    reserve: Int = 0, standing: StandingFields = .none
  ) throws(SystemError) -> SocketAddress {
    let port = Port(tag: tag, limits: limits, tls: tls.map(TLSEndpoint.init), reserve: reserve, standing: standing)
    return add(port, try Listener(loop: loop, address: address, acceptor: acceptor(port)))
  }

  /// Listens on a socket that somebody else has bound and put to listening (socket activation).
  package func listen(
    adopting descriptor: consuming Descriptor, tag: ListenerTag, limits: HTTPLimits = .standard,
    tls: TLSContext? = nil, reserve: Int = 0, standing: StandingFields = .none
  ) throws(SystemError) -> SocketAddress {
    let port = Port(tag: tag, limits: limits, tls: tls.map(TLSEndpoint.init), reserve: reserve, standing: standing)
    return add(port, try Listener(loop: loop, adopting: descriptor, acceptor: acceptor(port)))
  }

  /// Shows another certificate from now on, on the listeners with that tag that speak TLS. Connections that have begun
  /// keep the one they were shown.
  package func use(_ tls: TLSContext, for tag: ListenerTag) {
    for port in ports where port.tag == tag { port.tls?.context = tls }
  }

  /// What the listeners with that tag have seen.
  package func counters(_ tag: ListenerTag) -> ListenerCounters {
    var sum = ListenerCounters()
    for port in ports where port.tag == tag {
      sum.add(port.counters, starvations: port.listener?.starvations ?? 0)
      sum.requestBytes += port.requestBytes
    }
    return sum
  }

  /// Connections open now, on all listeners.
  package var openConnections: Int { open }

  private func acceptor(_ port: Port) -> Listener.Acceptor {
    { [unowned self] connection, peer in accept(connection, peer, port) }
  }

  private func add(_ port: Port, _ listener: Listener) -> SocketAddress {
    port.listener = listener
    ports.append(port)
    updateAccepting()
    return listener.address
  }

  /// Lets each listener accept as long as there is room that the others have not set aside for themselves.
  private func updateAccepting() {
    let reserved = ports.reduce(0) { $0 + $1.unusedReserve }
    for port in ports {
      let isFull = open + reserved - port.unusedReserve >= limits.connections
      if isFull { port.listener?.pause() } else { port.listener?.resume() }
    }
  }

  // MARK: Answering

  /// Answers a request. Ignored when its connection is gone or it has been answered.
  package func respond(to exchange: Exchange, with response: Response) {
    connection(of: exchange)?.answer(response)
  }

  /// Answers a request with the same bytes as ever.
  package func respond(to exchange: Exchange, with response: PreparedResponse) {
    connection(of: exchange)?.answer(response, self)
  }

  /// Sends a part of a streamed answer. `false` when there is nobody to send it to any more.
  @discardableResult
  package func stream(_ exchange: Exchange, _ bytes: Span<UInt8>) -> Bool {
    connection(of: exchange)?.stream(bytes) ?? false
  }

  /// Ends a streamed answer.
  package func endStream(_ exchange: Exchange) {
    connection(of: exchange)?.endStream()
  }

  private func connection(of exchange: Exchange) -> Connection? {
    let index = Int(exchange.slot)
    guard index < connections.count, let connection = connections[index] else { return nil }
    return connection.generation == exchange.generation && connection.isCurrent(exchange) ? connection : nil
  }

  // MARK: Ending

  /// Accepts no more connections, closes those without a request, and lets every other end with its current answer.
  /// What is open after `time` is cut off. `whenEmpty` is called once, at the end of the tick in which no connection is
  /// left; a further call replaces it and may shorten the time.
  package func drain(within time: Duration, whenEmpty: @escaping () -> Void) {
    self.whenEmpty = whenEmpty
    loop.requestTick()
    loop.after(time) { [unowned self] in
      for connection in connections { connection?.doom() }
    }
    guard !isDraining else { return }
    isDraining = true
    for port in ports { port.close() }
    for connection in connections { connection?.drain() }
  }
}

// MARK: - Connections

extension HTTPServer {
  /// Takes a connection in, unless its address has too many.
  func accept(_ channel: consuming Channel, _ peer: SocketAddress, _ port: Port) {
    guard addresses.enter(peer, limit: limits.connectionsPerAddress) else {
      port.counters.turnedAway &+= 1
      return
    }
    let slot = takeSlot()
    let transport = Transport(channel, tls: port.tls.map(TLSTransport.init))
    let connection = Connection(
      server: self, port: port, transport: transport, peer: peer, slot: slot, generation: generations[Int(slot)])
    do {
      try connection.start()
    } catch {
      // The kernel has no memory to watch it: it closes as if it had never been accepted.
      freeSlots.append(slot)
      addresses.leave(peer)
      return
    }
    place(connection, in: slot)
    port.counters.accepted &+= 1
    port.counters.open += 1
    open += 1
    updateAccepting()
  }

  /// A connection has closed; `exchange` is what it still owed an answer to.
  func closed(_ connection: Connection, _ exchange: Exchange?) {
    place(nil, in: connection.slot)
    generations[Int(connection.slot)] &+= 1
    freeSlots.append(connection.slot)
    addresses.leave(connection.peer)
    connection.port.counters.open -= 1
    open -= 1
    updateAccepting()
    for port in ports { port.listener?.descriptorFreed() }
    if let exchange { handler.exchangeClosed(exchange) }
  }

  private func takeSlot() -> UInt32 {
    if let slot = freeSlots.popLast() { return slot }
    let slot = UInt32(generations.count)
    generations.append(0)
    place(nil, in: slot)
    return slot
  }

  /// Takes the places out to change them, as `Connection` says: answers look here every time.
  private func place(_ connection: Connection?, in slot: UInt32) {
    var places: [Connection?] = []
    swap(&places, &connections)
    if Int(slot) == places.count { places.append(connection) } else { places[Int(slot)] = connection }
    swap(&places, &connections)
  }

  /// Lets a connection be finished at the end of the tick.
  func touch(_ connection: Connection) {
    var batch: [Connection] = []
    swap(&batch, &touched)
    batch.append(connection)
    swap(&batch, &touched)
  }

  /// Lets a connection look at its bytes in this tick, or, when that part of it is over, in the next.
  func resume(_ connection: Connection) {
    resumed.append(connection)
    loop.requestTick()
  }

  private func resumeConnections() {
    guard !resumed.isEmpty else { return }
    var batch: [Connection] = []
    swap(&batch, &resumed)
    for connection in batch { connection.resume(self) }
  }

  private func finishTick() {
    while !touched.isEmpty {
      var batch: [Connection] = []
      swap(&batch, &touched)
      for connection in batch { connection.finishTick(self) }
      if touched.isEmpty {
        batch.removeAll(keepingCapacity: batch.capacity <= 1024)
        touched = batch
      }
    }
    if open == 0, let whenEmpty {
      self.whenEmpty = nil
      whenEmpty()
    }
  }
}

// MARK: - What connections share

extension HTTPServer {
  /// Buffers that wait for the next answer; more are given back.
  private static var spareBuffers: Int { 64 }
  private static var spareCapacity: Int { 16 * 1024 }

  /// Makes sure that the output has a buffer to append to.
  func prepare(_ output: inout OutputQueue) {
    if output.bytes.capacity == 0 { output.bytes = spareOutputs.popLast() ?? [] }
  }

  /// Keeps the empty buffer of an output that has been sent.
  func reclaim(_ buffer: [UInt8]) {
    if spareOutputs.count < Self.spareBuffers, buffer.capacity <= Self.spareCapacity { spareOutputs.append(buffer) }
  }

  /// Reads the clock, once a tick, before a date is written.
  func updateDate() {
    guard dateTick != loop.tick else { return }
    dateTick = loop.tick
    let second = loop.clock.unixSeconds()
    guard second != dateSecond else { return }
    dateSecond = second
    var line: [UInt8] = []
    if let date = IMFDate(unixSeconds: second) { ResponseWriter.appendDate(date, to: &line) }
    dateLine = line
  }
}

extension Port {
  fileprivate func close() {
    counters.starvations &+= listener?.starvations ?? 0
    listener?.close()
    listener = nil
  }
}

extension ListenerCounters {
  fileprivate mutating func add(_ other: ListenerCounters, starvations: UInt64) {
    accepted &+= other.accepted
    turnedAway &+= other.turnedAway
    open += other.open
    requests &+= other.requests
    faults.merge(other.faults) { $0 &+ $1 }
    failedHandshakes &+= other.failedHandshakes
    self.starvations &+= other.starvations &+ starvations
  }
}
