// SPDX-License-Identifier: Apache-2.0

import Dispatch
import Glibc
import Synchronization
import Testing

@testable import Callbacks
@testable import Ledger

/// Tasks whose one callback is left in the journal, because many wait in memory already, show in every way as if it had
/// been folded at once.
@Suite("Tasks deferred in a storm") struct StormDeferralTests {
  /// A ledger in which so many may wait in memory, and none of whose task files can be written.
  private func house(limit: Int, _ base: MemoryDisk = MemoryDisk()) throws -> (House, FaultyDisk) {
    let disk = FaultyDisk(base)
    let house = try House(disk)
    house.limitUnfolded(to: limit)
    disk.plan(.init(first: 1, count: .max, errno: EIO, operation: "rename"))
    return (house, disk)
  }

  private func files(_ disk: MemoryDisk) -> [String: [UInt8]] {
    Dictionary(
      uniqueKeysWithValues: disk.paths.filter { $0.hasPrefix(House.paths.tasks) }.map { ($0, disk.bytes($0) ?? []) })
  }

  // MARK: - The same as ever

  /// Ends of all kinds, and what happens to some of them later; what is on the disk when all is done.
  private func live(limit: Int) async throws -> (files: [String: [UInt8]], tasks: [TaskState], index: [String]) {
    let (house, disk) = try house(limit: limit)
    for callback in DeferralTests.ends { await house.deliver(callback) }
    let open = house.ledger.openTasks().count
    let ends = DeferralTests.ends.count - open
    #expect(house.deferred == max(0, ends - limit))
    #expect(house.ledger.counts.tasksInMemory == open + min(ends, limit))
    try house.expectTruth(disk.base)
    for callback in DeferralTests.ends {
      let name = callback.news.report.providerTaskID
      let task = house.ledger.task(providerTaskID: name)
      #expect(task?.providerTaskID == name)
      let isKnown = house.ledger.core.withLock { $0.book.isKnownEnd(callback.news, key: callback.news.providerKey) }
      #expect(isKnown == task?.state.isTerminal)
      #expect(await house.deliver(callback) == .duplicate)
    }
    #expect(house.deferred == max(0, ends - limit), "asking changes nothing")

    let late = DeferralTests.ends.suffix(4).map { $0.news.report.providerTaskID }
    for (number, name) in late.enumerated() {
      #expect(await house.deliver(callback(name, .fail, digest: UInt64(900 + number))).changes.count == 1)
    }
    #expect(house.deferred == max(0, ends - limit - late.count))
    try house.expectTruth(disk.base)
    let crashed = try House(disk.base.killed())
    #expect(crashed.all == house.all)

    house.follow()
    #expect(house.ledger.counts.fileFailures > 0 && house.ledger.counts.unwritten > 0)
    try house.expectTruth(disk.base)
    disk.plan(nil)
    house.follow()
    #expect(house.deferred == 0 && house.ledger.counts.unwritten == 0 && house.ledger.counts.tasksInMemory == open)
    try house.expectTruth(disk.base)
    let (tasks, index) = (house.all, house.index)
    house.ledger.close()
    let findings = try Ledger.check(House.root, disk: disk.base)
    #expect(findings.faults == [] && findings.staleFiles == 0)
    let again = try House(disk.base)
    #expect(again.ledger.opening.replayed == 0 && again.all == tasks && again.index == index)
    return (files(disk.base), tasks, index)
  }

  @Test(arguments: [0, 1, 3, 20]) func `however many may wait in memory, all is the same`(limit: Int) async throws {
    let (same, usual) = (try await live(limit: limit), try await live(limit: .max))
    #expect(same.files == usual.files && !same.files.isEmpty)
    #expect(same.tasks == usual.tasks)
    #expect(same.index == usual.index)
  }

  @Test(arguments: 0..<12) func `whatever happens, the journal tells the same`(seed: Int) async throws {
    var dice = Dice(seed: UInt64(seed))
    var life = House.Life()
    let disk = FaultyDisk()
    var house = try House(disk)
    house.limitUnfolded(to: seed % 3)
    for step in 1...100 {
      try? await house.live(&dice, &life)
      // A name that nobody has heard of, so that there is always something to be deferred.
      await house.deliver(callback("n-\(dice.below(60))", dice.pick([.success, .fail]), digest: UInt64(step)))
      switch dice.below(12) {
      case 0: house.follow()
      case 1: house.checkpoint()
      case 2:
        disk.plan(.init(first: 1 + dice.below(4), operation: dice.pick(["pwrite", "fdatasync", "rename", "open"])))
      case 3:
        disk.plan(nil)
        try house.expectTruth(disk.base, "step \(step)")
      case 4:
        disk.plan(nil)
        house.ledger.close()
        house = try House(disk, startingAt: house.tick().milliseconds)
        house.limitUnfolded(to: seed % 3)
      default: break
      }
    }
    disk.plan(nil)
    try house.expectTruth(disk.base)
    #expect(try House(disk.base.killed()).all == house.all)
    house.ledger.close()
    let findings = try Ledger.check(House.root, disk: disk.base)
    #expect(findings.faults == [] && findings.staleFiles == 0)
  }

