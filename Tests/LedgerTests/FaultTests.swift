// SPDX-License-Identifier: Apache-2.0

import Glibc
import Synchronization
import Testing

@testable import Callbacks
@testable import Ledger

/// Every file call fails once, and for a while: what was acknowledged stays, what was not claims nothing, and when the
/// fault is gone the ledger works on without being opened again.
@Suite("Failing disks") struct FaultTests {
  private func act(_ house: House, _ round: Int, _ promises: inout Promises) async {
    let name = "p-\(round)"
    if await house.deliver(callback(name, digest: UInt64(round + 1))).isAcknowledged {
      promises.acknowledged.insert(name)
    } else {
      promises.refused.insert(name)
      #expect(house.ledger.task(providerTaskID: name) == nil)
    }
    if let id = try? await house.submit() { promises.submissions.append(id) }
  }

  /// A life of three rounds with one fault planned; how many calls it made.
  private func live(_ plan: FaultyDisk.Plan) async throws -> Int {
    let disk = FaultyDisk()
    let comment: Comment = "call \(plan.first), errno \(plan.errno), half \(plan.writesHalf), \(plan.count) times"
    let house = try House(disk)
    var promises = Promises()
    await act(house, 0, &promises)
    disk.plan(plan)
    for round in 1...2 {
      await act(house, round, &promises)
      house.follow()
      if round == 1 { house.checkpoint() }
    }
    let seen = disk.seen
    try House(disk.base.killed()).checked(promises, comment)

    disk.plan(nil)
    #expect(house.all.count == promises.acknowledged.count + promises.submissions.count, comment)
    let missed = promises.refused
    await act(house, 3, &promises)
    #expect(promises.refused == missed, "it works again: \(comment)")
    for round in 1...2 where missed.contains("p-\(round)") { await act(house, round, &promises) }
    #expect(promises.acknowledged.count == 4, comment)
    #expect(house.ledger.counts.failure == nil, comment)
    promises.check(house.ledger, comment)
    try House(disk.base.killed()).checked(promises, comment)
    house.ledger.close()
    let findings = try Ledger.check(House.root, disk: disk.base)
    #expect(findings.faults == [] && findings.staleFiles == 0, comment)
    try House(disk.base).checked(promises, comment)
    return seen
  }

  @Test(arguments: [ENOSPC, EIO], [1, 2, .max]) func `whichever call fails, however often`(
    errno: Int32, count: Int
  ) async throws {
    var first = 1
    while try await live(.init(first: first, count: count, errno: errno)) >= first { first += 1 }
    #expect(first > 20)
  }

  @Test func `whichever write stops half way`() async throws {
    var first = 1
    while try await live(.init(first: first, writesHalf: true, operation: "pwrite")) >= first { first += 1 }
    #expect(first > 5)
  }

  @Test func `whichever call fails while it opens, the folder is neither locked nor harmed`() async throws {
    let disk = FaultyDisk()
    let house = try House(disk)
    var promises = Promises()
    for round in 0..<3 { await act(house, round, &promises) }
    house.checkpoint()
    for round in 3..<5 { await act(house, round, &promises) }
    for first in 1... {
      let crashed = FaultyDisk(disk.base.killed())
      crashed.plan(.init(first: first, errno: EIO))
      do throws(LedgerError) {
        let again = try House(crashed)
        #expect(crashed.failures == 0 || first > 20)
        again.ledger.close()
      } catch {
        guard case .unavailable = error else { throw error }
      }
      let isOver = crashed.failures == 0
      crashed.plan(nil)
      try House(crashed).checked(promises, "call \(first)")
      if isOver { break }
    }
  }

  @Test func `a batch that cannot be written is refused whole, with what queued up behind it`() async throws {
    let disk = FaultyDisk()
    let house = try House(disk)
    let results = Counter()
    disk.plan(.init(first: 1, operation: "pwrite"))
    await withCheckedContinuation { all in
      for number in 1...100 {
        house.hand(callback("p-\(number)", digest: UInt64(number))) { if results.count($0) == 100 { all.resume() } }
        if number.isMultiple(of: 10) { house.ledger.flush() }
      }
      house.ledger.flush()
    }
    // Handed in any earlier, it could stand in the failing batch itself.
    await house.deliver(callback("p-last", digest: 1000))
    let (acknowledged, refused) = results.counts
    #expect(acknowledged + refused == 100 && refused >= 10)
    #expect(house.all.count == acknowledged + 1)
    #expect(house.ledger.counts.failures == 1)
    #expect(try House(disk.base.killed()).all == house.all)
  }

  @Test func `a callback that was refused for a failing disk is taken in when it comes again`() async throws {
    let disk = FaultyDisk()
    let house = try House(disk)
    disk.plan(.init(first: 1, errno: EIO, operation: "fdatasync"))
    #expect(await house.deliver(callback()) == .failed)
    #expect(house.ledger.counts.failure?.operation == "fdatasync")
    #expect(await house.deliver(callback()).changes.count == 1)
    #expect(house.ledger.counts.failure == nil)
  }

  @Test func `a finished task that cannot be read refuses the batch before it is written`() async throws {
    let disk = FaultyDisk()
    let house = try House(disk)
    await house.deliver(callback("p-1", digest: 1))
    house.checkpoint()
    #expect(house.ledger.counts.tasksInMemory == 0)
    disk.plan(.init(first: 1, count: .max, errno: EIO, operation: "open"))
    #expect(await house.deliver(callback("p-1", .fail, digest: 2)) == .failed)
    #expect(house.ledger.counts.durableSeq == 1)
    disk.plan(nil)
    #expect(await house.deliver(callback("p-1", .fail, digest: 2)).changes.count == 1)
    #expect(house.all.first?.history.count == 2)
    #expect(house.all.first?.state == .success)
  }

  @Test func `task files that cannot be written are written later`() async throws {
    let disk = FaultyDisk()
    let house = try House(disk)
    disk.plan(.init(first: 1, count: .max, operation: "rename"))
    for number in 1...5 { await house.deliver(callback("p-\(number)", digest: UInt64(number))) }
    house.follow()
    #expect(house.ledger.counts.unwritten == 5 && house.ledger.counts.fileFailures > 0)
    #expect(house.ledger.counts.tasksInMemory == 5)
    disk.plan(nil)
    house.follow()
    #expect(house.ledger.counts.unwritten == 0 && house.ledger.counts.tasksInMemory == 0)
    #expect(house.all.count == 5)
  }
}

extension House {
  fileprivate func checked(_ promises: Promises, _ comment: Comment) {
    promises.check(ledger, comment)
    ledger.close()
  }
}

/// What one life was promised.
private struct Promises {
  var acknowledged: Set<String> = []
  var refused: Set<String> = []
  var submissions: [TaskID] = []

  func check(_ ledger: Ledger, _ comment: Comment) {
    for name in acknowledged { #expect(ledger.task(providerTaskID: name)?.state == .success, comment) }
    for id in submissions { #expect(ledger.task(id) != nil, comment) }
  }
}

/// Counts what became of callbacks.
private final class Counter: Sendable {
  private let state = Mutex((acknowledged: 0, refused: 0))

  /// - Returns: how many were counted so far.
  @discardableResult
  func count(_ delivery: House.Delivery) -> Int {
    state.withLock { state in
      if delivery.isAcknowledged { state.acknowledged += 1 } else { state.refused += 1 }
      return state.acknowledged + state.refused
    }
  }

  var counts: (acknowledged: Int, refused: Int) { state.withLock { $0 } }
}
