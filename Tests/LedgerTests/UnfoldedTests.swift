// SPDX-License-Identifier: Apache-2.0

import Glibc
import Synchronization
import Testing

@testable import Callbacks
@testable import Ledger

/// Tasks that ended with their only callback show in every way as if that had been folded at once.
@Suite("Unfolded tasks") struct UnfoldedTests {
  /// A ledger none of whose task files can be written, by default with one task for each kind of end.
  private func house(_ callbacks: [VerifiedCallback] = DeferralTests.ends) async throws -> (House, FaultyDisk) {
    let disk = FaultyDisk(MemoryDisk())
    let house = try House(disk)
    disk.plan(.init(first: 1, count: .max, errno: EIO, operation: "rename"))
    for callback in callbacks { await house.deliver(callback) }
    return (house, disk)
  }

  private func unfolded(_ house: House) -> Int { house.ledger.core.withLock { $0.book.unfolded.count } }

  @Test func `what is not folded is entered as the fold would have it`() async throws {
    let (house, disk) = try await house()
    let unfolded = unfolded(house)
    let open = house.ledger.openTasks().count
    // All but those that are no end.
    #expect(open > 0 && unfolded == DeferralTests.ends.count - open)
    #expect(house.ledger.counts.tasksInMemory == DeferralTests.ends.count)
    try house.expectTruth(disk.base)
    for callback in DeferralTests.ends {
      let name = callback.news.report.providerTaskID
      let task = house.ledger.task(providerTaskID: name)
      #expect(task?.providerTaskID == name)
      let isKnown = house.ledger.core.withLock { $0.book.isKnownEnd(callback.news, key: callback.news.providerKey) }
      #expect(isKnown == task?.state.isTerminal)
    }
    #expect(self.unfolded(house) == unfolded, "asking changes nothing")
  }

  @Test func `an end is told as one`() async throws {
    let (house, _) = try await house([])
    let success = await house.deliver(callback("p-1", digest: 1)).changes
    let fail = await house.deliver(callback("p-2", .fail, trust: .hint, digest: 2)).changes
    let open = await house.deliver(callback("p-3", .generating, digest: 3)).changes
    #expect((success + fail + open).map(\.isEnd) == [true, true, false])
    #expect((success + fail + open).map(\.task) == house.all.reversed().map(\.id))
    #expect((success + fail + open).map(\.seq) == [1, 2, 3])
    #expect(unfolded(house) == 2)
  }

  @Test func `their files are written, and then they have left memory`() async throws {
    let (house, disk) = try await house()
    let tasks = house.all
    let open = house.ledger.openTasks().count
    house.follow()
    #expect(unfolded(house) > 0 && house.ledger.counts.fileFailures > 0, "a file that cannot be written stays due")
    try house.expectTruth(disk.base)
    disk.plan(nil)
    house.follow()
    #expect(unfolded(house) == 0 && house.ledger.counts.unwritten == 0 && house.ledger.counts.tasksInMemory == open)
    #expect(house.all == tasks)
    try house.expectTruth(disk.base)
    house.ledger.close()
    #expect(try Ledger.check(House.root, disk: disk.base).faults == [])
    #expect(try Ledger.check(House.root, disk: disk.base).staleFiles == 0)
    #expect(try House(disk.base).ledger.opening.replayed == 0)
  }

  @Test func `what happens to them later is folded behind their callback`() async throws {
    let (house, disk) = try await house()
    let names = ["p-plainsigned", "p-chargedhint", "p-failsigned", "p-\"quoted\\signed", "p-watermarkhint"]
    let tasks = try names.map { try #require(house.ledger.task(providerTaskID: $0)) }
    let before = unfolded(house)
    #expect(await house.deliver(callback(names[0], .fail, digest: 900)).changes.map(\.task) == [tasks[0].id])
    try await house.tell(.record(task: tasks[1].id, report: report(names[1], credits: "31")))
    // One of ours turns out to be one that came on the shared address.
    let own = try await house.submit()
    try await house.tell(.accepted(task: own, providerTaskID: names[2]))
    // The same end with a better proof.
    await house.deliver(callback(names[4], digest: 901, urls: tasks[4].result?.urls))
    // What is known is not even kept.
    #expect(await house.deliver(DeferralTests.ends[4]) == .duplicate)
    #expect(unfolded(house) == before - 4)
    try house.expectTruth(disk.base)
    #expect(house.ledger.task(tasks[2].id)?.id == own)
    disk.plan(nil)
    house.follow()
    #expect(unfolded(house) == 0 && house.ledger.counts.unwritten == 0)
    try house.expectTruth(disk.base)
    try House(disk.base.killed()).expectTruth(disk.base)
    house.ledger.close()
    #expect(try Ledger.check(House.root, disk: disk.base).faults == [])
  }

  @Test func `two callbacks in one batch are folded in their order`() async throws {
    let disk = MemoryDisk()
    let house = try House(disk)
    await withCheckedContinuation { (done: CheckedContinuation<Void, Never>) in
      for digest in 1...3 as ClosedRange<UInt64> {
        house.hand(callback("p-1", digest == 2 ? .fail : .success, digest: digest)) { _ in
          if digest == 3 { done.resume() }
        }
      }
      house.ledger.flush()
    }
    #expect(house.ledger.counts.batches == 1 && unfolded(house) == 0)
    #expect(house.ledger.task(providerTaskID: "p-1")?.history.count == 3)
    try house.expectTruth(disk)
  }

  @Test func `their numbers are given out again, across blocks`() throws {
    var tasks = UnfoldedTasks()
    func event(_ seq: UInt64) -> Event {
      Event(seq: seq, at: Timestamp(milliseconds: 0), what: .callback(callback(digest: seq).news))
    }
    var dice = Dice(seed: 7)
    var held: [Int: UInt64] = [:]
    for seq in 1...6000 as ClosedRange<UInt64> {
      if dice.chance(1, in: seq < 4000 ? 3 : 1), let (number, known) = held.first {
        #expect(tasks[number]?.seq == known)
        tasks.remove(number)
        held[number] = nil
      } else {
        let number = tasks.add(event(seq))
        #expect(held[number] == nil)
        held[number] = seq
      }
      #expect(tasks.count == held.count)
    }
    for (number, seq) in held { #expect(tasks[number]?.seq == seq) }
  }
}
