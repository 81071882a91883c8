// SPDX-License-Identifier: Apache-2.0

import Glibc
import JSON
import Testing

extension EndToEnd {
  /// The connection to the provider, cut within the one exchange that costs money.
  @Suite struct CreateCutTests {
    private static let create = "POST /api/v1/jobs/createTask "

    @Test func `cut after every byte of the create exchange, no task is made twice and none is forgotten`() throws {
      let stand = try Stand(isRelayed: true, settings: ["HOOKLEDGER_RESULTS_SAVE=false"])
      let relay = try #require(stand.relay)
      var submissions = try stand.submit(count: 1)
      let whole = try #require(relay.exchanges(Self.create).first)
      let cuts =
        (0..<whole.request).map { Relay.Cut(side: .request, bytes: $0) }
        + (0...whole.response).map { Relay.Cut(side: .response, bytes: $0) }
      let connection = try stand.connect()
      var statuses: [Int: Int] = [:]
      for cut in cuts {
        relay.use { line, _ in line.hasPrefix(Self.create) ? .cut(cut) : .pass }
        let answer = try connection.post("/api/v1/tasks", Stand.order("kite number 0"))
        statuses[answer.status, default: 0] += 1
        submissions.append(try #require(answer.json["id"]?.string, "\(answer.status): \(answer.text)"))
      }
      relay.use { _, _ in .pass }

      // Accepted or unknown, and as many requests as submissions: none was sent again.
      #expect(Set(statuses.keys).isSubset(of: [201, 202]), "\(statuses)")
      let exchanges = relay.exchanges(Self.create)
      #expect(exchanges.count == submissions.count)
      #expect(exchanges.allSatisfy { $0.request == whole.request })
      let book = try stand.simulator.book()
      #expect(book.repeated.isEmpty)
      #expect(book.tasks.count == whole.response + 2)
      #expect(Set(book.tasks.map(\.submission)).isSubset(of: submissions))
      try stand.untilConfirmed(book.tasks.map(\.submission))
      let tasks = try stand.tasks().reduce(into: [:]) { $0[$1["id"]?.string ?? ""] = $1 }
      for entry in book.tasks {
        #expect(tasks[entry.submission]?["providerTaskId"]?.string == entry.taskID)
        #expect(tasks[entry.submission]?["state"] == "success")
      }
      let made = Set(book.tasks.map(\.submission))
      #expect(submissions.allSatisfy { made.contains($0) || tasks[$0]?["state"] == "unknown" })
      #expect(tasks.count == submissions.count)
      #expect(try stand.metric("tasks_unknown") == submissions.count - made.count)
      print(
        "create cuts: \(cuts.count) cuts (\(whole.request) bytes up, \(whole.response) down), \(book.tasks.count) tasks made,"
          + " 0 twice, 0 forgotten")
    }

    @Test func `killed in the middle of the create exchange, it makes no task twice and forgets none`() throws {
      let stand = try Stand(speed: 20, isRelayed: true, settings: ["HOOKLEDGER_RESULTS_SAVE=false"])
      let relay = try #require(stand.relay)
      try stand.untilConfirmed(try stand.submit(count: 1))
      let whole = try #require(relay.exchanges(Self.create).first)
      let points =
        (0..<8).map { (Relay.Cut.Side.request, $0 * whole.request / 7) }
        + (0..<12).map { (.response, $0 * whole.response / 11) }
      for (side, bytes) in points {
        let cut = Relay.Cut(side: side, bytes: bytes, blow: stand.killer)
        relay.use { line, _ in line.hasPrefix(Self.create) ? .cut(cut) : .pass }
        // After the last byte the answer may be faster than the signal.
        _ = try? stand.connect().post("/api/v1/tasks", Stand.order("kite number 0"))
        #expect(try stand.reap() == -SIGKILL)
        relay.use { _, _ in .pass }
        try stand.start()
      }
      #expect(relay.exchanges(Self.create).count == points.count + 1)
      let book = try stand.simulator.book()
      #expect(book.repeated.isEmpty)
      // A whole request was passed on by the last cut of the requests and by all of the responses.
      #expect(book.tasks.count == 1 + 1 + 12)
      var byHand = 0
      for entry in book.tasks where try stand.task(entry.submission)["state"] == "unknown" {
        // The provider gave its callback up while the server was away: the operator tells it.
        let (status, output) = try stand.run(["tasks", "join", entry.submission, entry.taskID])
        #expect(status == 0, "\(output)")
        byHand += 1
      }
      try stand.untilConfirmed(book.tasks.map(\.submission))
      let tasks = try stand.tasks()
      for entry in book.tasks {
        let own = tasks.filter { $0["providerTaskId"]?.string == entry.taskID }
        #expect(own.count == 1 && own.first?["id"]?.string == entry.submission)
        #expect(own.first?["state"] == "success")
      }
      // What the provider never made is told as such; none is taken for one that never left.
      #expect(tasks.count == points.count + 1)
      #expect(tasks.count { $0["state"] == "unknown" } == points.count + 1 - book.tasks.count)
      #expect(try stand.stop() == 0)
      let (status, output) = try Program.run(["ledger", "check", "--data-directory", stand.data])
      #expect(status == 0, "\(output)")
      print(
        "create kills: \(points.count) kills, \(book.tasks.count) tasks made, 0 twice, 0 forgotten, \(byHand) by hand")
    }
  }
}
