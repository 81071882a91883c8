// SPDX-License-Identifier: Apache-2.0

import Callbacks
import JSON
import Ledger
import Simulator
import Testing

@testable import Receiver

/// Every task ends rightly, whatever becomes of its callbacks.
@Suite(.timeLimit(.minutes(5))) struct ReconcilingSafetyTests {
  @Test func `with all callbacks lost every task ends confirmed, and the metric says that all were rescued`()
    async throws
  {
    let world = try await SafetyWorld([.lost: 1])
    let tasks = try await world.submit(count: 12).map { try #require($0.id) }
    await world.untilConfirmed(tasks)
    #expect(tasks.allSatisfy { world.ledger.task($0)?.state == .success })
    #expect(try await world.metric("tasks_rescued_total", becoming: "12") == "12")
    #expect(try await world.metric("callbacks_never_arrived", becoming: "1") == "1")
    #expect(try await world.text("/readyz?verbose").contains("[!] callbacks"))
    #expect(try await world.text("/readyz?verbose").hasSuffix("ready\n"))
    #expect(tasks.allSatisfy { world.ends.counts[$0] == 1 })
    await world.stop()
  }

  @Test(
    arguments: [
      [:], [.early: 1], [.duplicate: 1], [.outOfOrder: 1], [.stale: 1], [.taskID: 1], [.late: 1], [.noURLs: 1],
      [.malformed: 1], [.conflictingIDs: 1], [.wrongKey: 1], [.early: 1, .duplicate: 1, .outOfOrder: 1],
    ] as [[Fault: Double]])
  func `whatever is wrong with the callbacks, the end is that of the clean run, and it comes once`(
    _ faults: [Fault: Double]
  ) async throws {
    let world = try await SafetyWorld(faults)
    let tasks = try await world.submit(count: 6).map { try #require($0.id) }
    await world.untilConfirmed(tasks)
    let provider = await world.book.tasks
    #expect(provider.count == tasks.count)
    for id in tasks {
      let task = try #require(world.ledger.task(id))
      let name = try #require(task.providerTaskID)
      #expect(task.state == .success && task.progress == 100 && task.failure == nil)
      #expect(task.result?.urls.count == 1 && task.result?.urls[0].hasSuffix("/files/\(name)/0.mp4") == true)
      #expect(task.result?.watermarkURLs.count == 1 && task.alerts.isEmpty)
      #expect(provider.contains { $0.taskID == name && $0.callBackURL?.contains("\(id)".dropFirst(4)) == true })
      #expect(world.ends.counts[id] == 1)
    }
    await world.stop()
  }

  @Test func `a rightly signed callback with other links never becomes confirmed with them`() async throws {
    let world = try await SafetyWorld([.changedBody: 1])
    let tasks = try await world.submit(count: 4).map { try #require($0.id) }
    await world.until(tasks) { $0.trust == .confirmed && !$0.alerts.isEmpty }
    for id in tasks {
      let task = try #require(world.ledger.task(id))
      let name = try #require(task.providerTaskID)
      #expect(task.result?.urls.allSatisfy { $0.contains("/files/\(name)/") } == true)
      #expect(task.alerts.contains { $0.contains("disagrees") })
    }
    await world.stop()
  }

  @Test func `a failure told after a success changes nothing`() async throws {
    let world = try await SafetyWorld([.lateFail: 1])
    let tasks = try await world.submit(count: 4).map { try #require($0.id) }
    await world.until(tasks) { $0.trust == .confirmed && $0.history.filter { $0.type == .callback }.count == 2 }
    #expect(tasks.allSatisfy { world.ledger.task($0)?.state == .success })
    #expect(tasks.allSatisfy { world.ends.counts[$0] == 1 })
    await world.stop()
  }

  @Test func `failed tasks end in failure, and cost nothing`() async throws {
    let world = try await SafetyWorld()
    let id = try #require(try await world.submit("this one is to break [fail]").id)
    await world.untilConfirmed([id])
    let task = try #require(world.ledger.task(id))
    #expect(task.state == .fail && task.failure?.code == "500")
    #expect(try await world.get("/costs").json["credits"]?.int == 0)
    await world.stop()
  }

  @Test func `what was open or not confirmed at a stop is taken up by the next start`() async throws {
    var world = try await SafetyWorld([.lost: 0.5])
    let tasks = try await world.submit(count: 10).map { try #require($0.id) }
    world = try await world.restarted()
    await world.untilConfirmed(tasks)
    #expect(tasks.allSatisfy { world.ledger.task($0)?.state == .success })
    await world.stop()
  }

  @Test func `a lost answer is never followed by a second request, and the callback finds its task`() async throws {
    let world = try await SafetyWorld([.lostAnswer: 1])
    let answers = try await world.submit(count: 5)
    // The callback may be faster than the loss.
    #expect(answers.allSatisfy { $0.status == 202 || $0.status == 201 })
    let tasks = try answers.map { try #require($0.id) }
    await world.untilConfirmed(tasks)
    #expect(await world.book.tasks.count == 5)
    #expect(try await world.metric("tasks_unknown", becoming: "0") == "0")
    await world.stop()
  }

  @Test func `an unknown task whose callback never comes is joined by the operator, on the record's word`()
    async throws
  {
    let world = try await SafetyWorld([.lostAnswer: 1, .lost: 1])
    let first = try #require(try await world.submit().id)
    let second = try #require(try await world.submit().id)
    #expect(world.ledger.task(first)?.state == .unknown)
    #expect(try await world.metric("tasks_unknown", becoming: "2") == "2")
    #expect(try await world.text("/readyz?verbose").contains("2 tasks are unknown"))
    let entries = await world.book.tasks
    let own = try #require(entries.first { $0.callBackURL?.contains("\(first)".dropFirst(4)) == true })
    let other = try #require(entries.first { $0.taskID != own.taskID })

    // The provider's record of another task names another address.
    let wrong = try await world.post("/tasks/\(first)/join", ["providerTaskId": .string(other.taskID)])
    #expect(wrong.status == 409 && world.ledger.task(first)?.state == .unknown)
    #expect(try await world.post("/tasks/\(first)/join", ["providerTaskId": "nothing-of-the-kind"]).status == 502)
    let right = try await world.post("/tasks/\(first)/join", ["providerTaskId": .string(own.taskID)])
    #expect(right.status == 200 && right.json["providerTaskId"]?.string == own.taskID)
    await world.untilConfirmed([first])
    #expect(world.ledger.task(first)?.state == .success)

    let none = try await world.post("/tasks/\(second)/join", ["providerTaskId": .null])
    #expect(none.status == 200 && none.json["state"]?.string == "refused")
    #expect(try await world.metric("tasks_unknown", becoming: "0") == "0")
    await world.stop()
  }

  @Test func `without an API key nothing is polled, and verbose readiness says so`() async throws {
    let world = try await SafetyWorld(settings: { $0.provider.apiKey = nil })
    let ready = try await world.text("/readyz?verbose")
    #expect(ready.contains("[!] reconciler: no API key") && ready.hasSuffix("ready\n"))
    await world.stop()
  }
}
