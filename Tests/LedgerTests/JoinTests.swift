// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Callbacks
@testable import Ledger

/// Two ids for one task, found out later.
@Suite("Joining") struct JoinTests {
  /// What tells the ledger that the orphan `p-1` is the submission.
  enum Link: CaseIterable {
    case acceptance, token, record
  }

  private func link(_ link: Link, _ house: House, _ id: TaskID) async throws {
    switch link {
    case .acceptance: try await house.tell(.accepted(task: id, providerTaskID: "p-1"))
    case .token: await house.deliver(callback("p-1", .generating, for: id, digest: 99))
    case .record: try await house.tell(.record(task: id, report: report("p-1", .generating)))
    }
  }

  @Test(arguments: Link.allCases, [true, false])
  func `an orphan becomes the submission that it is`(by way: Link, afterItsFileIsWritten isWritten: Bool) async throws {
    let disk = MemoryDisk()
    let house = try House(disk)
    let id = try await house.submit()
    await house.deliver(callback("p-1", .success, digest: 5, credits: "3"))
    let orphan = try #require(house.ledger.task(providerTaskID: "p-1"))
    #expect(orphan.id != id && orphan.input == nil)
    if isWritten { house.follow() }

    try await link(way, house, id)
    let task = try #require(house.ledger.task(id))
    #expect(task.id == id && task.state == .success && task.providerTaskID == "p-1" && task.credits == "3")
    #expect(task.aliases == [orphan.id])
    #expect(task.history.first?.type == .submitted && task.history.contains { $0.digest == 5 })
    #expect(house.ledger.task(orphan.id) == task)
    #expect(house.ledger.task(providerTaskID: "p-1") == task)
    #expect(house.all == [task])
    house.listen()
    #expect(
      house.post.commits.last?.changes.last
        == TaskChange(task: id, seq: 3, type: task.history.last?.type ?? .saved, isEnd: true))

