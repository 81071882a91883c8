// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Callbacks
@testable import Ledger

@Suite("A ledger's life") struct OpeningTests {
  @Test func `a task goes from intent to success and is the same after reopening`() async throws {
    let disk = MemoryDisk()
    let house = try House(disk)
    let id = try await house.submit()
    #expect(house.ledger.task(id)?.state == .submitting)
    try await house.tell(.accepted(task: id, providerTaskID: "p-1"))
    #expect(house.ledger.task(id)?.state == .waiting)
    await house.deliver(callback("p-1", .generating, kind: .progress, for: id, digest: 1, progress: 42))
    #expect(house.ledger.task(id)?.progress == 42)
    let delivery = await house.deliver(callback("p-1", for: id, digest: 2, credits: "12.5"))
    #expect(delivery.changes.map(\.isEnd) == [true])
    let file = SavedFile(number: 0, path: "results/\(id)/0.mp4", bytes: 7, sha256: "ab", type: "video/mp4")
    try await house.tell(.saved(task: id, file: file))

    let before = try #require(house.ledger.task(id))
    #expect(before.state == .success && before.trust == .signed && before.progress == 100 && before.credits == "12.5")
    #expect(before.result?.files == [file])
    #expect(before.history.map(\.type) == [.submitted, .accepted, .progress, .callback, .saved])
    let index = house.index
    house.ledger.close()

    for _ in 0..<2 {
      let again = try House(disk)
      #expect(again.ledger.task(id) == before)
      #expect(again.ledger.task(providerTaskID: "p-1") == before)
      #expect(again.all == [before])
      #expect(again.index == index)
      #expect(again.ledger.opening.lastSeq == 5)
      #expect(again.ledger.opening.replayed == 0)
      #expect(again.ledger.opening.tornBytes == 0)
      again.ledger.close()
    }
  }

  @Test func `without a close the state comes back from the journal alone`() async throws {
    let disk = MemoryDisk()
    let house = try House(disk)
    let id = try await house.submit()
    try await house.tell(.accepted(task: id, providerTaskID: "p-1"))
    await house.deliver(callback(for: id))
    let before = house.all
    let again = try House(disk.killed())
    #expect(again.all == before)
    #expect(again.index == house.index)
    #expect(again.ledger.opening.replayed == 3)
  }

  @Test func `numbers go on after reopening`() async throws {
    let disk = MemoryDisk()
    for round in 1...3 {
      let house = try House(disk)
      #expect(house.ledger.opening.lastSeq == UInt64(round - 1))
      await house.deliver(callback("p-\(round)", digest: UInt64(round)))
      house.ledger.close()
    }
    #expect(try Ledger.check(House.root, disk: disk).entries == 3)
  }

  @Test func `the folder is locked while a ledger has it`() throws {
    let disk = MemoryDisk()
    let house = try House(disk)
    #expect(throws: LedgerError.locked(path: House.root)) { try House(disk) }
    #expect(throws: LedgerError.locked(path: House.root)) { try Ledger.check(House.root, disk: disk) }
    house.ledger.close()
    try House(disk).ledger.close()
  }

  @Test func `after a close nothing is taken in, and closing again does nothing`() async throws {
    let disk = MemoryDisk()
    let house = try House(disk)
    house.ledger.close()
    let other = try House(disk)
    house.ledger.close()
    #expect(await house.deliver(callback()) == .closed)
    await #expect(throws: LedgerError.closed) { try await house.submit() }
    await #expect(throws: LedgerError.closed) {
      try await house.tell(.unknown(task: TaskID(high: 1, low: 1), reason: ""))
    }
    #expect(throws: LedgerError.locked(path: House.root)) { try House(disk) }
    other.ledger.close()
  }

  @Test func `a close waits for everything that was handed in`() async throws {
    let disk = MemoryDisk()
    let house = try House(disk)
    for number in 1...200 { house.hand(callback("p-\(number)", digest: UInt64(number))) { _ in } }
    house.ledger.close()
    #expect(house.post.commits.reduce(0) { $0 + $1.tickets.count } == 200)
    #expect(try House(disk).all.count == 200)
  }
}
