// SPDX-License-Identifier: Apache-2.0

import Callbacks
import Ledger
import Testing

@testable import Submitter

@Suite(.timeLimit(.minutes(5))) struct ReconcilerTests {
  @Test func `not found right after the creation is not yet, and is asked again`() async throws {
    // Slow enough that the time in which "not found" means "not yet" does not pass on a machine that runs.
    let house = try SafetyHouse(speed: 20) { _, number in (200, number < 4 ? notFound : record("p-1", "success")) }
    await house.submitter.start()
    let id = try await house.accept("p-1")
    await house.untilConfirmed(id)
    await house.until { house.submitter.reconciler.counts.rescued == 1 }
    #expect(house.submitter.reconciler.counts.answers[.notFound] == 3)
    let times = house.provider.asked.map(\.at.milliseconds)
    // On a machine that stood still meanwhile, "not found" has come to mean something else.
    if times[2] - id.time.milliseconds < PollSchedule.settlingTime / 2 { #expect(house.notices.isEmpty) }
    // No two questions about one task come closer than 2 s.
    #expect(zip(times, times.dropFirst()).allSatisfy { $1 - $0 >= 2000 })
    await house.end()
  }

  @Test func `a record that is still under way does not confirm an end, and is asked again until it does`()
    async throws
  {
    let house = try SafetyHouse { _, number in (200, record("p-1", number < 4 ? "generating" : "success")) }
    await house.submitter.start()
    house.call(back: "p-1")
    await house.until { house.ledger.task(providerTaskID: "p-1")?.trust == .confirmed }
    let task = try #require(house.ledger.task(providerTaskID: "p-1"))
    #expect(task.state == .success && task.alerts.isEmpty)
    #expect(house.provider.asked.count == 4 && house.submitter.reconciler.counts.rescued == 0)
    // Nothing is written down that says nothing new.
    #expect(task.history.count == 2)
    let times = house.provider.asked.map(\.at.milliseconds)
    #expect(zip(zip(times, times.dropFirst()), [2000, 5000, 15000]).allSatisfy { $0.1 - $0.0 >= $1 })
    await house.end()
  }

  @Test func `a record that disagrees corrects the end, and says so`() async throws {
    let house = try SafetyHouse { _, _ in (200, record("p-1", "success", url: "https://files.example.test/real")) }
    await house.submitter.start()
    house.call(back: "p-1")
    await house.until { house.ledger.task(providerTaskID: "p-1")?.trust == .confirmed }
    let task = try #require(house.ledger.task(providerTaskID: "p-1"))
    #expect(task.result?.urls == ["https://files.example.test/real"] && task.alerts.count == 1)
    await house.submitter.stop()
    #expect(house.submitter.reconciler.counts.corrected == 1)
    #expect(house.notices == [.corrected(task.id)])
    await house.end()
  }

  @Test(arguments: [
    (0, ""), (502, "<html>"), (200, "not JSON"), (200, #"{"code":500,"msg":"Server exception"}"#),
    (200, #"{"code":429,"msg":"too fast"}"#), (200, #"{"code":401,"msg":"no"}"#), (200, record("p-2", "success")),
  ])
  func `whatever goes wrong with a question it is asked again`(status: Int, body: String) async throws {
    let house = try SafetyHouse { _, number in number < 3 ? (status, body) : (200, record("p-1", "fail")) }
    await house.submitter.start()
    let id = try await house.accept("p-1")
    await house.untilConfirmed(id)
    #expect(house.ledger.task(id)?.state == .fail && house.ledger.task(id)?.alerts.isEmpty == true)
    #expect(house.provider.asked.count == 3)
    let times = house.provider.asked.map(\.at.milliseconds)
    let least: Int64 = body.contains("429") ? 10_000 : body.contains("401") ? 60_000 : 2_000
    #expect(zip(times, times.dropFirst()).allSatisfy { $1 - $0 >= least })
    await house.end()
  }

  @Test func `a success whose record names no result is asked again`() async throws {
    let empty = #"{"code":200,"data":{"taskId":"p-1","state":"success","resultJson":"{\"resultUrls\":[]}"}}"#
    let house = try SafetyHouse { _, number in (200, number < 3 ? empty : record("p-1", "success")) }
    await house.submitter.start()
    let id = try await house.accept("p-1")
    await house.untilConfirmed(id)
    #expect(house.ledger.task(id)?.result?.urls.count == 1 && house.provider.asked.count == 3)
    await house.end()
  }

  @Test func `open tasks and unconfirmed ends of the time before are taken up at the start`() async throws {
    let house = try SafetyHouse { url, _ in (200, record(String(url.suffix(3)), "success")) }
    let open = try await house.accept("p-1")
    house.call(back: "p-2")
    await house.until { house.ledger.task(providerTaskID: "p-2")?.state == .success }
    let ended = try #require(house.ledger.task(providerTaskID: "p-2")).id
    #expect(house.provider.asked.isEmpty)
    await house.submitter.start()
    await house.untilConfirmed(open)
    await house.untilConfirmed(ended)
    await house.end()
  }

  @Test func `a flood of stale callbacks makes one question, and none about what is confirmed`() async throws {
    // Slow enough that no minute passes within the test.
    let house = try SafetyHouse(speed: 1) { _, _ in (200, record("p-1", "success")) }
    await house.submitter.start()
    let id = try await house.accept("p-1")
    for _ in 0..<200 {
      await house.submitter.reconciler.hint(id, nil)
      await house.submitter.reconciler.hint(nil, "p-1")
      await house.submitter.reconciler.hint(nil, "p-unheard-of")
    }
    await house.untilConfirmed(id)
    for _ in 0..<200 { await house.submitter.reconciler.hint(id, nil) }
    #expect(house.provider.asked.count == 1)
    await house.end()
  }

  @Test func `many tasks are asked about one after another, within the provider's limit`() async throws {
    let house = try SafetyHouse(speed: 20) { url, _ in (200, record(String(url.split(separator: "=")[1]), "success")) }
    var tasks: [TaskID] = []
    for number in 0..<40 { tasks.append(try await house.accept("p-\(number)")) }
    await house.submitter.start()
    for id in tasks { await house.untilConfirmed(id) }
    let times = house.provider.asked.map(\.at.milliseconds).sorted()
    #expect(times.count == 40)
    #expect((times.last ?? 0) - (times.first ?? 0) >= 37 * Reconciler.pace)
    await house.end()
  }

  @Test func `three tasks that end without any callback are an alarm, until the first callback comes`() async throws {
    let house = try SafetyHouse { url, _ in (200, record(String(url.suffix(3)), "success")) }
    await house.submitter.start()
    for name in ["p-1", "p-2", "p-3"] { await house.untilConfirmed(try await house.accept(name)) }
    await house.until { house.submitter.reconciler.counts.rescued == 3 }
    await house.submitter.reconciler.heard([])
    #expect(house.submitter.reconciler.counts.callbacksNeverArrived)
    await house.until { house.notices == [.noCallbackEver(tasks: 3)] }
    house.call(back: "p-1")
    await house.until { house.submitter.reconciler.counts.hasHeardCallback }
    await house.submitter.reconciler.heard([])
    #expect(!house.submitter.reconciler.counts.callbacksNeverArrived)
    await house.end()
  }

  @Test func `without an API key nothing is asked; with one at last, all that was missed is`() async throws {
    let house = try SafetyHouse(hasProvider: false) { _, _ in (200, record("p-1", "success")) }
    await house.submitter.start()
    house.call(back: "p-1")
    await house.until { house.ledger.task(providerTaskID: "p-1") != nil }
    #expect(house.provider.asked.isEmpty && house.submitter.reconciler.counts == ReconcilerCounts())
    house.submitter.use(
      SubmitterConfiguration(publicURL: nil, provider: house.provider.provider, tokenKey: house.tokenKey))
    await house.until { house.ledger.task(providerTaskID: "p-1")?.trust == .confirmed }
    await house.end()
  }

  @Test func `a task joined by hand is one whose record names our address, unless the operator insists`() async throws {
    let token = Lookup()
    let house = try SafetyHouse { url, _ in
      switch true {
      case url.contains("createTask"): (0, "")
      case url.contains("p-own"):
        (
          200,
          #"{"code":200,"data":{"taskId":"p-own","state":"waiting","param":"{\"callBackUrl\":\"https://h/callbacks/\#(token.value)\"}"}}"#
        )
      case url.contains("p-none"): (200, notFound)
      default: (200, record("p-other", "waiting"))
      }
    }
    await house.submitter.start()
    guard case .task(let task) = await house.submit() else { throw Unexpected() }
    #expect(task.state == .unknown)
    token.value = CallbackToken.mint(task.id, key: house.tokenKey)

    guard case .unproven = await house.submitter.join(task.id, "p-other", isInsisting: false) else {
      throw Unexpected()
    }
    guard case .failed = await house.submitter.join(task.id, "p-none", isInsisting: true) else { throw Unexpected() }
    #expect(house.ledger.task(task.id)?.state == .unknown)
    guard case .joined = await house.submitter.join(task.id, "p-own", isInsisting: false) else { throw Unexpected() }
    let joined = try #require(house.ledger.task(task.id))
    #expect(joined.providerTaskID == "p-own" && joined.state == .waiting && joined.alerts.count == 1)
    guard case .notPossible = await house.submitter.join(task.id, "p-other", isInsisting: true) else {
      throw Unexpected()
    }
    guard case .notPossible = await house.submitter.disown(task.id) else { throw Unexpected() }

    guard case .task(let second) = await house.submit() else { throw Unexpected() }
    guard case .notPossible = await house.submitter.join(second.id, "p-own", isInsisting: true) else {
      throw Unexpected()
    }
    guard case .joined = await house.submitter.join(second.id, "p-other", isInsisting: true) else { throw Unexpected() }
    #expect(house.ledger.task(second.id)?.alerts.contains { $0.contains("nothing proves it") } == true)
    await house.end()
  }
}
