// SPDX-License-Identifier: Apache-2.0

import HTTP1
import Reactor
import Testing

@testable import Server

@Suite("Connection state")
struct ConnectionStateTests {
  private static func at(_ seconds: Double) -> MonotonicTime {
    MonotonicTime(nanoseconds: UInt64(seconds * 1_000_000_000))
  }

  private static func new() -> ConnectionState {
    ConnectionState(times: ConnectionTimes(.standard), now: at(0))
  }

  /// A state with a request in the handler's hands since second 1.
  private static func handling(keepsAlive: Bool = true, isHead: Bool = false, isHTTP10: Bool = false) -> ConnectionState
  {
    var state = new()
    state.requestBegins(keepsAlive: keepsAlive, isHead: isHead, isHTTP10: isHTTP10)
    return state
  }

  @Test("deadlines are those of the part that is being read, and total")
  func deadlines() {
    var state = Self.new()
    #expect(state.deadline == Self.at(75))
    state.awaits(.head, now: Self.at(10))
    #expect(state.deadline == Self.at(20))
    state.awaits(.head, now: Self.at(19))
    #expect(state.deadline == Self.at(20))
    state.awaits(.body, now: Self.at(20))
    #expect(state.deadline == Self.at(35))
    state.awaits(.body, now: Self.at(34))
    #expect(state.deadline == Self.at(35))
    state.requestBegins(keepsAlive: true, isHead: false, isHTTP10: false)
    #expect(state.deadline == nil)
    _ = state.answerBegins(closes: false, hasMoreInput: false)
    state.answerEnds(now: Self.at(40))
    #expect(state.deadline == Self.at(115))
    state.awaits(.nothing, now: Self.at(50))
    #expect(state.deadline == Self.at(115))
  }

  @Test("what a deadline means depends on the part that was awaited")
  func expiries() {
    var state = Self.new()
    #expect(state.deadlinePassed(now: Self.at(74)) == .nothing)
    #expect(state.deadlinePassed(now: Self.at(75)) == .close)
    state.awaits(.head, now: Self.at(0))
    #expect(state.deadlinePassed(now: Self.at(9)) == .nothing)
    #expect(state.deadlinePassed(now: Self.at(10)) == .timeout("the head took too long"))
    state.awaits(.body, now: Self.at(0))
    #expect(state.deadlinePassed(now: Self.at(15)) == .timeout("the body took too long"))
    state.requestBegins(keepsAlive: true, isHead: false, isHTTP10: false)
    #expect(state.deadlinePassed(now: Self.at(1000)) == .nothing)
    state.outputBlocked(taken: 0, now: Self.at(0))
    #expect(state.deadlinePassed(now: Self.at(29)) == .nothing)
    #expect(state.deadlinePassed(now: Self.at(30)) == .writing)
  }

  @Test("the write time begins with the block, and again for a client that has taken its portion")
  func writeDeadline() {
    let quantum = UInt64(ConnectionState.writeQuantum)
    var state = Self.handling()
    state.outputBlocked(taken: 10, now: Self.at(1))
    #expect(state.deadline == Self.at(31))
    state.outputBlocked(taken: 10 + quantum, now: Self.at(2))
    #expect(state.deadline == Self.at(31))
    let answers = [
      state.continuesWriting(taken: 10 + quantum - 1, now: Self.at(31)),
      state.continuesWriting(taken: 10 + quantum, now: Self.at(31)),
      state.continuesWriting(taken: 10 + quantum + 1, now: Self.at(61)),
    ]
    #expect(answers == [false, true, false])
    #expect(state.deadline == Self.at(61))
    #expect(state.outputEmptied(now: Self.at(62)) == .nothing)
    #expect(state.deadline == nil)
    state.outputBlocked(taken: 0, now: Self.at(63))
    #expect(state.deadline == Self.at(93))
  }

  @Test("the idle time begins when the answer has been taken")
  func idleAfterSlowAnswer() {
    var state = Self.handling()
    _ = state.answerBegins(closes: false, hasMoreInput: false)
    state.answerEnds(now: Self.at(1))
    state.outputBlocked(taken: 0, now: Self.at(70))
    #expect(state.deadline == Self.at(100))
    #expect(state.deadlinePassed(now: Self.at(99)) == .nothing)
    #expect(state.deadlinePassed(now: Self.at(100)) == .writing)
    #expect(state.outputEmptied(now: Self.at(101)) == .nothing)
    #expect(state.deadline == Self.at(176))
  }

  struct Case: Sendable {
    var keepsAlive = true
    var isHTTP10 = false
    var closes = false
    var more = false
    var ended = false
    var drains = false
    var field: ResponseConnection
    var after: ConnectionState.AfterOutput
  }

