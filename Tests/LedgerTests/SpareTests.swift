// SPDX-License-Identifier: Apache-2.0

import Dispatch
import Glibc
import Synchronization
import Testing

@testable import Callbacks
@testable import Ledger

/// The segment that is made ready beforehand.
@Suite("Spare segments") struct SpareTests {
  static let policy = SegmentPolicy(size: 32 << 10, step: 8 << 10, retryDelay: .seconds(1_000_000))
  /// Just enough for spares of that size, and for none of the usual one.
  static let room = 256 << 10
  static let path = House.paths.journal + "/" + SpareSegment.name

  private static let body = "\"" + String(repeating: "y", count: 3000) + "\""

  /// Delivers callbacks, each a batch of its own, and lets the spare get ready behind each.
  private func fill(_ house: House, _ numbers: ClosedRange<Int>) async {
    for number in numbers {
      #expect(await house.deliver(callback("p-\(number)", digest: UInt64(number)), body: Self.body).isAcknowledged)
      house.awaitSpare()
    }
  }

  private func segments(_ disk: MemoryDisk) -> [String] {
    disk.paths.filter { $0.hasPrefix(House.paths.journal) && $0.hasSuffix(".jsonl") }
  }

  // MARK: - Life

  @Test func `a journal that grows goes on in spares, and none is left when it is closed`() async throws {
    let disk = MemoryDisk(available: Self.room)
    let house = try House(disk, segments: Self.policy)
    await fill(house, 1...2)
    #expect(disk.bytes(Self.path) == nil, "nothing is made ready for a journal that hardly grows")
    var told: Set<Bool> = []
    for number in 3...60 {
      await fill(house, number...number)
      let isThere = disk.bytes(Self.path) != nil
      #expect(house.ledger.counts.hasSpareSegment == isThere)
      let last = try #require(segments(disk).last.flatMap(disk.bytes))
      // Of a segment that was one: three quarters are used before the next is made.
      if last.count == Self.policy.size, segments(disk).count > 1 {
        let used = last.count - last.reversed().prefix { $0 == UInt8(ascii: "\n") }.count + 1
        #expect(isThere == (used >= Self.policy.size / 4 * 3))
      }
      told.insert(isThere)
    }
    #expect(told == [false, true])
    #expect(segments(disk).count >= 4)
    for path in segments(disk).dropFirst().dropLast() {
      let bytes = try #require(disk.bytes(path))
      #expect(bytes.count <= Self.policy.size && bytes.suffix(2) != [10, 10], "cut when it was full")
    }
    #expect(disk.bytes(try #require(segments(disk).last))?.count == Self.policy.size)
    for seq: UInt64 in 1...60 {
      #expect(
        try house.ledger.reader.records(from: seq, count: 2, through: 60).map(\.seq) == Array(seq...min(60, seq + 1)))
    }
    try house.expectTruth(disk)
    let killed = try House(disk.killed())
    #expect(killed.all == house.all && killed.ledger.opening.tornBytes == 0)
    house.ledger.close()
    #expect(disk.bytes(Self.path) == nil)
    #expect(disk.bytes(try #require(segments(disk).last))?.suffix(2) != [10, 10])
    #expect(try Ledger.check(House.root, disk: disk).faults == [])
  }

  @Test func `on a disk with little room, or one that does not tell, none is made`() async throws {
    for available in [nil, 0, Self.room - 1] {
      let disk = FaultyDisk(MemoryDisk(available: available))
      let house = try House(disk, segments: Self.policy)
      await fill(house, 1...40)
      #expect(!disk.calls.contains { $0.path == Self.path })
      #expect(disk.calls.count { $0.operation == "statvfs" } == 1, "asked again only after a while")
      house.ledger.close()
      #expect(try Ledger.check(House.root, disk: disk.base).entries == 40)
    }
  }

  @Test func `closing while one is being filled removes it`() async throws {
    for calls in 1...12 {
      let disk = FaultyDisk(MemoryDisk(available: Self.room))
      let house = try House(disk, segments: Self.policy)
      for number in 1...9 {
        await house.deliver(callback("p-\(number)", digest: UInt64(number)), body: Self.body)
      }
      while disk.calls.count(where: { $0.path == Self.path }) < calls, house.isPreparingSpare {
        house.ledger.listenToSpare()
      }
      house.ledger.close()
      #expect(disk.base.bytes(Self.path) == nil)
      #expect(try House(disk.base).all.count == 9)
    }
  }

  // MARK: - Faults

  /// A life in which segments end, with one fault planned; how many calls it made.
  private func live(_ plan: FaultyDisk.Plan) async throws -> Int {
    let disk = FaultyDisk(MemoryDisk(available: Self.room))
    let comment: Comment = "call \(plan.first), errno \(plan.errno), half \(plan.writesHalf), \(plan.count) times"
    let house = try House(disk, segments: Self.policy)
    await fill(house, 1...2)
    var acknowledged: Set<String> = ["p-1", "p-2"]
    disk.plan(plan)
    for number in 3...16 {
      if await house.deliver(callback("p-\(number)", digest: UInt64(number)), body: Self.body).isAcknowledged {
        acknowledged.insert("p-\(number)")
      }
      house.awaitSpare()
    }
    let seen = disk.seen
    let killed = try House(disk.base.killed())
    for name in acknowledged { #expect(killed.ledger.task(providerTaskID: name) != nil, comment) }
    disk.plan(nil)
    await fill(house, 101...110)
    #expect(house.all.count == acknowledged.count + 10, comment)
    try house.expectTruth(disk, comment)
    house.ledger.close()
    #expect(try Ledger.check(House.root, disk: disk.base).faults == [], comment)
    #expect(disk.base.bytes(Self.path) == nil, comment)
    return seen
  }

  @Test(arguments: [1, 2, .max]) func `whichever call fails, however often`(count: Int) async throws {
    var first = 1
    while try await live(.init(first: first, count: count)) >= first { first += 1 }
    #expect(first > 50)
  }

  @Test func `whichever write stops half way`() async throws {
    var first = 1
    while try await live(.init(first: first, writesHalf: true, operation: "pwrite")) >= first { first += 1 }
    #expect(first > 20)
  }

  @Test func `a spare that cannot be made costs no callback`() async throws {
    for operation in ["statvfs", "fsync"] {
      let disk = FaultyDisk(MemoryDisk(available: Self.room))
      let house = try House(disk, segments: Self.policy)
      await fill(house, 1...2)
      disk.plan(.init(first: 1, count: .max, operation: operation))
      await fill(house, 3...8)
      #expect(disk.failures == 1)
      #expect(house.ledger.counts.failures == 0)
    }
  }

  @Test func `where a file cannot be written through, the kernel's attempt is removed`() async throws {
    let disk = FaultyDisk(MemoryDisk(available: Self.room))
    let house = try House(disk, segments: Self.policy)
    await fill(house, 1...2)
    disk.watch { call in
      if call == .init(operation: "open", path: Self.path) { disk.base.put(Self.path, []) }
    }
    disk.plan(.init(first: 1, errno: EINVAL, operation: "open"))
    await fill(house, 3...8)
    #expect(disk.failures == 1 && disk.base.bytes(Self.path) == nil)
    #expect(house.ledger.counts.failures == 0)
  }

  @Test(arguments: ["fdatasync", "open", "fsync"]) func `one that was filled and then fails is removed, and closed`(
    operation: String
  ) async throws {
    let disk = FaultyDisk(MemoryDisk(available: Self.room))
    let house = try House(disk, segments: Self.policy)
    await fill(house, 1...2)
    disk.watch { call in
      guard call.operation == operation, call.path == (operation == "fsync" ? House.paths.journal : Self.path),
        disk.base.bytes(Self.path)?.count == Self.policy.size, disk.failures == 0
      else { return }
      disk.plan(.init(first: 1, operation: operation))
    }
    for number in 3...4 {
      await house.deliver(callback("p-\(number)", digest: UInt64(number)), body: Self.body)
      house.awaitSpare()
    }
    disk.watch(nil)
    #expect(disk.failures == 1 && disk.base.bytes(Self.path) == nil)
    #expect(!disk.base.withState { $0.open.values.contains { $0.path == Self.path } })
    disk.plan(nil)
    await fill(house, 5...40)
    try house.expectTruth(disk)
    house.ledger.close()
    #expect(try Ledger.check(House.root, disk: disk.base).faults == [])
  }

  @Test func `it is synced once, when it is full, and only then open for writes that are durable`() async throws {
    let disk = FaultyDisk(MemoryDisk(available: Self.room))
    let house = try House(disk, segments: Self.policy)
    await fill(house, 1...2)
    disk.plan(nil)
    await fill(house, 3...4)
    let calls = disk.calls.filter { $0.path == Self.path }.map(\.operation)
    let steps = Self.policy.size / Self.policy.step
    let expected = ["open"] + Array(repeating: "pwrite", count: steps) + ["fdatasync", "open"]
    // Then it is taken.
    #expect(Array(calls.prefix(expected.count)) == expected)
    #expect(disk.base.withState { $0.open.values.count { $0.path == Self.path } } == 1)
  }

  // MARK: - After a crash

  @Test func `killed, or without power, at any call while one is made, everything acknowledged is there`() async throws
  {
    let disk = FaultyDisk(MemoryDisk(available: Self.room))
    let house = try House(disk, segments: Self.policy)
    let copies = Mutex<[(answered: Int, disk: MemoryDisk)]>([])
    let answered = Atomic(0)
    disk.watch { call in
      guard call.path == Self.path || call.operation == "rename" || call.operation == "fsync" else { return }
      copies.withLock { $0.append((answered.load(ordering: .relaxed), disk.base.killed())) }
    }
    for number in 1...20 {
      await fill(house, number...number)
      answered.store(number, ordering: .relaxed)
    }
    disk.watch(nil)
    let all = copies.withLock { $0 }
    #expect(all.count > 20)
    var dice = Dice(seed: 11)
    for (number, copy) in all.enumerated() {
      for crashed in [copy.disk.killed()] + (0..<4).map({ _ in copy.disk.powerCut(&dice) }) {
        let again = try House(crashed)
        #expect(crashed.bytes(Self.path) == nil, "copy \(number)")
        for known in 0..<copy.answered {
          #expect(again.ledger.task(providerTaskID: "p-\(known + 1)") != nil, "copy \(number)")
        }
      }
    }
  }

  /// Three entries, each a batch, as they stand in the journal.
  private func lines() async throws -> [[UInt8]] {
    let disk = MemoryDisk()
    let house = try House(disk)
    for number in 1...3 { await house.deliver(callback("p-\(number)", digest: UInt64(number))) }
    house.ledger.close()
    let bytes = try #require(disk.bytes(House.segment(1)))
    return bytes.split(separator: 10).map { $0 + [10] }
  }

  @Test(arguments: [[], [10], [0], [10, 0, 10], [0, 0], Array("x".utf8), Array("{\"seq\":2".utf8)] as [[UInt8]])
  func `a spare without a whole line is removed at the start`(start: [UInt8]) async throws {
    let first = try await lines()[0]
    for count in [0, 1, 5000, 600_000] {
      let disk = MemoryDisk()
      disk.put(House.segment(1), first)
      disk.put(Self.path, start + [UInt8](repeating: 10, count: count))
      let house = try House(disk)
      #expect(disk.bytes(Self.path) == nil)
      #expect(house.all.count == 1 && house.ledger.opening.lastSeq == 1 && house.ledger.opening.tornBytes == 0)
    }
  }

  @Test func `a spare that lost its name with lines in it is the segment that it was`() async throws {
    let lines = try await lines()
    for kept in 1...2 {
      for filling in [0, 1, 600_000] {
        let disk = MemoryDisk()
        disk.put(House.segment(1), Array(lines[..<kept].joined()) + [10, 10])
        disk.put(Self.path, Array(lines[kept...].joined()) + [UInt8](repeating: 10, count: filling))
        let copy = disk.killed()
        #expect(try Ledger.check(House.root, disk: copy).entries == 3)
        let house = try House(disk)
        #expect(house.all.count == 3)
        #expect(segments(disk) == [House.segment(1), House.segment(UInt64(kept) + 1)])
        await house.deliver(callback("p-4", digest: 4))
        #expect(try House(disk.killed()).all == house.all)
      }
    }
  }

  @Test func `it takes the place of a segment that a failed batch left under its name`() async throws {
    let lines = try await lines()
    let disk = MemoryDisk()
    disk.put(House.segment(1), lines[0])
    disk.put(House.segment(2), Array("{\"seq\":2,\"barr".utf8))
    disk.put(Self.path, lines[1] + lines[2])
    #expect(try House(disk).all.count == 3)
  }

  @Test func `damage to its first line is told, for a later line proves that it was synced`() async throws {
    let lines = try await lines()
    let rest = Array(lines[1...].joined()) + [10, 10, 10]
    for place in lines[1].indices {
      for intruder in [rest[place] ^ 1, 10, 0] where intruder != rest[place] {
        let disk = MemoryDisk()
        disk.put(House.segment(1), lines[0])
        var bytes = rest
        bytes[place] = intruder
        disk.put(Self.path, bytes)
        let expected = LedgerError.damaged(file: "journal/" + SpareSegment.name, offset: 0, seq: 2)
        #expect(throws: expected) { try House(disk) }
        #expect(disk.bytes(Self.path) == bytes)
      }
    }
  }

  @Test func `whichever call fails while a start looks at it, the folder is not harmed`() async throws {
    let lines = try await lines()
    for first in 1... {
      let disk = FaultyDisk()
      disk.base.put(House.segment(1), lines[0])
      disk.base.put(Self.path, lines[1] + lines[2] + [10, 10])
      disk.plan(.init(first: first, errno: EIO))
      let house = try? House(disk)
      #expect((house == nil) == (disk.failures == 1) || first > 12, "call \(first)")
      let isOver = disk.failures == 0
      house?.ledger.close()
      disk.plan(nil)
      #expect(try House(disk.base.killed()).all.count == 3, "call \(first)")
      if isOver { break }
    }
  }

  @Test func `a torn batch in a filled segment is told without the filling behind it`() async throws {
    let lines = try await lines()
    let torn = lines[1].dropLast(20)
    let disk = MemoryDisk()
    disk.put(House.segment(1), lines[0] + torn + [UInt8](repeating: 10, count: 900_000))
    let recovery = try Recovery.fromFirstLine(House.paths, disk)
    #expect(recovery.lastSeq == 1)
    #expect(recovery.tornBytes >= torn.count && recovery.tornBytes <= torn.count + 256 << 10)
    let house = try House(disk)
    #expect(disk.bytes(House.segment(1)) == lines[0])
    await house.deliver(callback("p-2", digest: 2))
    #expect(try House(disk.killed()).all.count == 2)
  }
}

extension House {
  /// Returns when the spare is ready, or given up, and what was full is cut.
  func awaitSpare() {
    repeat { ledger.listenToSpare() } while isPreparingSpare
  }

  var isPreparingSpare: Bool { ledger.spare.isPreparing }
}

extension Ledger {
  fileprivate func listenToSpare() {
    spare.queue.sync {}
  }
}
