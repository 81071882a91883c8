// SPDX-License-Identifier: Apache-2.0

import JSON

/// Reads what a body of the provider says, whichever product and page it follows: callbacks of every product, progress,
/// and the answers of recordInfo. Keeps its buffers from body to body.
package struct TaskReportReader: ~Copyable {
  private var tape = JSONTape(names: Field.names)
  private var results = ResultCollector()
  /// The members of the body.
  private var top: Fields
  /// Those of its `data`, or once more its own if that is no object.
  private var data: Fields
  private var recentModel = RecentText()
  private var recentState = RecentText()
  private var recentMessage = RecentText()
  private var recentCredits = RecentText()

  /// A reader with empty buffers.
  package init() {
    top = Fields(noneOf: tape)
    data = top
  }

  /// Reads a body.
  ///
  /// - Parameters:
  ///   - body: one JSON text.
  ///   - kind: with ``CallbackKind/completion`` a body without a state is judged by its `code`. With
  ///     ``CallbackKind/progress`` only a state can say that a task has ended; so should a recordInfo answer be read,
  ///     whose `code` is about the query.
  /// - Throws: ``Rejection/notJSON``, ``Rejection/noTaskID`` or ``Rejection/conflictingTaskIDs``.
  package mutating func read(_ body: Span<UInt8>, kind: CallbackKind) throws(Rejection) -> TaskReport {
    report(body, taskID: try open(body), kind: kind)
  }

  /// Validates the body and finds the task that it is about.
  mutating func open(_ body: Span<UInt8>) throws(Rejection) -> String {
    do throws(JSONError) {
      try tape.parse(body)
    } catch {
      throw .notJSON
    }
    top.read(tape.root, tape)
    guard let object = top[.data], tape.kind(of: object) == .object else {
      data = top
      return try ProviderTaskIDSearch.find(tape, in: body, top: top, data: Fields(noneOf: tape))
    }
    data.read(object, tape)
    return try ProviderTaskIDSearch.find(tape, in: body, top: top, data: data)
  }

  /// Everything else that the body says, which must be the one opened last. Inlined, so that the report is made where it
  /// is kept and not moved there.
  @inline(__always)
  mutating func report(_ body: Span<UInt8>, taskID: String, kind: CallbackKind) -> TaskReport {
    let code = tape.integer(top[.code], in: body).flatMap { Int(exactly: $0) }
    let progress = tape.textOrNumber(data[.progress], in: body) ?? tape.textOrNumber(top[.progress], in: body)
    let percent = progress.flatMap { Progress($0).percent }
    var report = TaskReport(
      hasMalformedResult: false,
      providerTaskID: taskID,
      model: recentModel.text(data[.model], tape, in: body),
      state: state(code: code, kind: kind, in: body),
      progress: percent,
      progressText: progress,
      urls: TextList(),
      watermarkURLs: TextList(),
      object: nil,
      failureCode: tape.textOrNumber(data[.failCode], in: body),
      failureMessage: tape.text(data[.failMsg], in: body),
      credits: recentCredits.textOrNumber(data[.consumeCredits], tape, in: body)
        ?? tape.textOrNumber(data[.creditsConsumed], in: body),
      code: code,
      message: recentMessage.text(top[.msg], tape, in: body) ?? recentMessage.text(top[.message], tape, in: body),
      createdMilliseconds: tape.integer(data[.createTime], in: body),
      completedMilliseconds: tape.integer(data[.completeTime], in: body),
      costTime: tape.textOrNumber(data[.costTime], in: body))
    results.collect(data, tape, in: body, into: &report)
    return report
  }

  /// The body's own word; else what Suno's kind of callback implies; else, at the end of a task, the verdict.
  private mutating func state(code: Int?, kind: CallbackKind, in body: Span<UInt8>) -> ProviderState? {
    if let state = data[.state], let word = tape.contents(of: state),
      let known = ProviderState(shortWord: body.extracting(word))
    {
      return known
    }
    let word =
      recentState.text(data[.state], tape, in: body) ?? tape.text(data[.status], in: body)
      ?? tape.text(top[.state], in: body) ?? tape.text(top[.status], in: body)
    if let word { return ProviderState(reading: word) }
    let step = tape.text(data[.callbackType], in: body)
    // Suno calls up to three times: when the lyrics are there, when the first track is, and when all are.
    if step == "text" || step == "first" { return .generating }
    guard kind == .completion else { return nil }
    if step == "error" { return .fail }
    return code.map { $0 == 200 ? .success : .fail }
  }
}
