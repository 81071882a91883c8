// SPDX-License-Identifier: Apache-2.0

import Glibc
import Synchronization

/// Stands between a client and a server on loopback and passes on what they say, until it is told to cut an exchange
/// after so many bytes.
final class Relay: Sendable {
  struct Cut: Sendable {
    enum Side: Sendable {
      /// Bytes of the request; the server never answers.
      case request
      /// Bytes of the response, its head included.
      case response
      /// Bytes of the response's body.
      case body
    }

    let side: Side
    let bytes: Int
    /// Called before the connections are closed.
    var blow: @Sendable () -> Void = {}
  }

  enum Treatment: Sendable {
    case pass
    case cut(Cut)
    /// The client gets this instead of an answer of the server, which is not asked.
    case answer(String)
  }

  /// What is to be done with an exchange that begins with this line, after so many that began with the same one.
  typealias Rule = @Sendable (_ requestLine: String, _ earlier: Int) -> Treatment

  /// An exchange that was passed on whole or in part.
  struct Exchange: Sendable {
    let requestLine: String
    /// Bytes that the client sent.
    let request: Int
    /// Bytes that the client was given.
    var response = 0
  }

  private struct State {
    var rule: Rule = { _, _ in .pass }
    var counts: [String: Int] = [:]
    var exchanges: [Exchange] = []
  }

  let port: UInt16
  private let target: UInt16
  private let listener: Int32
  private let state = Mutex(State())

  /// Listens until `close`.
  init(to target: UInt16) throws {
    self.target = target
    (listener, port) = try boundSocket()
    guard listen(listener, 128) == 0 else { throw Broken.call("listen") }
    onThread { [self] in
      while case let number = accept(listener, nil, nil), number >= 0 {
        _ = fcntl(number, F_SETFD, FD_CLOEXEC)
        let client = Wire(taking: number)
        // Whichever of the two goes away, the other one is let go.
        onThread { [self] in try? relay(client) }
      }
      Glibc.close(listener)
    }
  }

  /// Takes no more connections.
  func close() { shutdown(listener, Int32(SHUT_RDWR)) }

  func use(_ rule: @escaping Rule) { state.withLock { $0.rule = rule } }

  /// The exchanges so far whose request begins so, in the order in which they came.
  func exchanges(_ start: String) -> [Exchange] {
    state.withLock { $0.exchanges.filter { $0.requestLine.hasPrefix(start) } }
  }

  /// One connection of a client, with one of its own to the server.
  private func relay(_ client: Wire) throws {
    let server = try Wire(port: target)
    while let (head, request) = try Self.message(from: client) {
      let (treatment, place) = state.withLock { state in
        state.exchanges.append(Exchange(requestLine: head.firstLine, request: request.count))
        let earlier = state.counts[head.firstLine, default: 0]
        state.counts[head.firstLine] = earlier + 1
        return (state.rule(head.firstLine, earlier), state.exchanges.count - 1)
      }
      switch treatment {
      case .answer(let answer): try client.send(answer.utf8)
      case .cut(let cut) where cut.side == .request:
        try server.send(request.prefix(cut.bytes))
        return cut.blow()
      case .cut(let cut):
        try server.send(request)
        _ = try answer(client, server, cut, place)
        return cut.blow()
      case .pass:
        try server.send(request)
        guard try answer(client, server, nil, place) else { return }
      }
    }
  }

  /// Passes on the response; whether the connection is still good.
  private func answer(_ client: Wire, _ server: Wire, _ cut: Cut?, _ place: Int) throws -> Bool {
    var response: [UInt8] = []
    var passed = 0
    while true {
      let head = MessageHead(response)
      var end = head.flatMap { head in head.contentLength.map { head.length + $0 } } ?? .max
      switch cut?.side {
      case .response: end = min(end, cut?.bytes ?? 0)
      case .body: end = min(end, head.map { $0.length + (cut?.bytes ?? 0) } ?? 0)
      case .request, nil: break
      }
      let part = response[passed..<max(passed, min(end, response.count))]
      passed += part.count
      state.withLock { $0.exchanges[place].response = passed }
      try client.send(part)
      if head != nil || cut?.side == .response, passed >= end { return cut == nil }
      let more = try server.receive()
      guard !more.isEmpty else { return false }
      response += more
    }
  }

  /// The next whole message with a length; `nil` at the end.
  private static func message(from wire: Wire) throws -> (MessageHead, [UInt8])? {
    var bytes: [UInt8] = []
    while true {
      if let head = MessageHead(bytes), bytes.count >= head.length + (head.contentLength ?? 0) { return (head, bytes) }
      let more = try wire.receive()
      guard !more.isEmpty else { return nil }
      bytes += more
    }
  }
}
