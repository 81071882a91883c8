// SPDX-License-Identifier: Apache-2.0

import JSON
import Testing

extension EndToEnd {
  /// What is asked of the provider, and what it costs.
  @Suite struct SpendingTests {
    @Test func `of a burst of 200 none is refused by the provider, the order is kept, and the wait is told`() throws {
      let count = 200
      let stand = try Stand(speed: 20, settings: ["HOOKLEDGER_RESULTS_SAVE=false"])
      let connections = try (0..<count).map { _ in try stand.connect() }
      for connection in connections { #expect(try connection.get("/livez").status == 200) }
      for (number, connection) in connections.enumerated() {
        try connection.send("/api/v1/tasks", Stand.order("kite number \(number)"))
      }
      var told: [Int] = []
      try stand.until("all let through") {
        let (status, output) = try stand.run(["tasks", "list", "--output", "table"])
        #expect(status == 0)
        if let line = output.split(separator: "\n").first(where: { $0.hasPrefix("waiting: ") }) {
          // Of the two, the one that is longer on this machine.
          let causes = ["the provider's limit of 20 new tasks in 10 s", "the answer to the one before"]
          #expect(causes.contains { line.hasSuffix("submissions wait for \($0)") }, "\(line)")
          told += line.split(separator: " ").dropFirst().first.flatMap { Int($0) }.map { [$0] } ?? []
        }
        return try !told.isEmpty && stand.metric("submissions_waiting") == 0
      }
      #expect(told == told.sorted(by: >) && Set(told).count > 1, "\(told)")
      let answers = try connections.map { try $0.receive() }
      #expect(answers.allSatisfy { $0.status == 201 })
      let book = try stand.simulator.book()
      #expect(book.refusals.isEmpty && book.repeated.isEmpty)
      let places = Dictionary(uniqueKeysWithValues: book.tasks.enumerated().map { ($1.submission, $0) })
      let order = answers.compactMap { places[$0.json["id"]?.string ?? ""] }
      // An answer that takes longer than a second of the provider's lets the next one pass: here that is 50 ms, which a
      // machine with other work may take now and then.
      let inOrder = Self.longestRise(order)
      #expect(order.count == count && inOrder >= count - 10, "\(order)")
      print("burst: \(count) submissions, 0 refused, \(inOrder) in order, waiting as told: \(told)")
    }

    /// How many numbers are left when those that are out of order are taken out.
    private static func longestRise(_ numbers: [Int]) -> Int {
      var tails: [Int] = []
      for number in numbers {
        let place = tails.firstIndex { $0 >= number } ?? tails.count
        if place == tails.count { tails.append(number) } else { tails[place] = number }
      }
      return tails.count
    }

    @Test func `1,000 tasks with every fault at 10 % end right, and the costs are the provider's to the last credit`()
      throws
    {
      let count = 1000
      let lanes = 8
      let faults = Self.faults.map { "\($0)=0.1" }
      let stand = try Stand(faults: faults)
      let port = stand.apiPort
      let statuses = try inLanes(lanes) { lane in
        let connection = try ClientConnection(port: port)
        return try stride(from: lane, to: count, by: lanes).map { number in
          // Every tenth fails, and is paid back.
          let prompt = number % 10 == 3 ? "kite number \(number) [fail]" : "kite number \(number)"
          return try connection.post("/api/v1/tasks", Stand.order(prompt)).status
        }
      }.joined()
      #expect(statuses.count == count && Set(statuses).isSubset(of: [201, 202, 402, 429]), "\(Set(statuses))")
      let book = try settle(stand)

      let tasks = try stand.tasks()
      #expect(tasks.count == count && Set(tasks.compactMap { $0["id"]?.string }).count == count)
      let known = tasks.reduce(into: [:]) { $0[$1["id"]?.string ?? ""] = $1 }
      var wrong: [String] = []
      for entry in book.tasks {
        let task = known[entry.submission] ?? .null
        let links = (task["result"]?["urls"]?.array ?? []) + (task["result"]?["watermarkUrls"]?.array ?? [])
        let isRight =
          task["providerTaskId"]?.string == entry.taskID && task["state"]?.string == entry.state
          && task["trust"] == "confirmed" && links.count == (entry.state == "success" ? 2 : 0)
          && links.allSatisfy { $0.string?.contains("/files/\(entry.taskID)/") == true }
          && task["result"]?["files"]?.array?.count ?? 0 == (entry.state == "success" ? 1 : 0)
          && entry.decoyDownloads == 0
        if !isRight { wrong.append("\(entry): \(task)") }
      }
      #expect(wrong.isEmpty, "\(wrong.count) tasks: \(wrong.first ?? "")")
      #expect(book.repeated.isEmpty)
      let made = Set(book.tasks.map(\.submission))
      #expect(tasks.allSatisfy { made.contains($0["id"]?.string ?? "") || $0["state"] == "refused" })

      for by in ["day", "model", "task"] {
        let (status, output) = try stand.run(["costs", "--by", by, "--output", "json"])
        let costs = try JSON.parse(Array(output.utf8))
        #expect(status == 0 && costs["credits"] == book.spent, "by \(by): \(costs["credits"] ?? .null), \(book.spent)")
      }
      print(
        "every fault at 10 %: \(count) submissions, \(book.tasks.count) tasks made and ended right, \(book.callbacks) callbacks,"
          + " \(book.spent) credits in both books")
    }

    @Test func `a provider that is not on this machine is asked at its own pace only`() throws {
      let folder = try Folder()
      let environment = [
        "HOOKLEDGER_PUBLIC_LISTEN=127.0.0.1:0", "HOOKLEDGER_API_LISTEN=127.0.0.1:0", "HOOKLEDGER_HMAC_KEYS=k",
        "HOOKLEDGER_DATA_DIR=\(folder.path)", "HOOKLEDGER_PROVIDER_URL=https://provider.invalid",
      ]
      let (status, output) = try Program.run(["serve", "--provider-speed", "2"], environment)
      #expect(status == 1 && output.contains("provider.url must be a loopback address"), "\(output)")
    }

    /// Waits until all that is known of itself is known, tells the rest as an operator would, and waits again.
    private func settle(_ stand: Stand) throws -> ProviderBook {
      let gauges = ["tasks_submitting", "tasks_running", "tasks_unconfirmed", "tasks_polled", "tasks_awaiting_results"]
      try stand.until("settled") { try gauges.allSatisfy { try stand.metric($0) == 0 } }
      let book = try stand.simulator.book()
      let made = Dictionary(uniqueKeysWithValues: book.tasks.map { ($0.submission, $0.taskID) })
      let connection = try stand.connect()
      var byHand = 0
      for task in try stand.tasks() where task["state"] == "unknown" {
        let id = try #require(task["id"]?.string)
        let word: JSON = ["providerTaskId": made[id].map { .string($0) } ?? .null]
        // The first record of some is not JSON, and then the operator has to ask once more.
        let first = try connection.post("/api/v1/tasks/\(id)/join", word)
        let last = first.status == 502 ? try connection.post("/api/v1/tasks/\(id)/join", word) : first
        #expect(last.status == 200, "\(last.text)")
        byHand += 1
      }
      try stand.until("settled by hand") {
        try (gauges + ["tasks_unknown"]).allSatisfy { try stand.metric($0) == 0 }
      }
      print("every fault at 10 %: \(byHand) unknown tasks told by hand")
      return try stand.simulator.book()
    }

    private static let faults = [
      "unsigned", "wrong-key", "stale", "duplicate", "early", "late", "lost", "out-of-order", "conflicting-ids",
      "changed-body", "task_id", "no-urls", "late-fail", "lost-answer", "http-502", "429", "402", "expired-links",
      "malformed",
    ]
  }
}
