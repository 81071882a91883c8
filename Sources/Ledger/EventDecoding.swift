// SPDX-License-Identifier: Apache-2.0

internal import Callbacks
internal import JSON

/// Journal lines back to events; the inverse of `EventEncoding`. One serves a whole replay: its tape is reused.
struct EventDecoder: ~Copyable {
  private var tape = JSONTape()

  /// The event on a line that `JournalLine.frame` found whole; `nil` if its members make no event, which a line with a
  /// right checksum never does unless a newer version wrote it.
  mutating func decode(_ line: Span<UInt8>, seq: UInt64) -> Event? {
    guard (try? tape.parse(line, limits: .whatWeWrote)) != nil else { return nil }
    guard let at = integer("at", line), let type = string("type", line).flatMap(EventType.init(rawValue:)),
      let what = what(type, line)
    else { return nil }
    return Event(seq: seq, at: Timestamp(milliseconds: at), what: what)
  }

  private func what(_ type: EventType, _ line: Span<UInt8>) -> Event.What? {
    switch type {
    case .callback: news(.completion, line).map { .callback($0) }
    case .progress: news(.progress, line).map { .callback($0) }
    case .balance: balance(line).map { .own(.balance($0)) }
    default:
      string("task", line).flatMap(TaskID.init).flatMap { own(type, $0, line) }.map { .own($0) }
    }
  }

  private func own(_ type: EventType, _ task: TaskID, _ line: Span<UInt8>) -> OwnEvent? {
    switch type {
    case .submitted:
      return submission(task, line).map { .submitted($0) }
    case .accepted:
      return string("providerTaskId", line).map { .accepted(task: task, providerTaskID: $0) }
    case .refused:
      let code = integer("code", line).map { Int($0) }
      return string("message", line).map { .refused(task: task, code: code, message: $0) }
    case .unknown:
      return string("reason", line).map { .unknown(task: task, reason: $0) }
    case .resultLost:
      return string("reason", line).map { .resultLost(task: task, reason: $0) }
    case .record:
      return report(line).map { .record(task: task, report: $0) }
    case .saved:
      guard let node = tape.member("file", of: tape.root, in: line) else { return nil }
      return tape.savedFile(node, in: line).map { .saved(task: task, file: $0) }
    case .joined:
      let isProven = tape.member("proven", of: tape.root, in: line).flatMap { tape.bool($0) } ?? false
      return string("providerTaskId", line).map { .joined(task: task, providerTaskID: $0, isProven: isProven) }
    case .reparsed:
      return rereading(task, line).map { .reparsed($0) }
    case .callback, .progress, .balance:
      return nil
    }
  }

  private func rereading(_ task: TaskID, _ line: Span<UInt8>) -> Rereading? {
    guard let request = integer("request", line), request > 0,
      let kind = string("kind", line).flatMap(CallbackKind.init(rawValue:)), let news = news(kind, line)
    else { return nil }
    return Rereading(task: task, request: UInt64(request), news: news)
  }

  private func balance(_ line: Span<UInt8>) -> CreditAmount? {
    tape.raw("credits", of: tape.root, in: line).flatMap { CreditAmount($0) }
  }

  private func submission(_ task: TaskID, _ line: Span<UInt8>) -> Submission? {
    guard let model = string("model", line), let input = tape.raw("input", of: tape.root, in: line) else { return nil }
    var idempotency: Idempotency?
    if let key = string("idempotencyKey", line), let digest = string("bodyDigest", line) {
      idempotency = Idempotency(key: key, bodyDigest: digest)
    }
    return Submission(task: task, model: model, input: input, idempotency: idempotency)
  }

  private func news(_ kind: CallbackKind, _ line: Span<UInt8>) -> CallbackNews? {
    guard let report = report(line), let trust = string("trust", line).flatMap(Trust.init(rawValue:)),
      let digest = string("digest", line).flatMap({ UInt64($0, radix: 16) })
    else { return nil }
    return CallbackNews(
      kind: kind, report: report, submission: string("submission", line).flatMap(TaskID.init), trust: trust,
      digest: digest, signedAt: integer("signedAt", line))
  }

  private func report(_ line: Span<UInt8>) -> TaskReport? {
    guard let report = tape.member("report", of: tape.root, in: line) else { return nil }
    var read = TaskReport(providerTaskID: "")
    tape.forEachMember(of: report) { name, value in
      switch tape.string(name, in: line) {
      case "providerTaskId": read.providerTaskID = tape.string(value, in: line) ?? ""
      case "model": read.model = tape.string(value, in: line)
      case "state": read.state = tape.string(value, in: line).map { ProviderState(rawValue: $0) }
      case "progress": read.progress = tape.int64(value, in: line).map { Int($0) }
      case "progressText": read.progressText = tape.string(value, in: line)
      case "urls": read.urls = tape.texts(value, in: line)
      case "watermarkUrls": read.watermarkURLs = tape.texts(value, in: line)
      case "object": read.object = tape.string(value, in: line)
      case "failCode": read.failureCode = tape.string(value, in: line)
      case "failMessage": read.failureMessage = tape.string(value, in: line)
      case "credits": read.credits = tape.string(value, in: line)
      case "code": read.code = tape.int64(value, in: line).map { Int($0) }
      case "message": read.message = tape.string(value, in: line)
      case "createTime": read.createdMilliseconds = tape.int64(value, in: line)
      case "completeTime": read.completedMilliseconds = tape.int64(value, in: line)
      case "costTime": read.costTime = tape.string(value, in: line)
      case "hasMalformedResult": read.hasMalformedResult = tape.bool(value) ?? false
      default: break
      }
    }
    return read.providerTaskID.isEmpty ? nil : read
  }

  // MARK: - Members of the line

  private func string(_ name: String, _ line: Span<UInt8>) -> String? { tape.text(name, of: tape.root, in: line) }

  private func integer(_ name: String, _ line: Span<UInt8>) -> Int64? { tape.integer(name, of: tape.root, in: line) }
}
