// SPDX-License-Identifier: Apache-2.0

import JSON
import Testing

extension EndToEnd {
  /// Callbacks that come otherwise than they should, or do not come.
  @Suite struct CallbackTests {
    private static let count = 20

    @Test func `with all callbacks dropped every task ends confirmed, and the metric says that all were rescued`()
      throws
    {
      let count = 200
      let stand = try Stand(faults: ["lost"], settings: ["HOOKLEDGER_RESULTS_SAVE=false"])
      let ids = try stand.submit(count: count)
      try stand.untilConfirmed(ids)
      #expect(try stand.simulator.book().callbacks == 0)
      // The counters follow the ledger by a moment.
      try stand.until("counted as rescued") { try stand.metric("tasks_rescued_total") == count }
      #expect(try stand.metric("tasks_ended_total") == count)
      #expect(try stand.metric("callbacks_received_total") == 0)
      #expect(try stand.metric("callbacks_never_arrived") == 1)
      #expect(try stand.tasks().allSatisfy { $0["state"] == "success" && $0["trust"] == "confirmed" })
      print("callbacks dropped: \(count) tasks, \(count) rescued, all confirmed")
    }

    @Test func `whatever is wrong with the callbacks, the end is that of the clean run, and it comes once`() throws {
      let clean = try run([])
      #expect(clean.ends.count == Self.count && clean.received == clean.callbacks)
      // And how many callbacks on the completion address each task gets.
      let faults = [
        (["early"], 1), (["duplicate"], 3), (["out-of-order"], 1), (["stale"], 1), (["task_id"], 1), (["late"], 1),
        (["wrong-key"], 1), (["unsigned"], 1), (["conflicting-ids"], 1), (["no-urls"], 1), (["malformed"], 1),
        (["late-fail"], 2), (["early", "duplicate", "out-of-order"], 3),
      ]
      for (names, completions) in faults {
        let outcome = try run(names, completions: completions)
        #expect(outcome.ends == clean.ends, "\(names)")
        #expect(outcome.ended == Self.count, "\(names)")
      }
      print(
        "callbacks wrong: \(faults.count) ways, \(Self.count) tasks each, the clean run's end \(faults.count) times")
    }

    private struct Outcome {
      /// What was said of each task at the end, by the provider's id.
      let ends: [String: JSON]
      /// Terminal events in all.
      let ended: Int?
      let received: Int?
      let callbacks: Int
    }

    /// Submits, and lets everything that is to come come.
    private func run(_ faults: [String], completions: Int = 1) throws -> Outcome {
      let stand = try Stand(faults: faults, settings: ["HOOKLEDGER_RESULTS_SAVE=false"])
      let ids = try stand.submit(count: Self.count)
      try stand.untilConfirmed(ids)
      try stand.until("at the end of the callbacks") { try stand.simulator.isQuiet(completions: completions) }
      try stand.until("counted") { try stand.metric("tasks_ended_total") ?? 0 >= Self.count }
      let book = try stand.simulator.book()
      #expect(book.repeated.isEmpty && book.tasks.map(\.submission) == ids, "\(faults)")
      let ends = try stand.tasks().map { task in
        (task["providerTaskId"]?.string ?? "", try end(of: task, stand))
      }
      return Outcome(
        ends: try Dictionary(ends) { _, _ in throw Broken("two tasks have one provider's id") },
        ended: try stand.metric("tasks_ended_total"), received: try stand.metric("callbacks_received_total"),
        callbacks: book.callbacks)
    }

    /// What must not depend on how the callbacks came. The port is another in each run.
    private func end(of task: JSON, _ stand: Stand) throws -> JSON {
      let keys = ["model", "state", "trust", "progress", "input", "result", "failure", "credits"]
      let text = JSON.object(JSONObject(keys.map { ($0, task[$0] ?? .null) })).description
      return try JSON.parse(Array(text.replacing(":\(stand.simulator.port)/", with: "/").utf8))
    }

    @Test func `a signed callback with a changed link is never confirmed and never downloaded`() throws {
      let count = 40
      let record = "GET /api/v1/jobs/recordInfo"
      let stand = try Stand(faults: ["changed-body"], isRelayed: true)
      let relay = try #require(stand.relay)
      // As long as the record cannot be had, the callback is all there is.
      relay.use { line, _ in line.hasPrefix(record) ? .cut(Relay.Cut(side: .response, bytes: 0)) : .pass }
      let ids = try stand.submit(count: count)
      try stand.until("told by callbacks") { try stand.tasks().allSatisfy { $0["state"] == "success" } }
      try stand.until("asked for") { relay.exchanges(record).count >= 2 * count }
      #expect(try stand.tasks().allSatisfy { $0["trust"] == "signed" })
      #expect(relay.exchanges("GET /files/").isEmpty)

      relay.use { _, _ in .pass }
      try stand.untilConfirmed(ids)
      try stand.until("saved") { try stand.metric("results_saved_total") == count }
      let book = try stand.simulator.book()
      #expect(book.tasks.count == count)
      #expect(book.tasks.allSatisfy { $0.decoyDownloads == 0 && $0.downloads == 1 })
      for entry in book.tasks {
        let task = try stand.task(entry.submission)
        let links = (task["result"]?["urls"]?.array ?? []) + (task["result"]?["watermarkUrls"]?.array ?? [])
        #expect(links.count == 2 && links.allSatisfy { $0.string?.contains("/files/\(entry.taskID)/") == true })
        #expect(task["alerts"]?.array?.contains { $0.string?.contains("disagrees") == true } == true, "\(task)")
      }
      print("changed links: \(count) tasks, none confirmed with them, none of the links followed")
    }
  }
}
