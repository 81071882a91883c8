// SPDX-License-Identifier: Apache-2.0

import HTTP1
import Reactor

/// The life of a connection as a value: what may happen next, until when, and how it ends. It knows neither sockets nor
/// bytes; every event is a call, every consequence an answer or a property.
struct ConnectionState {
  enum Phase: Hashable {
    /// Agreeing on TLS, before the first request.
    case handshake
    /// Waiting for the first byte of a request.
    case idle
    /// A part of a head has come.
    case head
    /// The head is complete, a part of the body is missing.
    case body
    /// The request is with the handler.
    case handling
    /// The answer is being streamed.
    case streaming
    /// The last answer has been written and only waits for the client to take it.
    case ending
    /// The client has the last answer; what it still sends is thrown away.
    case lingering
  }

  /// What to do when the output has been taken by the client.
  enum AfterOutput: Hashable {
    case nothing
    case close
    /// Tell the client that no more will come, and read on.
    case shutdownWrite
  }

  /// What a deadline that has passed means.
  enum Expiry: Hashable {
    case nothing
    case close
    /// The client takes its answer slowly: `continuesWriting` decides.
    case writing
    /// The request took too long: it is answered with 408, for this reason.
    case timeout(StaticString)

    static func == (left: Expiry, right: Expiry) -> Bool {
      switch (left, right) {
      case (.nothing, .nothing), (.close, .close), (.writing, .writing): true
      case (.timeout(let one), .timeout(let other)): one.description == other.description
      default: false
      }
    }

    func hash(into hasher: inout Hasher) {
      if case .timeout(let reason) = self { hasher.combine(reason.description) }
    }
  }

  /// What the end of the client's bytes means.
  enum AfterEnd: Hashable {
    /// The answer that is due is still awaited.
    case wait
    /// Nothing more can come of this connection.
    case close
    /// It ended inside a request.
    case incompleteRequest
  }

  /// Bytes that a client must take within the write time, as long as there are so many.
  static let writeQuantum = 256 * 1024
  /// Bytes that are read and thrown away at the end of a connection before it is closed all the same.
  static let lingerBytes = 256 * 1024

  private(set) var phase = Phase.idle
  /// Counts the requests of this connection.
  private(set) var number: UInt32 = 0
  /// Whether the request with the handler is HEAD: its answer has no body.
  private(set) var isHead = false
  /// Whether the request with the handler is HTTP/1.0: its answer cannot be chunked.
  private(set) var isHTTP10 = false

  private let times: ConnectionTimes
  private var readDeadline: MonotonicTime?
  private var writeDeadline: MonotonicTime?
  private var takenBefore: UInt64 = 0
  private var lingered = 0
  private var clientKeepsAlive = true
  private var endsAfterAnswer = false
  private var lingers = false
  private(set) var hasInputEnded = false
  private var isDraining = false

  /// - Parameter handshakes: A TLS session has to be agreed on first.
  init(times: ConnectionTimes, handshakes: Bool = false, now: MonotonicTime) {
    self.times = times
    if handshakes { phase = .handshake }
    readDeadline = now.later(by: handshakes ? times.handshake : times.idle)
  }

  /// Whether the next request may be read.
  var isReading: Bool { phase == .idle || phase == .head || phase == .body }

  /// Whether a request waits for the end of its answer.
  var hasExchange: Bool { phase == .handling || phase == .streaming }

  /// Whether bytes of the client are of interest.
  var wantsInput: Bool { !hasInputEnded && phase != .ending }

  /// When `deadlinePassed` must be called, if nothing else happens.
  var deadline: MonotonicTime? {
    guard let readDeadline = awaitedReadDeadline else { return writeDeadline }
    guard let writeDeadline else { return readDeadline }
    return readDeadline.isReached(at: writeDeadline) ? readDeadline : writeDeadline
  }

  /// A client that is still taking an answer need not ask for more: its idle time begins when it has taken all.
  private var awaitedReadDeadline: MonotonicTime? {
    phase == .idle && writeDeadline != nil ? nil : readDeadline
  }
}

/// `ServerLimits`' times in nanoseconds.
struct ConnectionTimes {
  let handshake: UInt64
  let head: UInt64
  let body: UInt64
  let idle: UInt64
  let write: UInt64
  let linger: UInt64

  init(_ limits: ServerLimits) {
    handshake = limits.handshakeTime.wholeNanoseconds
    head = limits.headTime.wholeNanoseconds
    body = limits.bodyTime.wholeNanoseconds
    idle = limits.idleTime.wholeNanoseconds
    write = limits.writeTime.wholeNanoseconds
    linger = limits.lingerTime.wholeNanoseconds
  }
}

// MARK: - Requests

extension ConnectionState {
  /// The bytes so far are used up, and so much of a request is there. The deadlines are total: more bytes of the same
  /// part don't push them back.
  mutating func awaits(_ progress: MessageReader.Progress, now: MonotonicTime) {
    switch progress {
    case .nothing:
      if phase != .idle { enterIdle(now) }
    case .head where phase != .head:
      phase = .head
      readDeadline = now.later(by: times.head)
    case .body where phase != .body:
      phase = .body
      readDeadline = now.later(by: times.body)
    default:
      break
    }
  }

