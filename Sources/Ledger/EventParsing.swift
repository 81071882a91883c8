// SPDX-License-Identifier: Apache-2.0

internal import Callbacks
internal import JSON

/// Journal lines to events. One serves a whole replay: its tape is reused.
struct EventDecoder: ~Copyable {
  private var tape = JSONTape()

  /// The event on the line in `range`, which `JournalLine.frame` found whole; `nil` if its members make no event, which
  /// a line with a right checksum never does unless another version wrote it.
  ///
  /// - Parameter isForFold: whether members of a report may be left out that the fold does not look at.
  mutating func decode(_ bytes: [UInt8], _ range: Range<Int>, seq: UInt64, isForFold: Bool = false) -> Event? {
    LineReader.read(bytes, range) { $0.event(seq: seq, isForFold: isForFold) }
      ?? parse(bytes.span.extracting(range), seq: seq)
  }

  /// The same from JSON in any order and with members that this version does not know.
  mutating func parse(_ line: Span<UInt8>, seq: UInt64) -> Event? {
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
    return Submission(task: task, model: model, inputOnOneLine: input, idempotency: idempotency)
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
    guard let node = tape.member("report", of: tape.root, in: line),
      let name = tape.text("providerTaskId", of: node, in: line), !name.isEmpty
    else { return nil }
    return TaskReport(
      providerTaskID: name,
      model: tape.text("model", of: node, in: line),
      state: tape.text("state", of: node, in: line).map { ProviderState(rawValue: $0) },
      progress: tape.integer("progress", of: node, in: line).map { Int($0) },
      progressText: tape.text("progressText", of: node, in: line),
      urls: TextList(tape.texts("urls", of: node, in: line)),
      watermarkURLs: TextList(tape.texts("watermarkUrls", of: node, in: line)),
      object: tape.text("object", of: node, in: line),
      failureCode: tape.text("failCode", of: node, in: line),
      failureMessage: tape.text("failMessage", of: node, in: line),
      credits: tape.text("credits", of: node, in: line),
      code: tape.integer("code", of: node, in: line).map { Int($0) },
      message: tape.text("message", of: node, in: line),
      createdMilliseconds: tape.integer("createTime", of: node, in: line),
      completedMilliseconds: tape.integer("completeTime", of: node, in: line),
      costTime: tape.text("costTime", of: node, in: line),
      hasMalformedResult: tape.member("hasMalformedResult", of: node, in: line).flatMap { tape.bool($0) } ?? false)
  }

  // MARK: - Members of the line

  private func string(_ name: String, _ line: Span<UInt8>) -> String? { tape.text(name, of: tape.root, in: line) }

  private func integer(_ name: String, _ line: Span<UInt8>) -> Int64? { tape.integer(name, of: tape.root, in: line) }
}
