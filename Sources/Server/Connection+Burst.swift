// SPDX-License-Identifier: Apache-2.0

import Reactor

/// The stages that a request goes through together with those of other connections (`Arrivals`).
extension Connection {
  /// Whether what comes now is the beginning of a request, with nothing in its way.
  func isBetweenRequests(_ server: HTTPServer) -> Bool {
    reader == nil && !isTLS && !isDoomed && state.phase != .lingering && wantsInput && canParse(server)
  }

  /// Reads what has come into the buffer from `offset` on, and answers where it stands; `nil` when nothing has.
  func arrive(in buffer: inout [UInt8], from offset: Int) -> Range<Int>? {
    guard let received = withTransport({ $0.receivePlain(into: &buffer, from: offset) }) else { return nil }
    if case .bytes(let count) = received { return offset..<offset + count }
    receivedNothing(received)
    return nil
  }

  /// Begins to look at what has come. `true` when a whole request is there, to be handed over before `endBurst`;
  /// everything else is done.
  func beginBurst(_ bytes: [UInt8], _ range: Range<Int>, _ server: HTTPServer) -> Bool {
    guard isBetweenRequests(server) else {
      // Something has happened to it since.
      if isOpen { take(Array(bytes[range]), range.count, server) }
      touch(server)
      return false
    }
    let reader = port.takeReader()
    self.reader = reader
    isParsing = true
    hasUnread = true
    reader.begin(at: range.lowerBound)
    let step = reader.read(bytes, range.upperBound)
    if case .request = step { return true }
    _ = act(on: step, bytes, reader, server)
    readOn(bytes, range.upperBound, reader, server)
    return false
  }

  /// Hands the request over.
  func handOver(_ bytes: [UInt8], _ server: HTTPServer) {
    if let reader { handOver(bytes, reader, server) }
  }

  /// The handler is done with the request.
  func endBurst(_ bytes: [UInt8], _ count: Int, _ server: HTTPServer) {
    guard let reader = reader.take() else { return }
    reader.finishRequest()
    if reader.waiting > 0 {
      self.reader = reader
      return readOn(bytes, count, reader, server)
    }
    // As ever, nothing came behind the request.
    isParsing = false
    port.putBack(reader)
    dropReader()
    if state.isReading { state.awaits(.nothing, now: server.loop.now) }
    if !isAtRest { touch(server) }
  }

  /// Looks at what came behind the first request, or waits for the rest of it.
  private func readOn(_ bytes: [UInt8], _ count: Int, _ reader: MessageReader, _ server: HTTPServer) {
    parse(bytes, count, reader, isOwn: false, server)
    limitBytes(server)
    if !isAtRest { touch(server) }
  }
}
