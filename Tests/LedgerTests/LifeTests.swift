// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Callbacks
@testable import Ledger

/// Random lives with files, checkpoints and crashes in between: what a ledger shows is always the fold of its journal.
@Suite("Random lives") struct LifeTests {
  @Test(arguments: 0..<12) func `after kills and closes at any moment the state is that of the journal`(
    seed: Int
  ) async throws {
    var dice = Dice(seed: UInt64(seed))
    var disk = MemoryDisk()
    var house = try House(disk)
    var life = House.Life()
    for step in 0..<80 {
      try await house.live(&dice, &life)
      switch dice.below(30) {
      case 0...3: house.follow()
      case 4...5: house.checkpoint()
      case 6:
        house.ledger.close()
        house = try House(disk, startingAt: house.tick().milliseconds)
        #expect(house.ledger.opening.replayed == 0)
      case 7...8:
        disk = disk.killed()
        house = try House(disk, startingAt: house.tick().milliseconds)
      default: continue
      }
      try house.expectTruth(disk, "step \(step)")
    }
    try house.expectTruth(disk)
    house.ledger.close()
    #expect(try Ledger.check(House.root, disk: disk).faults == [])
    #expect(try Ledger.check(House.root, disk: disk).staleFiles == 0)
  }

  @Test(arguments: 0..<12) func `with a checkpoint and any of the task files gone, older or spoilt it comes back`(
    seed: Int
  ) async throws {
    var dice = Dice(seed: UInt64(1000 + seed))
    let disk = MemoryDisk()
    let house = try House(disk)
    var life = House.Life()
    for _ in 0..<30 { try await house.live(&dice, &life) }
    house.checkpoint()
    let older = disk.killed()
    for _ in 0..<30 {
      try await house.live(&dice, &life)
      if dice.chance(1, in: 8) { house.follow() }
    }
    let crashed = disk.killed()
    for path in crashed.paths where path.hasPrefix(House.paths.tasks) {
      switch dice.below(12) {
      case 0: try crashed.remove(path)
      case 1: crashed.put(path, [])
      case 2: if let bytes = older.bytes(path) { crashed.put(path, bytes) }
      case 3: crashed.put(path, Array((crashed.bytes(path) ?? []).dropLast(7)))
      default: break
      }
    }
    let again = try House(crashed)
    try again.expectTruth(crashed)
    again.ledger.close()
    #expect(try Ledger.check(House.root, disk: crashed).faults == [])
    #expect(try Ledger.check(House.root, disk: crashed).staleFiles == 0)
  }
}