  @Test(
    "what becomes of the connection after an answer",
    arguments: [
      Case(field: .persistent, after: .nothing),
      Case(more: true, field: .persistent, after: .nothing),
      Case(isHTTP10: true, field: .keepAlive, after: .nothing),
      // The client wants the end: nothing can come behind, unless it has.
      Case(keepsAlive: false, field: .close, after: .close),
      Case(keepsAlive: false, isHTTP10: true, field: .close, after: .close),
      Case(keepsAlive: false, more: true, field: .close, after: .shutdownWrite),
      // The server wants the end: the client may be sending.
      Case(closes: true, field: .close, after: .shutdownWrite),
      Case(drains: true, field: .close, after: .shutdownWrite),
      Case(isHTTP10: true, closes: true, field: .close, after: .shutdownWrite),
      // The client has shut its side: what it sent before is still answered.
      Case(ended: true, field: .close, after: .close),
      Case(more: true, ended: true, field: .persistent, after: .nothing),
      Case(closes: true, more: true, ended: true, field: .close, after: .close),
    ])
  func afterAnAnswer(_ one: Case) {
    var state = Self.handling(keepsAlive: one.keepsAlive, isHTTP10: one.isHTTP10)
    if one.ended { #expect(state.inputEnded(.nothing) == .wait) }
    if one.drains { state.drain() }
    #expect(state.answerBegins(closes: one.closes, hasMoreInput: one.more) == one.field)
    state.answerEnds(now: Self.at(1))
    #expect(state.isReading == (one.after == .nothing))
    #expect(!state.hasExchange)
    #expect(state.outputEmptied(now: Self.at(2)) == one.after)
    #expect((state.phase == .lingering) == (one.after == .shutdownWrite))
  }

  @Test("a fault ends the connection, lingering as long as the client may be sending", arguments: [false, true])
  func fault(hasInputEnded: Bool) {
    var state = Self.new()
    state.awaits(.head, now: Self.at(0))
    if hasInputEnded { #expect(state.inputEnded(.head) == .incompleteRequest) }
    state.faultBegins()
    #expect(state.answerBegins(closes: false, hasMoreInput: true) == .close)
    state.answerEnds(now: Self.at(1))
    #expect(!state.isReading)
    #expect(!state.wantsInput)
    #expect(state.outputEmptied(now: Self.at(2)) == (hasInputEnded ? .close : .shutdownWrite))
    if !hasInputEnded {
      #expect(state.wantsInput)
      #expect(state.deadline == Self.at(4))
      #expect(state.deadlinePassed(now: Self.at(4)) == .close)
    }
  }

  @Test("lingering has had enough after so many bytes")
  func lingeringBytes() {
    var state = Self.new()
    let most = ConnectionState.lingerBytes
    let answers = [state.lingers(on: most - 1), state.lingers(on: 1)]
    #expect(answers == [true, false])
  }

  @Test(
    "what the end of the client's bytes means",
    arguments: [
      (ConnectionState.Phase.idle, MessageReader.Progress.nothing, ConnectionState.AfterEnd.close),
      (.handshake, .nothing, .close),
      (.head, .head, .incompleteRequest),
      (.body, .body, .incompleteRequest),
      (.handling, .nothing, .wait),
      (.streaming, .nothing, .close),
      (.ending, .nothing, .wait),
      (.lingering, .nothing, .close),
    ])
  func endOfInput(phase: ConnectionState.Phase, progress: MessageReader.Progress, meaning: ConnectionState.AfterEnd) {
    var state = Self.new()
    switch phase {
    case .handshake: state = ConnectionState(times: ConnectionTimes(.standard), handshakes: true, now: Self.at(0))
    case .idle: break
    case .head: state.awaits(.head, now: Self.at(0))
    case .body: state.awaits(.body, now: Self.at(0))
    case .handling: state = Self.handling()
    case .streaming:
      state = Self.handling()
      state.streamBegins()
    case .ending: state.end()
    case .lingering:
      state.faultBegins()
      state.answerEnds(now: Self.at(0))
      _ = state.outputEmptied(now: Self.at(0))
    }
    #expect(state.phase == phase)
    #expect(state.inputEnded(progress) == meaning)
    #expect(!state.wantsInput)
  }

  @Test("every request has its own number, a fault too")
  func numbers() {
    var state = Self.new()
    #expect(!state.hasExchange)
    for number in 1...3 {
      state.requestBegins(keepsAlive: true, isHead: false, isHTTP10: false)
      #expect(state.number == number)
      #expect(state.hasExchange)
      _ = state.answerBegins(closes: false, hasMoreInput: false)
      state.answerEnds(now: Self.at(0))
    }
    state.faultBegins()
    #expect(state.number == 4)
  }

  @Test("only a connection without a request is at its end when the server drains")
  func draining() {
    var state = Self.new()
    #expect(!state.isDrained)
    state.drain()
    #expect(state.isDrained)
    state.awaits(.head, now: Self.at(0))
    #expect(!state.isDrained)
    var busy = Self.handling()
    busy.drain()
    #expect(!busy.isDrained)
    var agreeing = ConnectionState(times: ConnectionTimes(.standard), handshakes: true, now: Self.at(0))
    agreeing.drain()
    #expect(agreeing.isDrained)
  }

  @Test("a handshake has a total time of its own, and the idle time begins behind it")
  func handshake() {
    var state = ConnectionState(times: ConnectionTimes(.standard), handshakes: true, now: Self.at(0))
    #expect(!state.isReading)
    #expect(state.wantsInput)
    #expect(state.deadline == Self.at(10))
    #expect(state.deadlinePassed(now: Self.at(9)) == .nothing)
    #expect(state.deadlinePassed(now: Self.at(10)) == .close)
    state.handshakeEnded(now: Self.at(9))
    #expect(state.phase == .idle)
    #expect(state.deadline == Self.at(9 + 75))
  }

  @Test("a handshake that failed leaves time to read the alert")
  func failedHandshake() {
    var state = ConnectionState(times: ConnectionTimes(.standard), handshakes: true, now: Self.at(0))
    state.handshakeFailed()
    #expect(!state.wantsInput)
    #expect(state.outputEmptied(now: Self.at(1)) == .shutdownWrite)
    #expect(state.phase == .lingering)
  }
}
