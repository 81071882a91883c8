// SPDX-License-Identifier: Apache-2.0

internal import Callbacks
internal import JSON

/// Events to the members of a journal line. What is `nil` or empty is left out.
enum EventEncoding {
  /// Appends the whole line of one of our own events.
  static func append<Room: JSONRoom & ~Copyable>(
    _ event: OwnEvent, seq: UInt64, at: Timestamp, isBarrier: Bool, to text: inout Room
  ) {
    text.append(room: 2048) { line in
      begin(Event(seq: seq, at: at, what: .own(event)).type, seq, at, isBarrier, &line)
      if let task = event.task {
        line.append(literal: JournalField.task)
        line.append(quoted: task)
      }
      appendMembers(of: event, to: &line)
      JournalLine.end(&line)
    }
  }

  private static func begin(
    _ type: EventType, _ seq: UInt64, _ at: Timestamp, _ isBarrier: Bool, _ line: inout JSONWriter
  ) {
    JournalLine.begin(seq: seq, isBarrier: isBarrier, into: &line)
    line.append(literal: JournalField.at)
    line.append(integer: at.milliseconds)
    switch type {
    case .callback: line.append(literal: JournalField.callback)
    case .progress: line.append(literal: JournalField.progressCallback)
    default:
      let name = type.rawValue.utf8
      line.append(literal: JournalField.type)
      line.append(copying: name.span)
      line.append(literal: "\"")
    }
  }

  private static func appendMembers(of event: OwnEvent, to line: inout JSONWriter) {
    switch event {
    case .submitted(let submission):
      line.append(JournalField.model, submission.model)
      line.append(literal: JournalField.input)
      line.append(copying: submission.input)
      line.append(JournalField.idempotencyKey, submission.idempotency?.key)
      line.append(JournalField.bodyDigest, submission.idempotency?.bodyDigest)
    case .accepted(_, let providerTaskID):
      line.append(JournalField.providerTaskID, providerTaskID)
    case .refused(_, let code, let message):
      line.append(JournalField.code, code.map { Int64($0) })
      line.append(JournalField.message, message)
    case .unknown(_, let reason), .resultLost(_, let reason):
      line.append(JournalField.reason, reason)
    case .record(_, let report):
      append(report, to: &line)
    case .saved(_, let file):
      line.append(literal: JournalField.file)
      line.append(file)
    case .joined(_, let providerTaskID, let isProven):
      line.append(JournalField.providerTaskID, providerTaskID)
      line.append(literal: JournalField.proven)
      line.append(copying: isProven ? "true" : "false")
    case .reparsed(let rereading):
      line.append(literal: JournalField.requestNumber)
      line.append(integer: rereading.request)
      line.append(JournalField.kind, rereading.news.kind.rawValue)
      append(rereading.news, to: &line)
    case .balance(let credits):
      line.append(literal: JournalField.credits)
      line.append(copying: credits.description)
    }
  }

  /// Appends the whole line of a callback, its raw request included: the request target as sent, the field lines as a
  /// JSON array of `["name","value"]`, and the body, which is valid JSON, for it has been verified.
  static func append<Room: JSONRoom & ~Copyable>(
    _ news: CallbackNews, target: Span<UInt8>, fields: Span<UInt8>, body: Span<UInt8>, seq: UInt64, at: Timestamp,
    isBarrier: Bool, to text: inout Room
  ) {
    text.append(room: 1024 + target.count + fields.count + 2 * body.count) { line in
      begin(news.isCompletion ? .callback : .progress, seq, at, isBarrier, &line)
      append(news, to: &line)
      line.append(literal: JournalField.request)
      line.append(quoted: target)
      line.append(literal: JournalField.fields)
      line.append(copying: fields)
      append(body: body, to: &line)
      line.closeObject()
      JournalLine.end(&line)
    }
  }

  /// A body on one line stands as the JSON that it is; one with line breaks would break the line, so it is quoted.
  private static func append(body: Span<UInt8>, to line: inout JSONWriter) {
    if offset(of: UInt8(ascii: "\n"), in: body) == nil {
      line.append(literal: JournalField.body)
      line.append(copying: body)
    } else {
      line.append(literal: JournalField.bodyText)
      line.append(quoted: body)
    }
  }

  private static func append(_ news: CallbackNews, to line: inout JSONWriter) {
    if let submission = news.submission {
      line.append(literal: JournalField.submission)
      line.append(quoted: submission)
    }
    switch news.trust {
    case .hint: line.append(literal: JournalField.hint)
    case .signed: line.append(literal: JournalField.signed)
    case .confirmed: line.append(literal: JournalField.confirmed)
    }
    line.append(literal: JournalField.digest)
    line.append(hex: news.digest)
    line.append(literal: "\"")
    line.append(JournalField.signedAt, news.signedAt)
    append(news.report, to: &line)
  }

  @inline(__always)
  private static func append(_ report: TaskReport, to line: inout JSONWriter) {
    line.append(literal: JournalField.report)
    line.append(quoted: report.providerTaskID)
    line.append(JournalField.model, report.model)
    line.append(JournalField.state, report.state?.rawValue)
    line.append(JournalField.progress, report.progress.map { Int64($0) })
    line.append(JournalField.progressText, report.progressText)
    line.append(JournalField.urls, report.urls)
    line.append(JournalField.watermarkURLs, report.watermarkURLs)
    line.append(JournalField.object, report.object)
    line.append(JournalField.failCode, report.failureCode)
    line.append(JournalField.failMessage, report.failureMessage)
    line.append(JournalField.credits, report.credits)
    line.append(JournalField.code, report.code.map { Int64($0) })
    line.append(JournalField.message, report.message)
    line.append(JournalField.createTime, report.createdMilliseconds)
    line.append(JournalField.completeTime, report.completedMilliseconds)
    line.append(JournalField.costTime, report.costTime)
    if report.hasMalformedResult { line.append(literal: JournalField.hasMalformedResult) }
    line.closeObject()
  }
}

/// Inlined, so that a field's name is written as the constant words that it is.
extension JSONWriter {
  @inline(__always)
  fileprivate mutating func append(_ field: StaticString, _ value: String?) {
    guard let value else { return }
    append(literal: field)
    append(quoted: value)
  }

  @inline(__always)
  fileprivate mutating func append(_ field: StaticString, _ value: Int64?) {
    guard let value else { return }
    append(literal: field)
    append(integer: value)
  }

  @inline(__always)
  fileprivate mutating func append(_ field: StaticString, _ values: TextList) {
    guard !values.isEmpty else { return }
    append(literal: field)
    append(values)
  }
}