  /// A request goes to the handler. There is no deadline for its answer here: the handler has its own.
  mutating func requestBegins(keepsAlive: Bool, isHead: Bool, isHTTP10: Bool) {
    phase = .handling
    number &+= 1
    clientKeepsAlive = keepsAlive
    self.isHead = isHead
    self.isHTTP10 = isHTTP10
    readDeadline = nil
  }

  /// A request that could not be read goes to its answer, after which the connection ends: where the next one begins is
  /// unknown.
  mutating func faultBegins(isHead: Bool = false) {
    requestBegins(keepsAlive: true, isHead: isHead, isHTTP10: false)
    endsAfterAnswer = true
    lingers = true
  }

  /// The client will send no more.
  mutating func inputEnded(_ progress: MessageReader.Progress) -> AfterEnd {
    hasInputEnded = true
    switch phase {
    case .handshake: return .close
    case .idle, .head, .body: return progress == .nothing ? .close : .incompleteRequest
    case .handling, .ending: return .wait
    case .streaming, .lingering: return .close
    }
  }

  /// Requests may come, encrypted or, if that is what the client speaks, plain.
  mutating func handshakeEnded(now: MonotonicTime) {
    enterIdle(now)
  }

  /// There will be no session. What the client still sends is thrown away, so that it can read the alert in peace.
  mutating func handshakeFailed() {
    lingers = true
    end()
  }

  private mutating func enterIdle(_ now: MonotonicTime) {
    phase = .idle
    readDeadline = now.later(by: times.idle)
  }
}

// MARK: - Answers

extension ConnectionState {
  /// An answer begins: decides whether the connection outlives it (RFC 9112, 9.3).
  /// - Parameters:
  ///   - closes: The answer wants the connection to end.
  ///   - hasMoreInput: More bytes have come behind the request.
  mutating func answerBegins(closes: Bool, hasMoreInput: Bool) -> ResponseConnection {
    if !clientKeepsAlive {
      endsAfterAnswer = true
      // A client that asked for the end sends nothing behind it, unless it has already.
      if hasMoreInput { lingers = true }
    } else if closes || isDraining || (hasInputEnded && !hasMoreInput) {
      endsAfterAnswer = true
      lingers = true
    }
    if endsAfterAnswer { return .close }
    return isHTTP10 ? .keepAlive : .persistent
  }

  /// The answer goes on until `answerEnds`.
  mutating func streamBegins() {
    phase = .streaming
  }

  /// The whole answer is in the output.
  mutating func answerEnds(now: MonotonicTime) {
    if endsAfterAnswer {
      end()
    } else {
      enterIdle(now)
    }
  }

  /// Ends the connection as soon as the output has been taken.
  mutating func end() {
    phase = .ending
    readDeadline = nil
  }

  /// Whether the client's time to take the output is running.
  var isWriting: Bool { writeDeadline != nil }

  /// The output could not be sent whole. The client's time begins, unless it has already.
  /// - Parameter taken: Bytes that the client has acknowledged since the connection began.
  mutating func outputBlocked(taken: UInt64, now: MonotonicTime) {
    guard writeDeadline == nil else { return }
    writeDeadline = now.later(by: times.write)
    takenBefore = taken
  }

  /// The write deadline has passed: gives a client that has taken its portion another.
  mutating func continuesWriting(taken: UInt64, now: MonotonicTime) -> Bool {
    guard taken >= takenBefore + UInt64(Self.writeQuantum) else { return false }
    writeDeadline = now.later(by: times.write)
    takenBefore = taken
    return true
  }

  /// The client has taken all of the output.
  mutating func outputEmptied(now: MonotonicTime) -> AfterOutput {
    if phase == .idle, writeDeadline != nil { enterIdle(now) }
    writeDeadline = nil
    guard phase == .ending else { return .nothing }
    guard lingers, !hasInputEnded else { return .close }
    phase = .lingering
    readDeadline = now.later(by: times.linger)
    return .shutdownWrite
  }
}

// MARK: - The end

extension ConnectionState {
  /// Bytes were thrown away while lingering. `false` when it has been enough.
  mutating func lingers(on count: Int) -> Bool {
    lingered += count
    return lingered < Self.lingerBytes
  }

  mutating func deadlinePassed(now: MonotonicTime) -> Expiry {
    if let writeDeadline, writeDeadline.isReached(at: now) { return .writing }
    guard let readDeadline = awaitedReadDeadline, readDeadline.isReached(at: now) else { return .nothing }
    switch phase {
    case .head: return .timeout("the head took too long")
    case .body: return .timeout("the body took too long")
    case .handshake, .idle, .lingering: return .close
    case .handling, .streaming, .ending: return .nothing
    }
  }

  /// The server wants to end: this connection ends with the answer to its current request.
  mutating func drain() {
    isDraining = true
  }

  /// Whether the server wants to end and nothing of a request has come.
  var isDrained: Bool { isDraining && (phase == .idle || phase == .handshake) }
}

extension MonotonicTime {
  // As in the module of the type. Into that the compiler does not look, and would have every access to a state checked
  // that spans a call there.

  fileprivate func later(by nanoseconds: UInt64) -> MonotonicTime {
    var time = self
    let (sum, overflow) = time.nanoseconds.addingReportingOverflow(nanoseconds)
    time.nanoseconds = overflow ? .max : sum
    return time
  }

  fileprivate func isReached(at now: MonotonicTime) -> Bool { nanoseconds <= now.nanoseconds }
}
