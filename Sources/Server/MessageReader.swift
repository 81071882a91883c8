// SPDX-License-Identifier: Apache-2.0

import HTTP1

/// Turns the bytes of a connection into requests. It does no input or output.
///
/// A request that lies whole in one read is read where it lies; only what is left of an incomplete one is kept between
/// reads. So a connection needs a reader only while it has bytes that are not used up.
final class MessageReader {
  /// What the bytes so far amount to.
  enum Step: Hashable {
    /// Part of a request, or nothing.
    case needMore
    /// A head whose sender waits to be told to go on; none of the body has come.
    case expectation
    /// A whole request: `head`, `bodyRange`; `finishRequest` goes on to the next.
    case request
    case fault(HTTPFault)
  }

  /// How far the request that is being read has come.
  enum Progress: Hashable {
    case nothing
    case head
    case body
  }

  private enum Stage {
    case head
    case body(length: Int)
    case chunkedBody
  }

  private var parser: RequestParser
  private var decoder: ChunkedDecoder
  private var stage = Stage.head
  /// Where the request begins, where its body begins, and where the bytes begin that nobody has looked at.
  private var start = 0
  private var bodyStart = 0
  private var next = 0
  private var kept: [UInt8] = []
  private var decoded: [UInt8] = []
  /// The parser stands inside a head, or behind a fault; otherwise it begins anew by itself.
  private var isInsideHead = false

  /// Bytes that came after the last whole request.
  private(set) var waiting = 0

  init(limits: HTTPLimits) {
    parser = RequestParser(limits: limits)
    decoder = ChunkedDecoder(limits: limits)
  }

  /// The head of the request, once it is complete; its ranges are places in the bytes last read.
  var head: RequestHead { parser.head }

  /// Whether the request being read, or refused, is known to be HEAD.
  var isHEAD: Bool {
    if case .head = stage, !isInsideHead { return false }
    return parser.isHEAD
  }

  /// The body's content after chunked framing is taken off, when it was framed so; `nil` when it lies in the bytes read.
  var decodedBody: [UInt8]? {
    if case .chunkedBody = stage { decoded } else { nil }
  }

  /// The body's place in `decodedBody`, or in the bytes last read.
  var bodyRange: Range<Int> {
    if case .chunkedBody = stage { 0..<decoded.count } else { bodyStart..<next }
  }

  /// Whether bytes have come behind the request that was read last.
  var hasMore: Bool { waiting > next - start }

  /// Where the request is in the bytes kept; meaningless between `takeKept` and `keep`.
  var progress: Progress {
    switch stage {
    case .head: waiting == 0 ? .nothing : .head
    case .body, .chunkedBody: .body
    }
  }

  /// Lets the first request begin there in the bytes that will be read first; for a reader that is fresh.
  func begin(at offset: Int) {
    start = offset
    bodyStart = offset
    next = offset
  }

  /// Reads on in the first `count` bytes of `bytes`, which begin where those of the last call began, or, after `keep`,
  /// with what was kept.
  func read(_ bytes: [UInt8], _ count: Int) -> Step {
    let span = bytes.span.extracting(0..<count)
    waiting = count - start
    if case .head = stage {
      let (result, framing) = parser.parseHead(span, from: start)
      switch result {
      case .needMore:
        isInsideHead = true
        return .needMore
      case .fault(let fault):
        isInsideHead = true
        return .fault(fault)
      case .head(let consumed):
        isInsideHead = false
        bodyStart = start + consumed
        beginBody(framing)
        if bodyStart == count, isBodyMissing, parser.head.expectsContinue { return .expectation }
      }
    }
    return readBody(span)
  }

  /// Goes on to the next request, after `.request`, or after an `.expectation` that was refused.
  func finishRequest() {
    waiting -= next - start
    start = next
    stage = .head
    forgetDecoded()
  }

  private func beginBody(_ framing: BodyFraming) {
    switch framing {
    case .none:
      stage = .body(length: 0)
    case .length(let length):
      stage = .body(length: length)
    case .chunked:
      decoder.reset()
      stage = .chunkedBody
    }
    next = bodyStart
  }

  private var isBodyMissing: Bool {
    switch stage {
    case .head: false
    case .body(let length): length > 0
    case .chunkedBody: true
    }
  }

  private func readBody(_ bytes: Span<UInt8>) -> Step {
    switch stage {
    case .head:
      return .needMore
    case .body(let length):
      guard bytes.count - bodyStart >= length else { return .needMore }
      next = bodyStart + length
      return .request
    case .chunkedBody:
      var output: [UInt8] = []
      swap(&output, &decoded)
      defer { swap(&output, &decoded) }
      switch decoder.decode(bytes, from: next, into: &output) {
      case .needMore(let consumed):
        next += consumed
        return .needMore
      case .done(let consumed):
        next += consumed
        return .request
      case .fault(let fault):
        return .fault(fault)
      }
    }
  }
}

// MARK: - Between reads

extension MessageReader {
  /// Room that is not given back between requests.
  private static var keptCapacity: Int { 16 * 1024 }

  /// Whether there are bytes from earlier reads, before which new ones must not be read.
  var hasKept: Bool { !kept.isEmpty }

  /// Bytes that it holds between reads.
  var held: Int { kept.count + decoded.count }

  /// Adds bytes that were just read behind those that are kept.
  func append(_ bytes: [UInt8], _ count: Int) {
    var all = takeKept()
    all.append(contentsOf: bytes[0..<count])
    kept = all
    waiting += count
  }

  /// Gives out what was kept, to be read and handed to `keep` again.
  func takeKept() -> [UInt8] {
    var bytes: [UInt8] = []
    swap(&bytes, &kept)
    return bytes
  }

  /// Keeps what of the first `count` bytes is not used up.
  /// - Parameter bytes: What was last read: what `takeKept` gave, or a buffer of somebody else.
  func keep(_ bytes: consuming [UInt8], _ count: Int, isOwn: Bool) {
    // The head is needed with the body; chunks are decoded already.
    let end = if case .chunkedBody = stage { bodyStart } else { count }
    if isOwn {
      bytes.removeSubrange(end...)
      bytes.removeSubrange(..<start)
      kept = bytes.isEmpty ? [] : bytes
    } else if start < end {
      kept = Array(bytes[start..<end])
    }
    if case .chunkedBody = stage { next = bodyStart }
    bodyStart -= start
    next -= start
    start = 0
    if case .head = stage {} else { parser.head.start = 0 }
    waiting = kept.count
  }

  /// Whether it has no bytes and no part of a request, so that another connection may use it.
  var isFresh: Bool { kept.isEmpty && progress == .nothing }

  /// Begins anew for another connection.
  func reset() {
    if isInsideHead { parser.reset() }
    isInsideHead = false
    stage = .head
    start = 0
    bodyStart = 0
    next = 0
    waiting = 0
    kept = []
    forgetDecoded()
  }

  private func forgetDecoded() {
    guard decoded.capacity > 0 else { return }
    var bytes: [UInt8] = []
    swap(&bytes, &decoded)
    guard bytes.capacity <= Self.keptCapacity else { return }
    bytes.removeAll(keepingCapacity: true)
    decoded = bytes
  }
}

extension RequestParser {
  /// As `parse`, with what is looked at for every head, so that one access to the parser does.
  fileprivate mutating func parseHead(_ bytes: Span<UInt8>, from start: Int) -> (ParseResult, BodyFraming) {
    let result = parse(bytes, from: start)
    return (result, head.framing)
  }
}
