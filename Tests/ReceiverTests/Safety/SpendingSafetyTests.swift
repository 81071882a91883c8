// SPDX-License-Identifier: Apache-2.0

import Callbacks
import JSON
import Ledger
import Simulator
import Testing

@testable import Receiver

/// Nothing is spent that should not be, and what is spent is told.
@Suite(.timeLimit(.minutes(5))) struct SpendingSafetyTests {
  @Test func `a burst of 200 is not refused by the provider even once`() async throws {
    let world = try await SafetyWorld(settings: { $0.spending.maxRunning = 90 })
    let answers = try await world.submit(count: 200)
    #expect(answers.allSatisfy { $0.status == 201 })
    let book = await world.book
    #expect(book.refusals.isEmpty && book.tasks.count == 200)
    #expect(try await world.metric("submissions_waiting", becoming: "0") == "0")
    await world.stop()
  }

  @Test func `when the provider is too busy a submission is sent again, and the task is made once`() async throws {
    let world = try await SafetyWorld([.rateLimited: 0.5])
    let answers = try await world.submit(count: 8)
    let book = await world.book
    #expect(answers.count { $0.status == 201 } == book.tasks.count)
    #expect(book.refusals[429, default: 0] > 0 && !book.tasks.isEmpty)
    #expect(answers.allSatisfy { $0.status == 201 || $0.status == 429 })
    await world.stop()
  }

  @Test func `no more tasks run than may`() async throws {
    let world = try await SafetyWorld(options: { $0.runningTasks = 3 }, settings: { $0.spending.maxRunning = 3 })
    let answers = try await world.submit(count: 12)
    #expect(answers.allSatisfy { $0.status == 201 })
    #expect(await world.book.refusals.isEmpty)
    await world.stop()
  }

  @Test func `below the floor nothing is sent`() async throws {
    let world = try await SafetyWorld(
      options: { $0.credits = 100 }, settings: { $0.spending.balanceFloor = 70 })
    let first = try await world.submit()
    #expect(first.status == 201)
    await world.untilConfirmed([try #require(first.id)])
    // One costs 30: after the second 40 would be left, and that is where it stops.
    #expect(try await world.submit().status == 201)
    let third = try await world.submit()
    #expect(third.status == 402)
    #expect(third.json["detail"]?.string?.contains("spending.balanceFloor") == true)
    #expect(await world.book.tasks.count == 2)
    await world.stop()
  }

  @Test func `beyond the day's cap nothing is sent, and running tasks count with what they are expected to cost`()
    async throws
  {
    let world = try await SafetyWorld(settings: { $0.spending.dailyCap = 75 })
    let first = try #require(try await world.submit().id)
    await world.untilConfirmed([first])
    #expect(try await world.submit().status == 201)
    let third = try await world.submit()
    #expect(third.status == 402)
    #expect(third.json["detail"]?.string?.contains("spending.dailyCap") == true)
    #expect(await world.book.tasks.count == 2)
    await world.stop()
  }

  @Test func `a model that fails five times in a row is stopped`() async throws {
    let world = try await SafetyWorld()
    for number in 0..<5 {
      let id = try #require(try await world.submit("break \(number) [fail]").id)
      await world.untilConfirmed([id])
    }
    // The brakes hear of the last end on a way of their own.
    var answer = try await world.submit("break again [fail]")
    while answer.status == 201 {
      await world.untilConfirmed([try #require(answer.id)])
      answer = try await world.submit("break again [fail]")
    }
    #expect(answer.status == 503)
    #expect(answer.json["detail"]?.string?.contains("in a row") == true)
    #expect(try await world.metric("models_paused", becoming: "1") == "1")
    #expect(try await world.get("/tasks").json["brakes"]?["pausedModels"]?.array?.count == 1)
    await world.stop()
  }

  @Test func `the costs are what the provider charged, to the hundredth`() async throws {
    var world = try await SafetyWorld()
    let tasks = try await world.submit(count: 7).map { try #require($0.id) }
    await world.untilConfirmed(tasks)
    let failed = try #require(try await world.submit("[fail]").id)
    await world.untilConfirmed([failed])
    let spent = await world.book.spent
    for by in ["day", "model", "task"] {
      let costs = try await world.get("/costs?by=\(by)").json
      #expect(costs["credits"] == .number(try #require(JSONNumber(text: "\(spent)"))))
      #expect(costs["tasks"]?.int == 8)
      #expect(costs["data"]?.array?.count == (by == "task" ? 8 : 1))
    }
    #expect(
      try await world.text("/api/v1/costs?format=csv&by=model")
        == "model,tasks,credits\r\nsora-2-image-to-video,8,210\r\n")
    #expect(try await world.get("/costs?since=2020-01-01&until=2020-12-31").json["tasks"]?.int == 0)
    #expect(try await world.get("/costs?since=yesterday").status == 400)
    #expect(try await world.get("/credits").status == 200)
    world = try await world.restarted()
    let after = try await world.get("/costs").json
    #expect(after["credits"]?.int == 210)
    #expect(after["data"]?[0]?["balanceLast"]?.double == 99790.25)
    await world.stop()
  }
}
