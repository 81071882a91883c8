// SPDX-License-Identifier: Apache-2.0

internal import Callbacks
internal import JSON

/// Events to the members of a journal line. What is `nil` or empty is left out.
enum EventEncoding {
  /// Appends the whole line of one of our own events.
  static func append(
    _ event: OwnEvent, seq: UInt64, at: Timestamp, isBarrier: Bool, to bytes: inout [UInt8]
  ) {
    let start = bytes.count
    begin(Event(seq: seq, at: at, what: .own(event)).type, seq, at, isBarrier, &bytes)
    if let task = event.task {
      bytes.append(literal: JournalField.task)
      bytes.appendQuoted(task)
    }
    appendMembers(of: event, to: &bytes)
    JournalLine.end(from: start, into: &bytes)
  }

  private static func begin(
    _ type: EventType, _ seq: UInt64, _ at: Timestamp, _ isBarrier: Bool, _ bytes: inout [UInt8]
  ) {
    JournalLine.begin(seq: seq, isBarrier: isBarrier, into: &bytes)
    bytes.append(literal: JournalField.at, integer: at.milliseconds)
    switch type {
    case .callback: bytes.append(literal: JournalField.callback)
    case .progress: bytes.append(literal: JournalField.progressCallback)
    default:
      bytes.append(literal: JournalField.type)
      bytes.append(contentsOf: type.rawValue.utf8)
      bytes.append(UInt8(ascii: "\""))
    }
  }

  private static func appendMembers(of event: OwnEvent, to bytes: inout [UInt8]) {
    switch event {
    case .submitted(let submission):
      bytes.append(JournalField.model, submission.model)
      bytes.append(literal: JournalField.input)
      bytes.append(contentsOf: submission.input.utf8)
      bytes.append(JournalField.idempotencyKey, submission.idempotency?.key)
      bytes.append(JournalField.bodyDigest, submission.idempotency?.bodyDigest)
    case .accepted(_, let providerTaskID):
      bytes.append(JournalField.providerTaskID, providerTaskID)
    case .refused(_, let code, let message):
      bytes.append(JournalField.code, code.map { Int64($0) })
      bytes.append(JournalField.message, message)
    case .unknown(_, let reason), .resultLost(_, let reason):
      bytes.append(JournalField.reason, reason)
    case .record(_, let report):
      append(report, to: &bytes)
    case .saved(_, let file):
      bytes.append(literal: JournalField.file)
      bytes.appendFile(file)
    case .joined(_, let providerTaskID, let isProven):
      bytes.append(JournalField.providerTaskID, providerTaskID)
      bytes.append(literal: JournalField.proven)
      bytes.append(contentsOf: (isProven ? "true" : "false").utf8)
    case .reparsed(let rereading):
      bytes.append(literal: JournalField.requestNumber)
      JSON.appendInteger(rereading.request, to: &bytes)
      bytes.append(JournalField.kind, rereading.news.kind.rawValue)
      append(rereading.news, to: &bytes)
    case .balance(let credits):
      bytes.append(literal: JournalField.credits)
      bytes.append(contentsOf: credits.description.utf8)
    }
  }

  /// Appends the whole line of a callback, its raw request included: the request target as sent, the field lines as a
  /// JSON array of `["name","value"]`, and the body, which is valid JSON, for it has been verified.
  static func append(
    _ news: CallbackNews, target: Span<UInt8>, fields: Span<UInt8>, body: Span<UInt8>, seq: UInt64, at: Timestamp,
    isBarrier: Bool, to bytes: inout [UInt8]
  ) {
    let start = bytes.count
    begin(news.kind == .progress ? .progress : .callback, seq, at, isBarrier, &bytes)
    append(news, to: &bytes)
    appendRequest(target, fields, body, to: &bytes)
    JournalLine.end(from: start, into: &bytes)
  }

  private static func append(_ news: CallbackNews, to bytes: inout [UInt8]) {
    if let submission = news.submission {
      bytes.append(literal: JournalField.submission)
      bytes.appendQuoted(submission)
    }
    switch news.trust {
    case .hint: bytes.append(literal: JournalField.hint)
    case .signed: bytes.append(literal: JournalField.signed)
    case .confirmed: bytes.append(literal: JournalField.confirmed)
    }
    bytes.append(literal: JournalField.digest, hex: news.digest, digits: 16, "\"")
    bytes.append(JournalField.signedAt, news.signedAt)
    append(news.report, to: &bytes)
  }

  private static func appendRequest(
    _ target: Span<UInt8>, _ fields: Span<UInt8>, _ body: Span<UInt8>, to bytes: inout [UInt8]
  ) {
    bytes.append(literal: JournalField.request, quoted: target)
    bytes.append(literal: JournalField.fields)
    bytes.append(copying: fields)
    let start = bytes.count
    bytes.append(literal: JournalField.body)
    bytes.append(copying: body)
    // A body on one line stands as the JSON that it is; one with line breaks would break the line, so it is quoted.
    if offset(of: UInt8(ascii: "\n"), in: bytes, from: start) != nil {
      bytes.removeSubrange(start...)
      bytes.append(literal: JournalField.bodyText)
      bytes.append(quoted: body)
    }
    bytes.closeObject()
  }

  private static func append(_ report: TaskReport, to bytes: inout [UInt8]) {
    bytes.append(JournalField.report, report.providerTaskID)
    bytes.append(JournalField.model, report.model)
    bytes.append(JournalField.state, report.state?.rawValue)
    bytes.append(JournalField.progress, report.progress.map { Int64($0) })
    bytes.append(JournalField.progressText, report.progressText)
    bytes.append(JournalField.urls, report.urls)
    bytes.append(JournalField.watermarkURLs, report.watermarkURLs)
    bytes.append(JournalField.object, report.object)
    bytes.append(JournalField.failCode, report.failureCode)
    bytes.append(JournalField.failMessage, report.failureMessage)
    bytes.append(JournalField.credits, report.credits)
    bytes.append(JournalField.code, report.code.map { Int64($0) })
    bytes.append(JournalField.message, report.message)
    bytes.append(JournalField.createTime, report.createdMilliseconds)
    bytes.append(JournalField.completeTime, report.completedMilliseconds)
    bytes.append(JournalField.costTime, report.costTime)
    if report.hasMalformedResult { bytes.append(literal: JournalField.hasMalformedResult) }
    bytes.closeObject()
  }
}

extension [UInt8] {
  fileprivate mutating func append(_ field: StaticString, _ value: String?) {
    if let value { append(literal: field, quoted: value) }
  }

  fileprivate mutating func append(_ field: StaticString, _ value: Int64?) {
    if let value { append(literal: field, integer: value) }
  }

  fileprivate mutating func append(_ field: StaticString, _ values: [String]) {
    guard !values.isEmpty else { return }
    append(literal: field)
    openArray()
    for place in values.indices {
      if place > 0 { append(UInt8(ascii: ",")) }
      append(quoted: values[place])
    }
    closeArray()
  }

  mutating func appendFile(_ file: SavedFile) {
    openObject()
    appendMember("number", file.number)
    appendMember("path", file.path)
    appendMember("bytes", file.bytes)
    appendMember("sha256", file.sha256)
    appendMember("type", file.type)
    closeObject()
  }
}
