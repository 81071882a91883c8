// SPDX-License-Identifier: Apache-2.0

import Callbacks
import JSON
import Ledger
import Synchronization
import Testing

@testable import Submitter

struct Unexpected: Error {}

/// A value that is known only later.
final class Lookup: Sendable {
  private let text = Mutex("")
  var value: String {
    get { text.withLock { $0 } }
    set { text.withLock { $0 = newValue } }
  }
}

@Suite(.timeLimit(.minutes(5))) struct BrakesTests {
  /// Every create makes a task of its own.
  private static let accepting: ScriptedProvider.Script = { url, number in
    url.contains("createTask") ? (200, created("p-\(number)")) : (200, notFound)
  }

  @Test func `submissions leave in the order in which they came, and no faster than the provider takes them`()
    async throws
  {
    let house = try SafetyHouse(speed: 100, Self.accepting)
    await house.submitter.start()
    // Made one after another, sent off all at once.
    let requests = (0..<45).map {
      SubmitRequest(model: "some/model", input: ["prompt": .string("kite \($0).")], idempotency: nil)
    }
    await withTaskGroup(of: Void.self) { group in
      // The first goes ahead, so that the others meet in the queue.
      for request in requests {
        group.addTask { _ = await house.submitter.submit(request) }
      }
    }
    let creates = house.provider.asked("createTask")
    #expect(creates.count == 45)
    let order = creates.compactMap { asked in requests.indices.first { asked.body.contains("kite \($0).") } }
    // Those that came while the queue was empty went straight through. Of those that are let through together, each on
    // a task of its own, one may overtake another on its way to the provider.
    let queued = Array(order.dropFirst(CreateWindow.limit))
    for start in stride(from: 0, to: queued.count, by: CreateWindow.limit) {
      let together = queued[start..<min(start + CreateWindow.limit, queued.count)]
      let earlier = queued[..<start]
      #expect(together.allSatisfy { place in earlier.allSatisfy { $0 < place } })
    }
    for (one, other) in zip(creates, creates.dropFirst(CreateWindow.limit)) {
      #expect(other.at.milliseconds - one.at.milliseconds >= CreateWindow.span)
    }
    await house.end()
  }

  @Test func `a definite 429 is tried again a few times, with pauses, and never anything else`() async throws {
    let house = try SafetyHouse { url, number in
      guard url.contains("createTask") else { return (200, notFound) }
      return number <= 2 ? (200, #"{"code":429,"msg":"too fast"}"#) : (200, created("p-1"))
    }
    await house.submitter.start()
    guard case .task(let task) = await house.submit() else { throw Unexpected() }
    #expect(task.state == .waiting && task.providerTaskID == "p-1")
    let times = house.provider.asked("createTask").map(\.at.milliseconds)
    #expect(times.count == 3 && times[1] - times[0] >= 2_000 && times[2] - times[1] >= 4_000)
    #expect(house.submitter.brakeCounts.retries == 2 && house.submitter.brakeCounts.inFlight == 0)
    await house.end()
  }

  @Test(arguments: [
    (200, #"{"code":429,"msg":"too fast"}"#, 4, TaskStage.refused), (200, #"{"code":402,"msg":"top up"}"#, 1, .refused),
    (200, #"{"code":455,"msg":"maintenance"}"#, 1, .refused), (200, #"{"code":500,"msg":"oops"}"#, 1, .refused),
    (502, "<html>", 1, .unknown), (0, "", 1, .unknown), (200, "{}", 1, .unknown),
  ])
  func `each answer is sent so many times and books so`(
    status: Int, body: String, times: Int, stage: TaskStage
  ) async throws {
    let house = try SafetyHouse { url, _ in url.contains("createTask") ? (status, body) : (200, notFound) }
    await house.submitter.start()
    guard case .task(let task) = await house.submit() else { throw Unexpected() }
    #expect(task.state == stage && house.provider.asked("createTask").count == times)
    #expect(house.ledger.openCounts(since: Timestamp(milliseconds: 0)).unknown == (stage == .unknown ? 1 : 0))
    #expect(house.notices.contains { if case .unknown = $0 { true } else { false } } == (stage == .unknown))
    await house.end()
  }

  @Test func `refusals that are the provider's own failures stop the model after the fifth`() async throws {
    // Slow enough that the pause is not over before it is looked at.
    let house = try SafetyHouse(speed: 10) { url, _ in
      url.contains("createTask") ? (200, #"{"code":501,"msg":"generation failed"}"#) : (200, notFound)
    }
    await house.submitter.start()
    for _ in 0..<5 { _ = await house.submit() }
    guard case .held(.modelPaused("some/model", failures: 5, _)) = await house.submit() else { throw Unexpected() }
    #expect(house.provider.asked("createTask").count == 5)
    #expect(house.submitter.brakeCounts.pauses.map(\.model) == ["some/model"])
    #expect(house.submitter.brakeCounts.held[.modelPaused] == 1)
    #expect(house.ledger.counts.tasks == 5)
    await house.end()
  }

  @Test func `beyond a thousand that wait nobody is let into the queue, and a stop turns all of them away`()
    async throws
  {
    let house = try SafetyHouse(spending: SpendingLimits(maxRunning: 0), Self.accepting)
    await house.submitter.start()
    let waiting = Task {
      await withTaskGroup(of: Bool.self) { group in
        for number in 0..<Brakes.maxWaiting {
          group.addTask { if case .held(.stopping) = await house.submit(number) { true } else { false } }
        }
        return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
      }
    }
    while house.submitter.brakeCounts.waiting < Brakes.maxWaiting { await Task.yield() }
    guard case .held(.queueFull) = await house.submit() else { throw Unexpected() }
    await house.submitter.stop()
    #expect(await waiting.value == Brakes.maxWaiting)
    guard case .held(.stopping) = await house.submit() else { throw Unexpected() }
    // What waited was neither sent nor booked.
    #expect(house.provider.asked.isEmpty && house.ledger.counts.tasks == 0)
    await house.end()
  }

  @Test func `who goes away while he waits takes his submission with him`() async throws {
    let house = try SafetyHouse(spending: SpendingLimits(maxRunning: 0), Self.accepting)
    await house.submitter.start()
    let waiting = Task { await house.submit() }
    while house.submitter.brakeCounts.waiting < 1 { await Task.yield() }
    waiting.cancel()
    guard case .held(.abandoned) = await waiting.value else { throw Unexpected() }
    #expect(house.submitter.brakeCounts.waiting == 0 && house.ledger.counts.tasks == 0)
    await house.end()
  }

  @Test func `a key that waits twice is sent once`() async throws {
    let house = try SafetyHouse(Self.accepting)
    let outcomes = Task {
      await withTaskGroup(of: SubmitOutcome.self) { group in
        for _ in 0..<5 { group.addTask { await house.submit(key: "k") } }
        return await group.reduce(into: []) { $0.append($1) }
      }
    }
    while house.submitter.brakeCounts.waiting < 5 { await Task.yield() }
    await house.submitter.start()
    #expect(await outcomes.value.count == 5)
    #expect(house.provider.asked("createTask").count == 1 && house.ledger.counts.tasks == 1)
    #expect(house.submitter.brakeCounts.inFlight == 0)
    await house.end()
  }

  @Test func `with a floor nothing is sent while the balance cannot be had`() async throws {
    let house = try SafetyHouse(spending: SpendingLimits(balanceFloor: CreditAmount("10"))) { _, _ in (503, "") }
    await house.submitter.start()
    guard case .held(.balanceUnknown) = await house.submit() else { throw Unexpected() }
    #expect(house.provider.asked("createTask").isEmpty)
    await house.end()
  }

  @Test func `the balance is asked for at most every 30 s, and each new one is kept`() async throws {
    let house = try SafetyHouse(speed: 1, spending: SpendingLimits(balanceFloor: CreditAmount("10"))) { url, number in
      if url.contains("credit") { return (200, #"{"code":200,"data":\#(100 - number).25}"#) }
      return url.contains("createTask") ? (200, created("p-\(number)")) : (200, record("p-\(number)", "waiting"))
    }
    await house.submitter.start()
    // What such a task costs is known, so that the reading stays good.
    let known = try await house.accept("p-0")
    try await house.ledger.append(
      .record(
        task: known,
        report: TaskReport(providerTaskID: "p-0", state: .success, urls: ["https://a.test"], credits: "1.5")))
    for number in 0..<5 { _ = await house.submit(number) }
    #expect(house.provider.asked("createTask").count == 5 && house.provider.asked("credit").count == 1)
    #expect(house.ledger.lastBalance?.credits.description == "99.25")
    await house.end()
  }
}
