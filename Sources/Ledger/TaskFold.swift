// SPDX-License-Identifier: Apache-2.0

package import Callbacks

/// The fold: one pure function from a state and an event to the next state. Start, query, rebuild, check and every test
/// use this one and no other.
extension TaskState {
  /// What an event did to a task.
  enum Effect: Int, Comparable {
    /// Nothing: a repetition of what is known.
    case none
    /// Something changed.
    case changed
    /// The task became terminal by this event.
    case ended

    static func < (a: Effect, b: Effect) -> Bool { a.rawValue < b.rawValue }
  }

  mutating func apply(_ event: Event) -> Effect {
    // A task file may be ahead of the place where a replay starts.
    guard event.seq > seq else { return .none }
    let wasTerminal = state.isTerminal
    switch event.what {
    case .callback(let news):
      guard apply(news, event) else { return .none }
    case .own(let own):
      apply(own, event)
    }
    touch(event)
    if state.isTerminal, completedAt == nil { completedAt = event.at }
    return state.isTerminal && !wasTerminal ? .ended : .changed
  }

  /// The event is the last one that changed the task.
  mutating func touch(_ event: Event) {
    seq = event.seq
    updatedAt = event.at
  }

  // MARK: - Our own events

  private mutating func apply(_ own: OwnEvent, _ event: Event) {
    switch own {
    case .submitted(let submission):
      input = submission.input
      idempotency = submission.idempotency
      note(event, "intent kept, request leaves")
    case .accepted(_, let providerTaskID):
      applyAcceptance(providerTaskID, event)
    case .refused(_, let code, let message):
      applyRefusal(code, message, event)
    case .unknown(_, let reason):
      if state == .submitting { state = .unknown }
      alert("the provider's answer was lost (\(reason)): the task may exist and may have been paid for")
      note(event, reason)
    case .record(_, let report):
      applyRecord(report, event)
    case .saved(_, let file):
      if result?.files.contains(where: { $0.number == file.number }) == false { result?.files.append(file) }
      note(event, "\(file.path), \(file.bytes) bytes")
    case .resultLost(_, let reason):
      applyLoss()
      alert("result lost: \(reason)")
      note(event, reason)
    case .joined(_, let providerTaskID, let isProven):
      applyJoin(providerTaskID, isProven, event)
    case .reparsed(let rereading):
      applyRereading(rereading, event)
    case .balance: break
    }
  }

  private mutating func applyJoin(_ name: String, _ isProven: Bool, _ event: Event) {
    note(event, "joined by the operator to \(name)")
    if let known = providerTaskID, known != name {
      return alert("the operator called the task \(name), but the provider calls it \(known)")
    }
    providerTaskID = name
    if state == .submitting || state == .unknown { state = .waiting }
    if !isProven { alert("the operator says that this is the provider's task \(name); nothing proves it") }
  }

  /// A success whose result was never named is one all the same: it was paid for.
  private mutating func applyLoss() {
    if !state.isTerminal, alerts.contains(Self.isWithoutResult) {
      state = .success
      trust = .confirmed
      result = TaskResult(urls: [], watermarkURLs: [], object: nil)
    }
    result?.isLost = true
  }

  private mutating func applyAcceptance(_ providerTaskID: String, _ event: Event) {
    note(event, "accepted as \(providerTaskID)")
    if let told = self.providerTaskID, told != providerTaskID {
      alert("the provider accepted the task as \(providerTaskID), but a callback had named it \(told)")
    }
    // The answer came over our own connection to the provider; what a callback said before may be anybody's word.
    self.providerTaskID = providerTaskID
    if state == .submitting || state == .unknown { state = .waiting }
  }

  private mutating func applyRefusal(_ code: Int?, _ message: String, _ event: Event) {
    note(event, code.map { "\($0): \(message)" } ?? message)
    guard providerTaskID == nil, state == .submitting || state == .unknown else {
      alert("the provider refused the request (\(message)), but a callback for the task had come")
      return
    }
    state = .refused
    failure = TaskFailure(code: code.map(String.init), message: message)
  }

  // MARK: - The provider's record

