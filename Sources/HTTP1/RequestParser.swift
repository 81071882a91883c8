// SPDX-License-Identifier: Apache-2.0

/// What a call of `RequestParser.parse` found.
package enum ParseResult: Hashable, Sendable {
  /// Nothing wrong so far; call again with the same bytes and more behind them.
  case needMore
  /// `RequestParser.head` is filled; the body, or the next message, begins `consumed` bytes after `from`.
  case head(consumed: Int)
  /// The request is refused; answer and close. Further calls answer the same until `reset()`.
  case fault(HTTPFault)
}

/// Reads the head of one HTTP/1.x request after the other (RFC 9112), without a lenient mode.
///
/// It is a machine that takes one byte at a time, so the verdict falls at the first byte that decides it and does not
/// depend on how the bytes were cut; lines that are whole and ordinary are read by shortcuts. It remembers how far it has read: a head that drips in costs no more than one that
/// comes at once. Between two calls of one head the caller may move the bytes, as long as `from` names the place of the
/// message's first byte and everything from there on is still present.
///
///     switch parser.parse(buffer.span, from: start) {
///     case .needMore: read more
///     case .head(let consumed): parser.head…; the body begins at start + consumed
///     case .fault(let fault): answer fault.status, close
///     }
package struct RequestParser: Sendable {
  /// The last complete head. Use it in place: a copy shares the field array, and the next head would then allocate.
  package var head = RequestHead()

  package let limits: HTTPLimits

  var stage = Stage.start
  /// The next byte to look at, relative to the message's first byte.
  var next = 0
  /// Where the token being read begins, relative to the message's first byte.
  var mark = 0
  var authorityMark = 0
  var pathMark = 0
  var queryMark = 0
  /// Hexadecimal digits still due after a "%".
  var escapeDigits = 0
  var emptyLines = 0
  /// The method is PRI, with which only the HTTP/2 connection preface begins.
  var isPreface = false
  var nameEnd = 0
  var valueStart = 0
  var valueEnd = 0
  var framing = FramingFields()
  var failure: HTTPFault?

  package init(limits: HTTPLimits = .standard) {
    self.limits = limits
    head.makeRoom()
  }

  /// Begins a new message, whatever came before. `parse` does so itself after a complete head.
  package mutating func reset() {
    head.reset()
    stage = .start
    next = 0
    escapeDigits = 0
    emptyLines = 0
    framing = FramingFields()
    failure = nil
  }

  /// Whether bytes of a head that is not complete yet have been seen; ignored empty lines do not count.
  package var isInsideHead: Bool {
    switch stage {
    case .start, .emptyLineEnd, .complete: false
    default: true
    }
  }

  /// Whether the request being read, or refused, is known to be HEAD: its answer has no content, whatever it says.
  package var isHEAD: Bool {
    stage.rawValue > Stage.method.rawValue && head.method == .head
  }

  /// Reads on in the message that begins at `from`.
  /// - Parameters:
  ///   - bytes: the buffer's filled part. Bytes behind the head (a body, pipelined requests) are not looked at.
  ///   - from: where this message begins, 0 ... `bytes.count`.
  package mutating func parse(_ bytes: Span<UInt8>, from: Int) -> ParseResult {
    if stage == .complete { reset() }
    if let failure { return .fault(failure) }
    head.start = from
    do {
      try advance(bytes.extracting(from..<bytes.count))
    } catch {
      failure = error
      return .fault(error)
    }
    return stage == .complete ? .head(consumed: next) : .needMore
  }

  /// Runs until the head is complete or `message` is used up. `message` begins at the message's first byte.
  private mutating func advance(_ message: Span<UInt8>) throws(HTTPFault) {
    while stage != .complete {
      let isInLine = stage.isInRequestLine
      let limit = isInLine ? min(limits.head, Int(head.lineStart) + limits.requestLine) : limits.head
      guard next < limit else { throw isInLine ? .requestLineTooLong : .headTooLarge }
      guard next < message.count else { return }
      try step(message, stop: min(limit, message.count))
    }
  }

  /// Reads on in the current part of the grammar. There is at least one byte before `stop`.
  @inline(__always)
  private mutating func step(_ message: Span<UInt8>, stop: Int) throws(HTTPFault) {
    switch stage {
    case .start: if !readWholeMethod(message, stop) { try readStart(message[next]) }
    case .emptyLineEnd: try readEmptyLineEnd(message[next])
    case .method: try readMethod(message, stop)
    case .target: try readTargetStart(message[next])
    case .asteriskEnd: try readAsteriskEnd(message[next])
    case .scheme: try readScheme(message, stop)
    case .schemeFirstSlash: try readSchemeSlash(message[next], then: .schemeSecondSlash)
    case .schemeSecondSlash: try readSchemeSlash(message[next], then: .authority)
    case .authority: try readAuthority(message, stop)
    case .path: try readPath(message, stop)
    case .query: try readQuery(message, stop)
    case .versionName: if !readWholeVersion(message, stop) { try readVersionName(message, stop) }
    case .versionMajor, .versionDot, .otherVersionDot, .versionMinor, .otherVersionMinor:
      try readVersionNumber(message[next])
    case .requestLineEnd: try readRequestLineEnd(message[next])
    case .requestLineFeed: try readLineFeed(message[next], then: .fieldStart)
    case .fieldStart:
      try readWholeFields(message, stop)
      if next < stop { try readFieldStart(message[next]) }
    case .fieldName: try readFieldName(message, stop)
    case .fieldBlank: try readFieldBlank(message, stop)
    case .fieldValue: try readFieldValue(message, stop)
    case .fieldLineFeed:
      try readLineFeed(message[next], then: .fieldStart)
      try finishField(message)
    case .headLineFeed:
      try readLineFeed(message[next], then: .complete)
      try finishHead()
    case .complete: break
    }
  }

  /// Every line ends in CRLF: RFC 9112, 2.2 allows a bare LF to be taken for one, and two parsers that differ in it
  /// see different messages.
  mutating func readLineFeed(_ byte: UInt8, then following: Stage) throws(HTTPFault) {
    guard byte == .lineFeed else { throw .bareCarriageReturn }
    next += 1
    stage = following
  }
}

extension RequestParser {
  /// The part of the grammar that the next byte belongs to, in the order of a message.
  enum Stage: UInt8 {
    case start, emptyLineEnd
    case method
    case target, asteriskEnd, scheme, schemeFirstSlash, schemeSecondSlash, authority, path, query
    case versionName, versionMajor, versionDot, otherVersionDot, versionMinor, otherVersionMinor
    case requestLineEnd, requestLineFeed
    case fieldStart, fieldName, fieldBlank, fieldValue, fieldLineFeed
    case headLineFeed, complete

    @inline(__always)
    var isInRequestLine: Bool {
      rawValue >= Stage.method.rawValue && rawValue <= Stage.requestLineFeed.rawValue
    }
  }
}
