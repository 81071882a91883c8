// SPDX-License-Identifier: Apache-2.0

internal import Callbacks
internal import HTTP1
internal import JSON
internal import Ledger
internal import Logging
internal import Server

/// The public listener's work: callbacks in, a 200 out once they are on disk. Lives on the loop.
final class CallbackEndpoint {
  private let server: HTTPServer
  private let ledger: Ledger
  private let logger: Logger
  private let echo: Echo
  private let timestampName = FieldName("x-webhook-timestamp")
  private let signatureName = FieldName("x-webhook-signature")
  private var verifier: Verifier
  private var budget = RefusalBudget()
  /// The field lines of the callbacks in `verified`.
  private var fieldLines = FieldLines()
  private var verified: [Verified] = []
  private(set) var counts = CallbackCounts()
  /// Hears of refused callbacks that are a reason to ask the provider.
  var onStale: ((Rejected) -> Void)?

  private let received = PreparedResponse(
    status: 200, contentType: "application/json", body: Array(#"{"status":"received"}"#.utf8))

  init(server: HTTPServer, ledger: Ledger, policy: CallbackPolicy, echo: Echo, logger: Logger) {
    self.echo = echo
    self.server = server
    self.ledger = ledger
    self.logger = logger
    verifier = Verifier(policy)
  }

  /// From the next callback on, other keys and another tolerance count.
  func use(_ policy: CallbackPolicy) {
    verifier = Verifier(policy)
  }

  func handle(_ request: borrowing Request, _ exchange: Exchange) {
    switch CallbackRoute(path: request.path, in: request.bytes.span) {
    case nil:
      answer(404, "there is nothing here", exchange)
    case .liveness:
      guard request.head.method == .get || request.head.method == .head else {
        return refuseMethod("GET, HEAD", exchange)
      }
      server.respond(to: exchange, with: Response(status: 200, contentType: "text/plain", text: "live\n"))
    case .callback(let kind, let token):
      guard case .post = request.head.method else { return refuseMethod("POST", exchange) }
      receive(request, exchange, kind, token)
    }
  }

  // MARK: - Callbacks

  private func receive(
    _ request: borrowing Request, _ exchange: Exchange, _ kind: CallbackKind, _ token: Range<Int>?
  ) {
    let now = Timestamp.now()
    let (timestamp, signature) = request.head.onlyValues(
      of: timestampName, signatureName, in: request.bytes.span)
    let input = CallbackInput(kind: kind, token: token, timestamp: timestamp, signature: signature)
    let outcome =
      if let decodedBody = request.decodedBody {
        verifier.verify(
          input, head: request.bytes.span, body: decodedBody.span.extracting(request.bodyRange), now: now)
      } else {
        verifier.verify(
          input, head: request.bytes.span, body: request.bytes.span.extracting(request.bodyRange), now: now)
      }
    switch outcome {
    case .rejected(let rejected):
      refuse(rejected, request, exchange, now)
    case .verified(let callback) where callback.news.submission == Echo.submission:
      answerDoctor(callback.news.report.providerTaskID, exchange)
    case .verified(let callback):
      var all: [Verified] = []
      swap(&all, &verified)
      all.append(
        Verified(
          callback: callback, at: now, exchange: exchange, fields: fields(of: request), bytes: request.bytes,
          target: request.head.target, decodedBody: request.decodedBody, body: request.bodyRange))
      swap(&all, &verified)
    }
  }

  /// A callback for the ledger, with the parts of its request in the server's buffers.
  private struct Verified {
    let callback: VerifiedCallback
    let at: Timestamp
    let exchange: Exchange
    let fields: Range<Int>
    let bytes: [UInt8]
    let target: Range<Int>
    /// See `Request.decodedBody`.
    let decodedBody: [UInt8]?
    let body: Range<Int>
  }

  /// Hands over to the ledger what has been verified, when the burst ends. That is a stage of its own.
  func keepVerified() {
    var all: [Verified] = []
    swap(&all, &verified)
    var lines = FieldLines()
    swap(&lines, &fieldLines)
    keep(all.span, lines.buffer.span)
    all.removeAll(keepingCapacity: true)
    swap(&all, &verified)
    // Refused ones have left theirs there, too.
    lines.removeAll()
    swap(&lines, &fieldLines)
  }

  private func keep(_ callbacks: Span<Verified>, _ lines: Span<UInt8>) {
    for index in callbacks.indices {
      let fields = lines.extracting(callbacks[index].fields)
      let reception =
        if let decodedBody = callbacks[index].decodedBody {
          append(callbacks, index, fields, decodedBody.span)
        } else {
          append(callbacks, index, fields, callbacks[index].bytes.span)
        }
      note(reception, callbacks[index].exchange)
    }
  }

  @inline(__always)
  private func append(
    _ callbacks: Span<Verified>, _ index: Int, _ fields: Span<UInt8>, _ body: Span<UInt8>
  ) -> Ledger.Reception {
    ledger.append(
      callbacks[index].callback, target: callbacks[index].bytes.span.extracting(callbacks[index].target),
      fields: fields, body: body.extracting(callbacks[index].body), at: callbacks[index].at,
      ticket: callbacks[index].exchange.ticket)
  }

  private func note(_ reception: Ledger.Reception, _ exchange: Exchange) {
    switch reception {
    case .queued:
      counts.received += 1
    case .duplicate:
      counts.duplicates += 1
      server.respond(to: exchange, with: received)
    case .closed:
      unavailable("the server is shutting down", exchange)
    }
  }

  /// A batch became durable, or failed to.
  func committed(_ commit: Commit) {
    if commit.failure != nil {
      counts.unavailable += UInt64(commit.tickets.count)
      for ticket in commit.tickets {
        unavailable("the callback could not be written to disk, please send it again", Exchange(ticket))
      }
    } else {
      for ticket in commit.tickets { server.respond(to: Exchange(ticket), with: received) }
    }
  }

  /// Where the request's fields stand for the journal in `fieldLines`.
  private func fields(of request: borrowing Request) -> Range<Int> {
    var lines = FieldLines()
    swap(&lines, &fieldLines)
    let range = lines.append(request)
    swap(&lines, &fieldLines)
    return range
  }

  // MARK: - Refusing

  private func refuse(_ rejected: Rejected, _ request: borrowing Request, _ exchange: Exchange, _ now: Timestamp) {
    if rejected.submission == Echo.submission { return answerDoctor(rejected.taskID ?? "", exchange) }
    count(rejected.reason)
    var id = RequestName.make()
    if budget.take(at: now) {
      id = keep(rejected, request, now)
      logger.notice(
        "callback refused",
        metadata: [
          "reason": "\(rejected.reason.rawValue)", "requestId": "\(id)", "peer": "\(request.peer)",
          "providerTaskId": "\(rejected.taskID ?? "")",
        ])
    }
    if rejected.mayTriggerQuery { onStale?(rejected) }
    let status = rejected.reason.status
    let detail = status == 401 ? "the callback could not be verified" : Self.words(rejected.reason)
    // RFC 9110, 15.5.2: no 401 without a challenge.
    let fields = status == 401 ? [ResponseHead.Field("WWW-Authenticate", "HMAC-SHA256")] : []
    server.respond(to: exchange, with: Problem(status, detail, requestID: id, fields: fields).response)
  }

  /// Takes the numbers out for the call: otherwise every access to the counts would be checked for overlaps.
  private func count(_ reason: Rejection) {
    var refused: [Rejection: UInt64] = [:]
    swap(&refused, &counts.refused)
    refused[reason, default: 0] += 1
    counts.refused = refused
  }

  /// Nothing was received, so it is no 200.
  private func answerDoctor(_ nonce: String, _ exchange: Exchange) {
    answer(
      401, "the callback could not be verified", exchange, [ResponseHead.Field(Echo.field, echo.answer(to: nonce))])
  }

  private func keep(_ rejected: Rejected, _ request: borrowing Request, _ now: Timestamp) -> String {
    let fields = fields(of: request)
    let body = request.bodyBuffer[request.bodyRange].prefix(RefusedShelf.bodyLimit + 1)
    return ledger.refused.add(
      RefusedRequest(
        at: now, reason: rejected.reason.rawValue, target: request.text(request.head.target),
        fields: String(decoding: fieldLines.buffer[fields], as: UTF8.self),
        body: String(decoding: body, as: UTF8.self))
    ).description
  }

  private static func words(_ reason: Rejection) -> String {
    switch reason {
    case .notJSON: "the body is not valid JSON"
    case .noTaskID: "the body names no task"
    case .conflictingTaskIDs: "the body names different tasks in different places"
    default: "the callback could not be verified"
    }
  }

  private func unavailable(_ detail: String, _ exchange: Exchange) {
    answer(503, detail, exchange, [ResponseHead.Field("Retry-After", "5")])
  }

  private func refuseMethod(_ allowed: String, _ exchange: Exchange) {
    answer(405, "this address takes \(allowed)", exchange, [ResponseHead.Field("Allow", allowed)])
  }

  private func answer(_ status: Int, _ detail: String, _ exchange: Exchange, _ fields: [ResponseHead.Field] = []) {
    server.respond(to: exchange, with: Problem(status, detail, requestID: RequestName.make(), fields: fields).response)
  }
}

/// What became of callbacks since the start.
struct CallbackCounts {
  var received: UInt64 = 0
  var duplicates: UInt64 = 0
  var unavailable: UInt64 = 0
  var refused: [Rejection: UInt64] = [:]
}

/// A name for a request that is kept nowhere but in the log.
enum RequestName {
  static func make() -> String {
    "req_" + TaskID.make(at: .now()).description.dropFirst(4)
  }
}

extension Exchange {
  /// The exchange as the ledger carries it.
  var ticket: Ticket {
    let (first, second) = packed
    return Ticket(first, second)
  }

  init(_ ticket: Ticket) {
    self.init(packed: (ticket.first, ticket.second))
  }
}