    house.follow()
    #expect(!disk.paths.contains { $0.contains(orphan.id.description) })
    let index = house.index
    for disk in [
      disk.killed(),
      {
        house.ledger.close(); return disk
      }(),
    ] {
      let again = try House(disk)
      #expect(again.ledger.task(id) == task)
      #expect(again.ledger.task(orphan.id) == task)
      #expect(again.ledger.task(providerTaskID: "p-1") == task)
      #expect(again.index == index)
      again.ledger.close()
      #expect(try Ledger.check(House.root, disk: disk).faults == [])
    }
  }

  @Test func `joining an orphan by the very body that it was born of changes the task`() async throws {
    let house = try House(MemoryDisk())
    let id = try await house.submit()
    await house.deliver(callback("p-1", digest: 5))
    let delivery = await house.deliver(callback("p-1", for: id, digest: 5))
    #expect(delivery.changes == [TaskChange(task: id, seq: 3, type: .callback, isEnd: true)])
    let task = try #require(house.ledger.task(id))
    #expect(task.state == .success && task.seq == 3)
    #expect(house.ledger.tasks(TaskQuery(state: .success, limit: 9)).tasks == [task])
    #expect(house.ledger.openTasks().isEmpty)
  }

  @Test func `the callbacks after a join all go to the one task`() async throws {
    let house = try House(MemoryDisk())
    let id = try await house.submit()
    await house.deliver(callback("p-1", .generating, kind: .progress, digest: 1, progress: 10))
    let orphan = try #require(house.ledger.task(providerTaskID: "p-1")).id
    try await house.tell(.accepted(task: id, providerTaskID: "p-1"))
    await house.deliver(callback("p-1", .generating, kind: .progress, digest: 2, progress: 20))
    await house.deliver(callback("p-1", .generating, kind: .progress, for: id, digest: 3, progress: 30))
    #expect(try await house.tell(.unknown(task: orphan, reason: "test")) == id)
    await house.deliver(callback("p-1", digest: 4))
    let task = try #require(house.ledger.task(id))
    #expect(task.state == .success && task.history.map(\.seq) == [1, 2, 3, 4, 5, 6, 7])
    #expect(house.all == [task])
  }

  @Test func `a lost answer is found again by the token in the address`() async throws {
    let disk = MemoryDisk()
    let house = try House(disk)
    let id = try await house.submit()
    try await house.tell(.unknown(task: id, reason: "connection reset"))
    #expect(house.ledger.task(id)?.state == .unknown)
    #expect(house.ledger.task(id)?.alerts.count == 1)
    await house.deliver(callback("p-1", .generating, kind: .progress, for: id, digest: 1))
    #expect(house.ledger.task(id)?.state == .generating)
    await house.deliver(callback("p-1", digest: 2))
    let task = try #require(house.ledger.task(id))
    #expect(task.state == .success && task.providerTaskID == "p-1")
    #expect(try House(disk.killed()).all == [task])
  }

  @Test func `the create answer outweighs the name that a callback gave`() async throws {
    let disk = MemoryDisk()
    let house = try House(disk)
    let id = try await house.submit()
    await house.deliver(callback("p-forged", .generating, for: id, trust: .hint, digest: 1))
    await house.deliver(callback("p-1", .generating, digest: 2))
    try await house.tell(.accepted(task: id, providerTaskID: "p-1"))
    var task = try #require(house.ledger.task(id))
    #expect(task.providerTaskID == "p-1" && task.alerts.count == 1 && task.aliases.count == 1)
    #expect(house.ledger.task(providerTaskID: "p-forged") == nil)
    await house.deliver(callback("p-1", digest: 3))
    task = try #require(house.ledger.task(id))
    #expect(task.state == .success)
    #expect(house.ledger.task(providerTaskID: "p-1") == task)
    #expect(try House(disk.killed()).all == [task])
  }

  @Test func `a callback on a task's address that names another task moves nothing`() async throws {
    let house = try House(MemoryDisk())
    let id = try await house.submit()
    try await house.tell(.accepted(task: id, providerTaskID: "p-1"))
    await house.deliver(callback("p-2", .generating, digest: 1))
    await house.deliver(callback("p-2", .success, for: id, digest: 2))
    let task = try #require(house.ledger.task(id))
    #expect(task.state == .waiting && task.providerTaskID == "p-1" && task.alerts.count == 1 && task.aliases.isEmpty)
    #expect(house.ledger.task(providerTaskID: "p-2")?.state == .generating)
  }

  @Test func `a token of a submission that this folder never saw goes to the task of that name`() async throws {
    let house = try House(MemoryDisk())
    await house.deliver(callback("p-1", .generating, digest: 1))
    let known = try #require(house.ledger.task(providerTaskID: "p-1"))
    let stranger = TaskID(high: 77, low: 77)
    await house.deliver(callback("p-1", .success, for: stranger, digest: 2))
    #expect(house.ledger.task(known.id)?.state == .success)
    #expect(house.all.count == 1)
    await house.deliver(callback("p-9", .success, for: stranger, digest: 3))
    #expect(house.ledger.task(stranger)?.providerTaskID == "p-9")
  }

  @Test func `two submissions under one name of the provider stay two`() async throws {
    let house = try House(MemoryDisk())
    let first = try await house.submit()
    let second = try await house.submit()
    try await house.tell(.accepted(task: first, providerTaskID: "p-1"))
    try await house.tell(.accepted(task: second, providerTaskID: "p-1"))
    #expect(house.all.map(\.id) == [second, first])
    #expect(house.ledger.task(providerTaskID: "p-1")?.id == first)
  }

  @Test func `who came back to a name does not take it from the task that has got it since`() async throws {
    let disk = MemoryDisk()
    let house = try House(disk)
    let (first, second) = (try await house.submit(), try await house.submit())
    try await house.tell(.accepted(task: first, providerTaskID: "p-1"))
    try await house.tell(.accepted(task: first, providerTaskID: "p-2"))
    try await house.tell(.accepted(task: second, providerTaskID: "p-1"))
    try await house.tell(.accepted(task: first, providerTaskID: "p-1"))
    #expect(house.ledger.task(providerTaskID: "p-1")?.id == second)
    house.checkpoint()
    #expect(try House(disk.killed()).ledger.task(providerTaskID: "p-1")?.id == second)
  }
}