  // MARK: - Within a batch

  @Test func `a later callback in the same batch is folded behind the first one`() async throws {
    for limit in [0, 1, 3] {
      let (house, disk) = try house(limit: limit)
      let names = (1...5).map { "p-\($0)" }
      await withCheckedContinuation { (done: CheckedContinuation<Void, Never>) in
        for digest in 1...3 as ClosedRange<UInt64> {
          for name in names {
            let isLast = digest == 3 && name == names.last
            house.hand(callback(name, digest == 2 ? .fail : .success, digest: digest)) { _ in
              if isLast { done.resume() }
            }
          }
        }
        house.ledger.flush()
      }
      #expect(house.ledger.counts.batches == 1 && house.deferred == 0)
      for name in names { #expect(house.ledger.task(providerTaskID: name)?.history.count == 3) }
      try house.expectTruth(disk.base)
    }
  }

  @Test func `a task of ours that turns out, in the same batch or later, to be a deferred one takes it in`()
    async throws
  {
    for isSameBatch in [true, false] {
      let (house, disk) = try house(limit: 0)
      let own = try await house.submit()
      let orphan = callback("p-1", digest: 1)
      if isSameBatch { house.hand(orphan) { _ in } } else { await house.deliver(orphan) }
      #expect(try await house.tell(.accepted(task: own, providerTaskID: "p-1")) == own)
      #expect(house.ledger.counts.batches == (isSameBatch ? 2 : 3))
      #expect(house.ledger.task(own)?.state == .success && house.ledger.task(own)?.aliases.count == 1)
      #expect(house.deferred == 0)
      try house.expectTruth(disk.base)
    }
  }

  @Test func `a task whose file is written while its batch is folded is not lost to the batch's later events`()
    async throws
  {
    let disk = MemoryDisk()
    let house = try House(disk)
    let isOver = Atomic(false)
    async let following: Void = Task.detached {
      while !isOver.load(ordering: .relaxed) { house.follow() }
    }.value
    for round in 1...2 {
      house.limitUnfolded(to: round % 2 == 0 ? 0 : 1000)
      await withCheckedContinuation { (done: CheckedContinuation<Void, Never>) in
        for number in 0..<1200 {
          let isSame = number.isMultiple(of: 1199)
          let name = isSame ? "p-\(round)" : "p-\(round)-\(number)"
          house.hand(callback(name, isSame && number > 0 ? .fail : .success, digest: UInt64(round * 10_000 + number))) {
            _ in
            if number == 1199 { done.resume() }
          }
        }
        house.ledger.flush()
      }
    }
    isOver.store(true, ordering: .relaxed)
    await following
    for round in 1...2 { #expect(house.ledger.task(providerTaskID: "p-\(round)")?.history.count == 2) }
    house.ledger.close()
    let findings = try Ledger.check(House.root, disk: disk)
    #expect(findings.faults == [] && findings.staleFiles == 0 && findings.tasks == 2 * 1199)
  }

  // MARK: - Faults

  @Test(arguments: [false, true]) func `of a batch that failed nothing is deferred, and the next one has its place`(
    writesHalf: Bool
  ) async throws {
    let (house, disk) = try house(limit: 0)
    house.ledger.fileQueue.suspend()
    await house.deliver(callback("p-1", digest: 1))
    disk.plan(.init(first: 1, errno: EIO, writesHalf: writesHalf, operation: writesHalf ? "pwrite" : "fdatasync"))
    #expect(await house.deliver(callback("p-2", digest: 2)) == .failed)
    #expect(house.deferred == 1 && house.ledger.task(providerTaskID: "p-2") == nil)
    disk.plan(nil)
    for number in 3...5 { await house.deliver(callback("p-\(number)", digest: UInt64(number))) }
    #expect(disk.base.bytes(House.segment(2)) != nil && house.deferred == 4)
    try house.expectTruth(disk.base)
    house.ledger.fileQueue.resume()
    house.follow()
    #expect(house.deferred == 0)
    try house.expectTruth(disk.base)
  }

  /// What may befall the line of one of three tasks while it waits.
  enum Damage: CaseIterable { case flipped, cutOff, exchanged }

  @Test(arguments: Damage.allCases) func `a line that is spoilt is told, never believed, and never given up`(
    damage: Damage
  ) async throws {
    let (house, disk) = try house(limit: 0)
    for number in 1...3 { await house.deliver(callback("p-\(number)", digest: UInt64(number))) }
    let right = try #require(disk.base.bytes(House.segment(1)))
    let lines = right.split(separator: 10)
    var bytes = right
    switch damage {
    case .flipped: bytes[lines[2].startIndex + 200] ^= 1
    case .cutOff: bytes.removeSubrange((lines[2].startIndex + 200)...)
    // As long, and whole, but another's.
    case .exchanged: bytes.replaceSubrange(lines[2].indices, with: lines[1])
    }
    #expect(bytes != right && lines[1].count == lines[2].count)
    disk.base.put(House.segment(1), bytes)
    disk.plan(nil)
    // What fails lets the others go first the next time.
    for _ in 1...2 { house.follow() }
    #expect(house.ledger.counts.unwritten == 1 && house.ledger.counts.fileFailures > 0)
    #expect(house.ledger.task(providerTaskID: "p-3") == nil)
    #expect(house.ledger.task(providerTaskID: "p-2")?.state == .success)
    #expect(await house.deliver(callback("p-3", .fail, digest: 4)) == .failed)
    #expect(house.ledger.counts.durableSeq == 3)
    disk.base.put(House.segment(1), right)
    house.follow()
    #expect(house.ledger.counts.unwritten == 0 && house.all.count == 3)
    try house.expectTruth(disk.base)
  }

  // MARK: - Reading back

  @Test func `segments stay open from one task to the next, and lines are read together`() async throws {
    let disk = FaultyDisk(MemoryDisk(available: SpareTests.room))
    let house = try House(disk, segments: SpareTests.policy)
    house.limitUnfolded(to: 0)
    house.ledger.fileQueue.suspend()
    let body = "\"" + String(repeating: "y", count: 1000) + "\""
    for number in 1...160 { await house.deliver(callback("p-\(number)", digest: UInt64(number)), body: body) }
    #expect(house.deferred == 160)
    let before = disk.calls.count
    house.ledger.fileQueue.resume()
    house.follow()
    // The next segment may still be in the making, under its other name.
    let calls = disk.calls[before...].filter { $0.path.hasSuffix(".jsonl") }
    let segments = disk.base.paths.count { $0.hasPrefix(House.paths.journal) && $0.hasSuffix(".jsonl") }
    #expect(segments > 4 && house.deferred == 0)
    // A stride of 64 files may begin in the middle of a segment.
    #expect(calls.count { $0.operation == "open" } <= segments + 2)
    #expect(calls.count { $0.operation == "pread" } <= segments + 2)
    try house.expectTruth(disk)
  }

  @Test(arguments: [false, true])
  func `tasks that came up again after their end are read together by a replay, if that was in order`(
    isReversed: Bool
  ) async throws {
    let disk = MemoryDisk()
    let house = try House(disk)
    house.ledger.fileQueue.suspend()
    let body = "\"" + String(repeating: "y", count: 1000) + "\""
    let numbers = Array(1...160)
    for number in numbers { await house.deliver(callback("p-\(number)", digest: UInt64(number)), body: body) }
    for number in isReversed ? numbers.reversed() : numbers {
      await house.deliver(callback("p-\(number)", .fail, digest: UInt64(1000 + number)), body: body)
    }
    let crashed = FaultyDisk(disk.killed())
    let again = try House(crashed)
    let calls = crashed.calls.filter { $0.path.hasSuffix(".jsonl") }
    // Some for the replay itself, and one for every 64 KiB of what had ended.
    #expect(calls.count { $0.operation == "pread" } <= (isReversed ? 170 : 12))
    #expect(calls.count { $0.operation == "open" } <= 8)
    #expect(again.ledger.counts.tasks == 160)
    try again.expectTruth(crashed.base)
    house.ledger.fileQueue.resume()
  }

  @Test func `numbers of tasks whose files are written are given out again`() throws {
    var book = Book()
    book.unfoldedLimit = 0
    var seq: UInt64 = 0
    func enter(_ count: Int) throws {
      for _ in 0..<count {
        seq += 1
        let news = callback("p-\(seq)", digest: seq).news
        let event = Event(seq: seq, at: Timestamp(milliseconds: House.epoch), what: .callback(news))
        let place = JournalPlace(segment: 1, offset: Int(seq) * 100, length: 99)
        #expect(book.enter(event, at: place)?.effect == .ended)
      }
    }
    try enter(1500)
    var due: UInt64 = 0
    for _ in 1...40 {
      for task in book.takeUnwritten(limit: 100) {
        due += 1
        guard case .inJournal(_, let places) = task else { return #expect(Bool(false)) }
        #expect(places.map(\.offset) == [UInt32(due * 100)], "oldest first")
        book.wrote(task.id, at: due)
      }
      try enter(100)
      #expect(book.deferred.count == 1500)
    }
    #expect(book.index.entries.compactMap(\.deferral).max() ?? 0 < 1500)
  }

  @Test func `a place beyond 4 GiB is none, and such a task waits in memory`() {
    #expect(JournalPlace(segment: 1, offset: 1 << 32, length: 1) == nil)
    #expect(JournalPlace(segment: 1, offset: 0, length: 1 << 32) == nil)
    var book = Book()
    book.unfoldedLimit = 0
    let event = Event(seq: 1, at: Timestamp(milliseconds: 0), what: .callback(callback().news))
    #expect(book.enter(event, at: nil)?.effect == .ended)
    #expect(book.unfolded.count == 1 && book.deferred.count == 0)
  }
}

extension House {
  /// From now on so many tasks may wait unfolded.
  func limitUnfolded(to limit: Int) { ledger.core.withLock { $0.book.unfoldedLimit = limit } }

  var deferred: Int { ledger.core.withLock { $0.book.deferred.count } }
}
