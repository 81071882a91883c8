// SPDX-License-Identifier: Apache-2.0

internal import Callbacks

/// Journal lines back to events: the inverse of `EventEncoding`, in the same order.
extension LineReader {
  /// The event; `nil` if the line is not exactly as this version writes it. The raw request is not looked at.
  ///
  /// - Parameter isForFold: whether members of a report may be left out that the fold does not look at.
  mutating func event(seq: UInt64, isForFold: Bool = false) -> Event? {
    leavesOut = isForFold
    guard JournalLine.skipHead(&self), skip(JournalField.at), let at = integer(), skip(JournalField.type),
      let what = what()
    else { return nil }
    return Event(seq: seq, at: Timestamp(milliseconds: at), what: what)
  }

  private mutating func what() -> Event.What? {
    if skip("progress\"") { return news(.progress).map { .callback($0) } }
    if skip("callback\"") { return news(.completion).map { .callback($0) } }
    if skip("submitted\"") { return own { $0.submission($1).map { .submitted($0) } } }
    if skip("accepted\"") { return own { $0.acceptance($1) } }
    if skip("record\"") { return own { (reader, task) in reader.report().map { .record(task: task, report: $0) } } }
    if skip("refused\"") { return own { $0.refusal($1) } }
    if skip("unknown\"") { return own { (reader, task) in reader.reason().map { .unknown(task: task, reason: $0) } } }
    if skip("result_lost\"") {
      return own { (reader, task) in reader.reason().map { .resultLost(task: task, reason: $0) } }
    }
    // What is rare is for the parser: `saved`, `joined`, `reparsed`, `balance`.
    return nil
  }

  // MARK: - Our own events

  private mutating func own(_ members: (inout LineReader, TaskID) -> OwnEvent?) -> Event.What? {
    guard skip(JournalField.task), let task = taskID(), let event = members(&self, task), JournalLine.seesTail(self)
    else { return nil }
    return .own(event)
  }

  private mutating func submission(_ task: TaskID) -> Submission? {
    guard skip(JournalField.model), let model = string(), skip(JournalField.input), let input = object() else {
      return nil
    }
    var idempotency: Idempotency?
    if skip(JournalField.idempotencyKey) {
      guard let key = string(), skip(JournalField.bodyDigest), let digest = string() else { return nil }
      idempotency = Idempotency(key: key, bodyDigest: digest)
    }
    return Submission(task: task, model: model, inputOnOneLine: input, idempotency: idempotency)
  }

  private mutating func acceptance(_ task: TaskID) -> OwnEvent? {
    guard skip(JournalField.providerTaskID), let name = string() else { return nil }
    return .accepted(task: task, providerTaskID: name)
  }

  private mutating func refusal(_ task: TaskID) -> OwnEvent? {
    let code = skip(JournalField.code) ? integer() : nil
    guard skip(JournalField.message), let message = string() else { return nil }
    return .refused(task: task, code: code.map { Int($0) }, message: message)
  }

  private mutating func reason() -> String? { skip(JournalField.reason) ? string() : nil }

  // MARK: - Callbacks

  private mutating func news(_ kind: CallbackKind) -> CallbackNews? {
    var submission: TaskID?
    if skip(JournalField.submission) {
      guard let task = taskID() else { return nil }
      submission = task
    }
    guard skip(JournalField.trust), let trust = trust(), skip(JournalField.digest), let digest = hex() else {
      return nil
    }
    var signedAt: Int64?
    if skip(JournalField.signedAt) {
      guard let time = integer() else { return nil }
      signedAt = time
    }
    guard let report = report(), sees(JournalField.request) else { return nil }
    return CallbackNews(
      kind: kind, report: consume report, submission: submission, trust: trust, digest: digest, signedAt: signedAt)
  }

  mutating func trust() -> Trust? {
    skip("signed\"") ? .signed : skip("hint\"") ? .hint : nil
  }

  private mutating func report() -> TaskReport? {
    guard skip(JournalField.report), let name = string(), !name.isEmpty else { return nil }
    var report = TaskReport(providerTaskID: name)
    if skip(JournalField.model) { report.model = string() }
    if skip(JournalField.state) { report.state = state() }
    if skip(JournalField.progress) { report.progress = integer().map { Int($0) } }
    if leavesOut, !pass(JournalField.progressText, Self.passString) { return nil }
    if skip(JournalField.progressText) { report.progressText = string() }
    // Only a success has a result.
    if leavesOut, report.state != .success {
      guard pass(JournalField.urls, Self.passStrings), pass(JournalField.watermarkURLs, Self.passStrings),
        pass(JournalField.object, Self.passString)
      else { return nil }
    }
    if skip(JournalField.urls) { report.urls = strings() ?? [] }
    if skip(JournalField.watermarkURLs) { report.watermarkURLs = strings() ?? [] }
    if skip(JournalField.object) { report.object = string() }
    if skip(JournalField.failCode) { report.failureCode = string() }
    if skip(JournalField.failMessage) { report.failureMessage = string() }
    if skip(JournalField.credits) { report.credits = string() }
    // The message counts where there is no better one for a failure.
    if leavesOut, report.state != .fail || report.failureMessage != nil { return passRest() ? report : nil }
    if skip(JournalField.code) { report.code = integer().map { Int($0) } }
    if skip(JournalField.message) { report.message = string() }
    if skip(JournalField.createTime) { report.createdMilliseconds = integer() }
    if skip(JournalField.completeTime) { report.completedMilliseconds = integer() }
    if skip(JournalField.costTime) { report.costTime = string() }
    if skip(JournalField.hasMalformedResult) { report.hasMalformedResult = true }
    // A value that could not be read leaves the reader in front of it, so that this is not its end.
    return skip(UInt8(ascii: "}")) ? report : nil
  }

  /// Documented words are known by their bytes: most lines of a replay have one.
  private mutating func state() -> ProviderState? {
    if skip("\"success\"") { return .success }
    if skip("\"generating\"") { return .generating }
    if skip("\"waiting\"") { return .waiting }
    if skip("\"fail\"") { return .fail }
    return string().map { ProviderState(rawValue: $0) }
  }
}
