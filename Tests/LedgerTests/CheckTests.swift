// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Callbacks
@testable import Ledger

@Suite("Checking and rebuilding") struct CheckTests {
  /// A closed folder with tasks of every kind.
  private func folder() async throws -> (disk: MemoryDisk, tasks: [TaskState]) {
    let disk = MemoryDisk()
    let house = try House(disk)
    for number in 1...10 {
      let id = try await house.submit(key: "k\(number)")
      if number.isMultiple(of: 2) { await house.deliver(callback("p-\(number)", digest: UInt64(number))) }
      try await house.tell(.accepted(task: id, providerTaskID: "p-\(number)"))
      if number.isMultiple(of: 3) { await house.deliver(callback("p-\(number)", .fail, digest: UInt64(100 + number))) }
    }
    let tasks = house.all
    house.ledger.close()
    return (disk, tasks)
  }

  private func path(_ task: TaskState) -> String {
    TaskFiles(disk: MemoryDisk(), directory: House.root + "/tasks").path(of: task.id)
  }

  @Test func `a healthy folder has no faults`() async throws {
    let (disk, tasks) = try await folder()
    let findings = try Ledger.check(House.root, disk: disk)
    #expect(findings.faults == [] && findings.staleFiles == 0 && findings.tornBytes == 0)
    #expect(findings.tasks == tasks.count && findings.entries == 28)
  }

  @Test func `checking changes nothing`() async throws {
    let (disk, _) = try await folder()
    let faulty = FaultyDisk(disk)
    _ = try Ledger.check(House.root, disk: faulty)
    #expect(Set(faulty.calls.map(\.operation)).isSubset(of: ["flock", "readdir", "open", "fstat", "pread"]))
  }

  @Test func `every kind of spoilt task file is told, and rebuilt`() async throws {
    let (disk, tasks) = try await folder()
    disk.put(path(tasks[0]), Array("{}\n".utf8))
    disk.put(path(tasks[1]), [])
    var altered = tasks[2]
    altered.credits = "0"
    disk.put(path(altered), altered.file())
    var older = tasks[3]
    older.seq -= 1
    disk.put(path(older), older.file())
    try disk.remove(path(tasks[4]))
    disk.put(path(tasks[5]), tasks[6].file())
    var stranger = tasks[6]
    stranger = TaskState(
      id: TaskID(high: 1, low: 1), model: "m", state: .waiting, createdAt: stranger.createdAt, seq: 1)
    disk.put(path(stranger), stranger.file())

    let findings = try Ledger.check(House.root, disk: disk)
    let expected = [
      "\(path(tasks[0])): the checksum is wrong", "\(path(tasks[1])): the checksum is wrong",
      "\(path(tasks[2])): differs from what the journal says", "\(path(tasks[5])): differs from what the journal says",
    ]
    #expect(findings.faults.sorted() == (expected + ["\(path(stranger)): the journal knows no such task"]).sorted())
    #expect(findings.staleFiles == 2)

    #expect(try Ledger.rebuild(House.root, disk: disk) == tasks.count)
    let again = try Ledger.check(House.root, disk: disk)
    #expect(again.faults == [] && again.staleFiles == 0)
    #expect(try House(disk).all == tasks)
  }

  @Test func `an index that is damaged, ahead or wrong is told, and rebuilt`() async throws {
    let (disk, tasks) = try await folder()
    let path = House.root + "/index"
    let good = try #require(disk.bytes(path))
    let checkpoint = try #require(Checkpoint(good))

    func faults(_ bytes: [UInt8]) throws -> [String] {
      disk.put(path, bytes)
      return try Ledger.check(House.root, disk: disk).faults
    }
    #expect(try faults(good.dropLast()) == ["\(path): the checksum is wrong"])
    var ahead = checkpoint
    ahead.seq += 1
    #expect(try faults(ahead.bytes()) == ["\(path): counts 29 entries, but the journal ends with entry 28"])
    var behind = checkpoint
    behind.seq -= 1
    #expect(try faults(behind.bytes()).first?.hasPrefix("\(path): differs from what the journal says: ") == true)
    var empty = checkpoint
    empty.index = TaskIndex()
    #expect(try faults(empty.bytes()).count == 1)
    empty.seq = 0
    #expect(try faults(empty.bytes()) == [])
    _ = try Ledger.rebuild(House.root, disk: disk)
    #expect(try Ledger.check(House.root, disk: disk).faults == [])
    let house = try House(disk)
    #expect(house.all == tasks && house.ledger.opening.replayed == 0)
  }

  @Test func `a damaged journal is told and not rebuilt from`() async throws {
    let (disk, _) = try await folder()
    let path = House.root + "/journal/" + JournalWriter.name(firstSeq: 1)
    var bytes = try #require(disk.bytes(path))
    bytes[bytes.count / 2] ^= 1
    disk.put(path, bytes)
    let findings = try Ledger.check(House.root, disk: disk)
    #expect(findings.faults.count == 1 && findings.faults.first?.contains("is damaged at byte") == true)
    #expect(throws: LedgerError.self) { try Ledger.rebuild(House.root, disk: disk) }
    #expect(throws: LedgerError.self) { try House(disk) }
  }

  @Test func `a checkpoint reads back, and no cut or flip of it does`() async throws {
    let (disk, _) = try await folder()
    let bytes = try #require(disk.bytes(House.root + "/index"))
    let checkpoint = try #require(Checkpoint(bytes))
    #expect(checkpoint.seq == 28 && checkpoint.idempotencyKeys.count <= 10)
    for cut in 0..<bytes.count { #expect(Checkpoint(Array(bytes[..<cut])) == nil) }
    for place in bytes.indices {
      var flipped = bytes
      flipped[place] ^= 1 << (place % 8)
      #expect(Checkpoint(flipped) == nil)
    }
  }
}
