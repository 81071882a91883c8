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
    JournalLine.begin(seq: seq, isBarrier: isBarrier, into: &bytes)
    bytes.appendMember("at", at.milliseconds)
    bytes.appendMember("type", Event(seq: seq, at: at, what: .own(event)).type.rawValue)
    if let task = event.task { bytes.appendMember("task", task.description) }
    appendMembers(of: event, to: &bytes)
    JournalLine.end(from: start, into: &bytes)
  }

  private static func appendMembers(of event: OwnEvent, to bytes: inout [UInt8]) {
    switch event {
    case .submitted(let submission):
      bytes.appendMember("model", submission.model)
      bytes.appendMember("input", raw: submission.input)
      if let idempotency = submission.idempotency {
        bytes.appendMember("idempotencyKey", idempotency.key)
        bytes.appendMember("bodyDigest", idempotency.bodyDigest)
      }
    case .accepted(_, let providerTaskID):
      bytes.appendMember("providerTaskId", providerTaskID)
    case .refused(_, let code, let message):
      if let code { bytes.appendMember("code", code) }
      bytes.appendMember("message", message)
    case .unknown(_, let reason), .resultLost(_, let reason):
      bytes.appendMember("reason", reason)
    case .record(_, let report):
      append(report, to: &bytes)
    case .saved(_, let file):
      bytes.appendFile("file", file)
    case .joined(_, let providerTaskID, let isProven):
      bytes.appendMember("providerTaskId", providerTaskID)
      bytes.appendMember("proven", isProven)
    case .reparsed(let rereading):
      bytes.appendMember("request", rereading.request)
      bytes.appendMember("kind", rereading.news.kind.rawValue)
      append(rereading.news, to: &bytes)
    case .balance(let credits):
      bytes.appendMember("credits", raw: credits.description)
    }
  }

  /// Appends the whole line of a callback, its raw request included: the request target as sent, the field lines as a
  /// JSON array of `["name","value"]`, and the body, which is valid JSON, for it has been verified.
  static func append(
    _ news: CallbackNews, target: Span<UInt8>, fields: Span<UInt8>, body: Span<UInt8>, seq: UInt64, at: Timestamp,
    isBarrier: Bool, to bytes: inout [UInt8]
  ) {
    let start = bytes.count
    JournalLine.begin(seq: seq, isBarrier: isBarrier, into: &bytes)
    bytes.appendMember("at", at.milliseconds)
    bytes.appendMember("type", (news.kind == .progress ? EventType.progress : .callback).rawValue)
    append(news, to: &bytes)
    appendRequest(target, fields, body, to: &bytes)
    JournalLine.end(from: start, into: &bytes)
  }

  private static func append(_ news: CallbackNews, to bytes: inout [UInt8]) {
    if let submission = news.submission { bytes.appendMember("submission", submission.description) }
    bytes.appendMember("trust", news.trust.rawValue)
    bytes.appendMember("digest", hex: news.digest)
    if let signedAt = news.signedAt { bytes.appendMember("signedAt", signedAt) }
    append(news.report, to: &bytes)
  }

  private static func appendRequest(
    _ target: Span<UInt8>, _ fields: Span<UInt8>, _ body: Span<UInt8>, to bytes: inout [UInt8]
  ) {
    bytes.appendName("request")
    bytes.openObject()
    bytes.appendName("target")
    JSON.appendQuoted(target, to: &bytes)
    bytes.appendName("fields")
    bytes.append(fields)
    // A body on one line stands as the JSON that it is; one with line breaks would break the line, so it is quoted.
    if body.containsLineBreak {
      bytes.appendName("bodyText")
      JSON.appendQuoted(body, to: &bytes)
    } else {
      bytes.appendName("body")
      bytes.append(body)
    }
    bytes.closeObject()
  }

  static func append(_ report: TaskReport, to bytes: inout [UInt8]) {
    bytes.appendName("report")
    bytes.openObject()
    bytes.appendMember("providerTaskId", report.providerTaskID)
    if let model = report.model { bytes.appendMember("model", model) }
    if let state = report.state { bytes.appendMember("state", state.rawValue) }
    if let progress = report.progress { bytes.appendMember("progress", progress) }
    if let text = report.progressText { bytes.appendMember("progressText", text) }
    if !report.urls.isEmpty { bytes.appendMember("urls", report.urls) }
    if !report.watermarkURLs.isEmpty { bytes.appendMember("watermarkUrls", report.watermarkURLs) }
    if let object = report.object { bytes.appendMember("object", object) }
    if let code = report.failureCode { bytes.appendMember("failCode", code) }
    if let message = report.failureMessage { bytes.appendMember("failMessage", message) }
    if let credits = report.credits { bytes.appendMember("credits", credits) }
    if let code = report.code { bytes.appendMember("code", code) }
    if let message = report.message { bytes.appendMember("message", message) }
    if let time = report.createdMilliseconds { bytes.appendMember("createTime", time) }
    if let time = report.completedMilliseconds { bytes.appendMember("completeTime", time) }
    if let cost = report.costTime { bytes.appendMember("costTime", cost) }
    if report.hasMalformedResult { bytes.appendMember("hasMalformedResult", true) }
    bytes.closeObject()
  }
}

extension [UInt8] {
  mutating func append(_ span: Span<UInt8>) {
    reserveCapacity(count + span.count)
    for place in span.indices { append(span[place]) }
  }

  mutating func appendFile(_ name: String, _ file: SavedFile) {
    appendName(name)
    appendFile(file)
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

extension Span<UInt8> {
  fileprivate var containsLineBreak: Bool {
    for place in indices where self[place] == UInt8(ascii: "\n") { return true }
    return false
  }
}
