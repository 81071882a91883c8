// SPDX-License-Identifier: Apache-2.0

import Synchronization
import Testing

@testable import Callbacks
@testable import Ledger

/// The power goes at any call, and what was not synced survives in part, in any order, or not at all.
@Suite("Power cuts") struct PowerCutTests {
  /// What has been acknowledged so far, and how often that was put to the test.
  private final class Witness: Sendable {
    typealias Promise = (name: String, digest: UInt64)
    private let state = Mutex<(promises: [Promise], dice: Dice, cuts: Int)>(([], Dice(seed: 0), 0))

    init(seed: Int) {
      state.withLock { $0.dice = Dice(seed: UInt64(seed) << 32) }
    }

    func note(_ promise: Promise) { state.withLock { $0.promises.append(promise) } }
    var promises: [Promise] { state.withLock { $0.promises } }
    var cuts: Int { state.withLock { $0.cuts } }

    func cut() -> (dice: Dice, number: Int) {
      state.withLock { state in
        state.cuts += 1
        return (Dice(seed: state.dice.next()), state.cuts)
      }
    }

    /// Cuts the power and holds what is left against what was acknowledged before.
    func inspect(_ copy: () -> MemoryDisk) {
      // First the promises: what is promised while the copy is made need not be in it.
      let promises = promises
      let disk = copy()
      var (dice, number) = cut()
      do {
        let crashed = disk.powerCut(&dice)
        let house = try House(crashed)
        expect(promises, of: house.ledger, "cut \(number)")
        guard number.isMultiple(of: 6) else { return }
        // The next life makes promises of its own, and the power goes once more.
        try house.expectTruth(crashed, "cut \(number)")
        let more = Mutex(false)
        house.hand(callback("p-more", digest: 9999)) { delivery in more.withLock { $0 = delivery.isAcknowledged } }
        house.ledger.close()
        #expect(more.withLock { $0 })
        let again = try House(crashed.powerCut(&dice))
        expect(promises + [("p-more", 9999)], of: again.ledger, "second cut \(number)")
      } catch {
        Issue.record("cut \(number): \(error)")
      }
    }

    private func expect(_ promises: [Promise], of ledger: Ledger, _ comment: Comment) {
      for promise in promises {
        let history = ledger.task(providerTaskID: promise.name)?.history
        #expect(history?.contains { $0.digest == promise.digest } == true, comment)
      }
    }
  }

  @Test(arguments: 0..<10) func `everything acknowledged is there after the power went at any call`(
    seed: Int
  ) async throws {
    var dice = Dice(seed: UInt64(seed))
    let witness = Witness(seed: seed)
    let disk = CuttingDisk(seed: UInt64(seed)) { witness.inspect($0) }
    try await live(House(disk), disk, &dice, witness, rounds: 10)
    #expect(witness.cuts > 10 && witness.promises.count > 10)
  }

  @Test(arguments: 10..<16) func `with segments that are made ready beforehand it is the same`(seed: Int) async throws {
    var dice = Dice(seed: UInt64(seed))
    let witness = Witness(seed: seed)
    let disk = CuttingDisk(seed: UInt64(seed), available: SpareTests.room) { witness.inspect($0) }
    let house = try House(disk, segments: SegmentPolicy(size: 16 << 10, step: 4 << 10, retryDelay: .zero))
    // Some tasks, or all, are left in the journal until their files are due.
    house.limitUnfolded(to: seed % 4)
    try await live(house, disk, &dice, witness, rounds: 40)
    #expect(disk.segmentsMade > 3, "spares were taken")
  }

  private func live(
    _ house: House, _ disk: CuttingDisk, _ dice: inout Dice, _ witness: Witness, rounds: Int
  ) async throws {
    for round in 1...rounds {
      for number in 0...dice.below(4) {
        let promise = (name: "p-\(round)-\(number)", digest: UInt64(round * 100 + number))
        house.hand(callback(promise.name, digest: promise.digest), body: body(&dice)) { delivery in
          if delivery.isAcknowledged { witness.note(promise) }
        }
      }
      // Sometimes the batch goes on its way while more comes in.
      if dice.chance(1, in: 3) { house.ledger.flush() }
      let name = "p-\(round)"
      if await house.deliver(callback(name, digest: UInt64(round)), body: body(&dice)).isAcknowledged {
        witness.note((name, UInt64(round)))
      }
      switch dice.below(5) {
      case 0: house.follow()
      case 1: house.checkpoint()
      case 2: disk.failSyncs(1 + dice.below(2))
      default: break
      }
    }
    house.ledger.close()
  }

  private func body(_ dice: inout Dice) -> String {
    "\"" + String(repeating: "z", count: dice.below(1500)) + "\""
  }
}
