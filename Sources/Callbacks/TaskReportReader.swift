// SPDX-License-Identifier: Apache-2.0

import JSON

/// Reads what a body of the provider says, whichever product and page it follows: callbacks of every product, progress,
/// and the answers of recordInfo. Keeps its buffers from body to body.
package struct TaskReportReader: ~Copyable {
  private var tape = JSONTape()
  private var results = ResultCollector()

  /// A reader with empty buffers.
  package init() {}

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
    return try ProviderTaskIDSearch.find(tape, in: body)
  }

  /// Everything else that the body says, which must be the one opened last.
  mutating func report(_ body: Span<UInt8>, taskID: String, kind: CallbackKind) -> TaskReport {
    let root = tape.root
    let data = tape.object("data", of: root, in: body) ?? root
    var report = TaskReport(providerTaskID: taskID)
    report.model = tape.text("model", of: data, in: body)
    report.code = tape.integer("code", of: root, in: body).flatMap { Int(exactly: $0) }
    report.message = tape.text("msg", of: root, in: body) ?? tape.text("message", of: root, in: body)
    report.state = state(root: root, data: data, code: report.code, kind: kind, in: body)
    let progress =
      tape.textOrNumber("progress", of: data, in: body) ?? tape.textOrNumber("progress", of: root, in: body)
    if let progress = progress.map(Progress.init) {
      report.progress = progress.percent
      report.progressText = progress.text
    }
    report.failureCode = tape.textOrNumber("failCode", of: data, in: body)
    report.failureMessage = tape.text("failMsg", of: data, in: body)
    report.credits =
      tape.textOrNumber("consumeCredits", of: data, in: body)
      ?? tape.textOrNumber("creditsConsumed", of: data, in: body)
    report.costTime = tape.textOrNumber("costTime", of: data, in: body)
    report.createdMilliseconds = tape.integer("createTime", of: data, in: body)
    report.completedMilliseconds = tape.integer("completeTime", of: data, in: body)
    results.collect(data, tape, in: body, into: &report)
    return report
  }

  /// The body's own word; else what Suno's kind of callback implies; else, at the end of a task, the verdict.
  private func state(
    root: JSONNode, data: JSONNode, code: Int?, kind: CallbackKind, in body: Span<UInt8>
  ) -> ProviderState? {
    let word =
      tape.text("state", of: data, in: body) ?? tape.text("status", of: data, in: body)
      ?? tape.text("state", of: root, in: body) ?? tape.text("status", of: root, in: body)
    if let word { return ProviderState(reading: word) }
    let step = tape.text("callbackType", of: data, in: body)
    // Suno calls up to three times: when the lyrics are there, when the first track is, and when all are.
    if step == "text" || step == "first" { return .generating }
    guard kind == .completion else { return nil }
    if step == "error" { return .fail }
    return code.map { $0 == 200 ? .success : .fail }
  }
}