  private mutating func applyRecord(_ report: TaskReport, _ event: Event) {
    if let known = providerTaskID, known != report.providerTaskID {
      alert("the provider's record named another task: \(report.providerTaskID)")
      return note(event, "ignored: names task \(report.providerTaskID)")
    }
    note(event, "the provider's record says \(report.state?.rawValue ?? "nothing of the state")")
    if providerTaskID == nil { providerTaskID = report.providerTaskID }
    guard let told = report.state else { return }
    guard told.isTerminal else {
      if !state.isTerminal { take(told, progress: report.progress) }
      return
    }
    guard told != .success || report.namesResult else { return awaitResult(report) }
    if state.isTerminal, !agrees(with: report) {
      alert(
        "the provider's record (\(told.rawValue)) disagrees with the callback (\(state.rawValue)): the record counts")
    }
    finish(told, report, .confirmed)
  }

  /// Same end, same media.
  private func agrees(with report: TaskReport) -> Bool {
    guard let told = report.state, state == TaskStage(told) else { return false }
    return state != .success || result?.urls == report.urls
  }

  // MARK: - Callbacks

  /// Whether the callback was news.
  private mutating func apply(_ news: CallbackNews, _ event: Event) -> Bool {
    if isKnown(news, event.type) { return false }
    if let known = providerTaskID, known != news.report.providerTaskID {
      alert("a callback on this task's address named another task: \(news.report.providerTaskID)")
      note(event, "ignored: names task \(news.report.providerTaskID)", news)
      return true
    }
    providerTaskID = news.report.providerTaskID
    if model.isEmpty, let told = news.report.model { model = told }
    let told = news.report.state
    append(event, HistoryEntry.Words(news), news)
    guard let told else {
      take(nil, progress: news.report.progress)
      return true
    }
    // Progress never ends a task, whatever it says: nobody has documented its payload.
    if !news.isCompletion || !told.isTerminal {
      take(told.isTerminal ? nil : told, progress: news.report.progress)
    } else {
      applyEnd(told, news)
    }
    return true
  }

  /// Whether the same body has come before, with the same proof or a better one.
  private func isKnown(_ news: CallbackNews, _ type: EventType) -> Bool {
    history.contains { $0.digest == news.digest && $0.type == type && ($0.signedAt != nil || news.isHint) }
  }

  private mutating func applyEnd(_ told: ProviderState, _ news: CallbackNews) {
    guard told != .success || news.report.namesResult else { return awaitResult(news.report) }
    let isStronger = trust.map { news.trust > $0 } ?? true
    // A refusal is no end that a callback could contradict: the task exists after all, and has been paid for.
    guard state.isTerminal, state != .refused else { return finish(told, news.report, news.trust) }
    if agrees(with: news.report) {
      if isStronger { trust = news.trust }
      // The record need not say what was charged.
      if credits == nil { takeCharge(news.report) }
      return
    }
    alert(
      isSecondBody(news)
        ? "a second, different result came under one signature: one of them is forged"
        : "a later callback (\(told.rawValue)) disagrees with the end that was taken (\(state.rawValue))")
    // A hint has no proof behind it, so the first signed word replaces it; otherwise the first end wins.
    if trust == .hint, isStronger { finish(told, news.report, news.trust) }
  }

  /// What the callback would have done, had it been read so at first: whatever ended the task by the first reading gives
  /// way, unless another word than this callback's stands behind it.
  private mutating func applyRereading(_ rereading: Rereading, _ event: Event) {
    let news = rereading.news
    note(event, "entry \(rereading.request) read again: \(HistoryEntry.Words(news).text)")
    if let known = providerTaskID, known != news.report.providerTaskID {
      return alert("a callback on this task's address named another task: \(news.report.providerTaskID)")
    }
    providerTaskID = news.report.providerTaskID
    guard let told = news.report.state, news.isCompletion, told.isTerminal else {
      let told = news.report.state.flatMap { $0.isTerminal ? nil : $0 }
      return take(told, progress: news.report.progress)
    }
    guard state.isTerminal, trust != .confirmed, isOnlyCompletion(news) else { return applyEnd(told, news) }
    if told != .success || news.report.namesResult { finish(told, news.report, news.trust) }
  }

  private func isOnlyCompletion(_ news: CallbackNews) -> Bool {
    history.allSatisfy { $0.type != .callback || $0.digest == news.digest }
  }

