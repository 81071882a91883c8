// SPDX-License-Identifier: Apache-2.0

import JSON
import Receiver

/// Follows a task to its end and shows how far it is.
struct TaskWatch {
  let api: LocalAPI
  let id: String
  /// Nil waits for ever.
  let timeout: Duration?

  /// The task in its terminal state. What it has been through is told on standard error.
  func untilEnd() async throws(CommandError) -> JSON {
    let start = ContinuousClock.now
    var renderer = ProgressRenderer(style: Console.standard.errors)
    defer { Console.standard.writeError(renderer.finish()) }
    while true {
      let elapsed = start.duration(to: .now)
      let pause = min(Self.pause, timeout.map { max($0 - elapsed, .zero) } ?? Self.pause)
      let task = try await api.get(["tasks", id], query: ["wait": pause.settingText]).json
      let progress = Progress(
        state: task.taskState, percent: task["progress"]?.int.map(Int.init), elapsed: start.duration(to: .now))
      Console.standard.writeError(renderer.update(progress))
      if task.isTerminal { return task }
      if let timeout, start.duration(to: .now) >= timeout {
        throw CommandError(
          "the task is still \(task.taskState) after \(timeout.settingText); it goes on without us", status: .timedOut)
      }
    }
  }

  /// How long the server holds each question back; the time shown moves in these steps.
  private static let pause = Duration.seconds(1)
}

extension JSON {
  /// The state of a task.
  var taskState: String { (self["state"]?.string ?? "unknown").withoutControls }

  /// Whether the task has ended.
  var isTerminal: Bool { ["success", "fail", "refused"].contains(taskState) }

  /// Ends the command in error if the task ended so.
  func requireSuccess() throws(CommandError) {
    let words = [self["failure"]?["code"], self["failure"]?["message"]].compactMap { $0.map(TextTable.cell) }
    let reason = words.isEmpty ? "" : ": " + words.joined(separator: " ").withoutControls
    switch taskState {
    case "fail": throw CommandError("the task failed\(reason)", status: .taskFailed)
    case "refused": throw CommandError("the provider refused the task\(reason)", status: .refusedByProvider)
    default: break
    }
  }
}