  /// The signature covers the task id and the second, not the body: another body under the same pair proves nothing.
  private func isSecondBody(_ news: CallbackNews) -> Bool {
    guard let signedAt = news.signedAt else { return false }
    return history.contains { $0.type == .callback && $0.signedAt == signedAt && $0.digest != news.digest }
  }

  // MARK: - Small steps

  /// A state on the way.
  private mutating func take(_ told: ProviderState?, progress percent: Int?) {
    guard !state.isTerminal else { return }
    if let told {
      state = TaskStage(told)
    } else if state == .submitting || state == .unknown {
      state = .waiting
    }
    if let percent { progress = percent }
  }

  private static let isWithoutResult = "the provider says success, but names no result: it is asked until it does"

  /// A success without a result is no end: whoever took it for one would never fetch what was paid for.
  private mutating func awaitResult(_ report: TaskReport) {
    guard !state.isTerminal else { return }
    take(nil, progress: 100)
    alert(Self.isWithoutResult)
    takeCharge(report)
  }

  /// The text goes into JSON as it is, so it must be a number.
  private mutating func takeCharge(_ report: TaskReport) {
    if let charged = report.credits, CreditAmount(charged) != nil { credits = charged }
  }

  private mutating func finish(_ told: ProviderState, _ report: TaskReport, _ by: Trust) {
    state = TaskStage(told)
    trust = trust.map { max($0, by) } ?? by
    takeCharge(report)
    if !alerts.isEmpty { alerts.removeAll { $0 == Self.isWithoutResult } }
    if state == .success {
      progress = 100
      failure = nil
      let sameMedia = result?.urls == report.urls
      result = TaskResult(
        urls: report.urls, watermarkURLs: report.watermarkURLs, object: report.object,
        files: sameMedia ? result?.files ?? [] : [], isLost: sameMedia ? result?.isLost ?? false : false)
    } else {
      result = nil
      failure = TaskFailure(code: report.failureCode, message: report.failureMessage ?? report.message)
    }
  }

  private mutating func alert(_ words: String) {
    if !alerts.contains(words), alerts.count < 20 { alerts.append(words) }
  }

  private mutating func note(_ event: Event, _ detail: String, _ news: CallbackNews? = nil) {
    append(event, .text(detail), news)
  }

  private mutating func append(_ event: Event, _ words: HistoryEntry.Words, _ news: CallbackNews?) {
    // Progress may not crowd out what matters more, and nothing may grow for ever.
    guard history.count < (event.type == .progress ? Self.historyLimit : 2 * Self.historyLimit) else {
      historyOmitted += 1
      return
    }
    history.append(
      HistoryEntry(
        seq: event.seq, at: event.at, type: event.type, words: words, digest: news?.digest, signedAt: news?.signedAt))
  }
}

extension TaskReport {
  var namesResult: Bool { !urls.isEmpty || !watermarkURLs.isEmpty || object != nil }
}

// MARK: - Asking

extension TaskState {
  /// Whether the provider's record would tell anything that is not known yet, so that it is worth a line.
  package func isNews(_ record: TaskReport) -> Bool { changes(by: .record(task: id, report: record)) }

  /// Whether the event would change more than the history.
  func changes(by event: OwnEvent) -> Bool {
    var next = self
    _ = next.apply(Event(seq: seq + 1, at: updatedAt, what: .own(event)))
    next.seq = seq
    next.history = history
    next.historyOmitted = historyOmitted
    return next != self
  }
}

// MARK: - Joining

extension TaskState {
  /// Takes over what was learned under another id before it was known that both are one task.
  mutating func absorb(_ other: TaskState) {
    if providerTaskID == nil { providerTaskID = other.providerTaskID }
    aliases.append(other.id)
    aliases.append(contentsOf: other.aliases)
    history = (history + other.history).sorted { $0.seq < $1.seq }
    historyOmitted += other.historyOmitted
    for words in other.alerts { alert(words) }
    credits = other.credits ?? credits
    progress = other.progress ?? progress
    if !state.isTerminal {
      state = other.state
      trust = other.trust
      result = other.result
      failure = other.failure
      completedAt = other.completedAt
    }
    if model.isEmpty { model = other.model }
    seq = max(seq, other.seq)
    updatedAt = max(updatedAt, other.updatedAt)
  }
}
