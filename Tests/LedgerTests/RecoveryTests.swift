// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Callbacks
@testable import Ledger

@Suite("Recovery") struct RecoveryTests {
  /// A journal of eight entries, each a batch of its own, one with a line break in its body; what the tasks are behind
  /// each of them; nothing else is on the disk.
  private struct Past {
    var disk: MemoryDisk
    var bytes: [UInt8]
    /// Where each entry ends.
    var ends: [Int]
    /// The newest task's state behind each entry, from "none" on.
    var states: [[TaskState]]
  }

  private static let path = House.segment(1)

  private func past() async throws -> Past {
    let disk = MemoryDisk()
    let house = try House(disk)
    var states: [[TaskState]] = [[]]
    func look() { states.append(house.all) }
    let id = try await house.submit()
    look()
    await house.deliver(callback("p-1", .generating, digest: 1))
    look()
    try await house.tell(.accepted(task: id, providerTaskID: "p-1"))
    look()
    await house.deliver(callback("p-1", .generating, kind: .progress, for: id, digest: 2, progress: 7), body: "{\n}")
    look()
    await house.deliver(callback("p-1", digest: 3))
    look()
    await house.deliver(callback("p-2", digest: 4))
    look()
    try await house.tell(.record(task: id, report: report("p-1")))
    look()
    try await house.tell(.resultLost(task: id, reason: "410"))
    look()
    let bytes = try #require(disk.bytes(Self.path))
    var ends: [Int] = []
    var place = 0
    while let line = JournalSegment.line(in: bytes, from: place), !line.isEmpty {
      place = line.upperBound + 1
      ends.append(place)
    }
    #expect(ends.count == 8)
    return Past(disk: disk.without { $0 != Self.path }, bytes: Array(bytes[..<place]), ends: ends, states: states)
  }

  private func expect(_ recovery: Recovery, isBehind entries: Int, of past: Past) {
    #expect(recovery.lastSeq == UInt64(entries))
    let tasks = recovery.book.loaded.all.sorted { $0.id > $1.id }
    #expect(tasks == past.states[entries].sorted { $0.id > $1.id })
  }

  @Test func `cut anywhere, every whole line is there and the next one goes on from it`() async throws {
    let past = try await past()
    let disk = past.disk
    for cut in 0...past.bytes.count {
      disk.put(Self.path, Array(past.bytes[..<cut]))
      let whole = past.ends.count { $0 <= cut }
      let recovery = try Recovery.fromFirstLine(House.paths, disk)
      expect(recovery, isBehind: whole, of: past)
      #expect(recovery.tornBytes == cut - (past.ends.last { $0 <= cut } ?? 0))
      guard cut % 197 == 0 || past.ends.contains(where: { abs($0 - cut) <= 1 }) else { continue }

      let crashed = disk.killed()
      let house = try House(crashed)
      #expect(house.ledger.opening.tornBytes == recovery.tornBytes)
      await house.deliver(callback("p-new", digest: 77))
      #expect(house.ledger.counts.durableSeq == UInt64(whole) + 1)
      try House(crashed.killed()).expectTruth(crashed)
    }
  }

  @Test func `with any byte altered but in the last line, the start is refused and the place is told`() async throws {
    let past = try await past()
    let disk = past.disk
    let lastLine = past.ends[past.ends.count - 2]
    for place in past.bytes.indices {
      var bytes = past.bytes
      bytes[place] ^= 1 << (place % 8)
      disk.put(Self.path, bytes)
      let whole = past.ends.count { $0 <= place }
      if place >= lastLine {
        expect(try Recovery.fromFirstLine(House.paths, disk), isBehind: whole, of: past)
        continue
      }
      let expected = LedgerError.damaged(
        file: "journal/0000000000000001.jsonl", offset: whole == 0 ? 0 : past.ends[whole - 1], seq: UInt64(whole) + 1)
      #expect(throws: expected) { try Recovery.fromFirstLine(House.paths, disk) }
    }
  }

  @Test func `with any byte replaced by a line feed, a brace or zero it is the same`() async throws {
    let past = try await past()
    let disk = past.disk
    let lastLine = past.ends[past.ends.count - 2]
    let intruders = [UInt8(ascii: "\n"), UInt8(ascii: "{"), 0]
    for place in 0..<lastLine where past.bytes[place] != intruders[place % 3] {
      var bytes = past.bytes
      bytes[place] = intruders[place % 3]
      disk.put(Self.path, bytes)
      #expect(throws: LedgerError.self) { try Recovery.fromFirstLine(House.paths, disk) }
    }
  }

  @Test func `a line or a stretch that is missing in the middle is damage`() async throws {
    let past = try await past()
    for first in 0..<past.ends.count - 1 {
      for last in first..<past.ends.count - 1 {
        let start = first == 0 ? 0 : past.ends[first - 1]
        for gap in [[], Array(repeating: UInt8(0), count: past.ends[last] - start), Array("\n\n".utf8)] {
          past.disk.put(Self.path, past.bytes[..<start] + gap + past.bytes[past.ends[last]...])
          #expect(throws: LedgerError.self) { try Recovery.fromFirstLine(House.paths, past.disk) }
        }
      }
    }
  }

  @Test(arguments: ["", "\n", "\n\n\n\n", "\0", "\0\0\0\0\0\0\0", "\n\0\n", "\0\n\n\0"])
  func `filling at the end, line feeds or zeros, is neither torn nor damage`(filling: String) async throws {
    let past = try await past()
    past.disk.put(Self.path, past.bytes + Array(filling.utf8))
    let recovery = try Recovery.fromFirstLine(House.paths, past.disk)
    expect(recovery, isBehind: 8, of: past)
    #expect(recovery.tornBytes == 0)
    let house = try House(past.disk)
    await house.deliver(callback("p-3", digest: 9))
    #expect(try House(past.disk.killed()).ledger.opening.lastSeq == 9)
  }

  @Test(arguments: ["x", "{", "{}", "\n\n{\"seq\":9,", "\0\0x", "{\"seq\":9,\"barrier\":true,\"crc\":\"00000000\"}\n"])
  func `anything else at the end is a torn batch and is cut`(rest: String) async throws {
    let past = try await past()
    past.disk.put(Self.path, past.bytes + Array(rest.utf8))
    let house = try House(past.disk)
    #expect(house.ledger.opening.lastSeq == 8 && house.ledger.opening.tornBytes == rest.utf8.count)
    #expect(past.disk.bytes(Self.path) == past.bytes)
  }

  @Test func `the last batch may be torn in its middle while its end is there`() async throws {
    let disk = MemoryDisk()
    let house = try House(disk)
    await house.deliver(callback("p-0", digest: 100))
    for number in 1...5 { house.hand(callback("p-\(number)", digest: UInt64(number))) { _ in } }
    house.ledger.close()
    var bytes = try #require(disk.bytes(Self.path))
    let third = try #require(bytes.indices.first { bytes[$0...].starts(with: "{\"seq\":4,".utf8) })
    bytes[third + 20] ^= 1
    let crashed = disk.without { $0 != Self.path }
    crashed.put(Self.path, bytes)
    let again = try House(crashed)
    #expect(again.ledger.opening.lastSeq == 3 && again.ledger.opening.tornBytes > 0)
  }

  // MARK: - Checkpoints

  @Test func `with a checkpoint only what came later is folded`() async throws {
    let disk = MemoryDisk()
    let house = try House(disk)
    for number in 1...5 { await house.deliver(callback("p-\(number)", digest: UInt64(number))) }
    house.checkpoint()
    for number in 6...8 { await house.deliver(callback("p-\(number)", digest: UInt64(number))) }
    let again = try House(disk.killed())
    #expect(again.ledger.opening.replayed == 3 && again.ledger.opening.tasks == 8)
    try again.expectTruth(disk)
  }

  @Test func `without one, or with a spoilt one, everything is folded`() async throws {
    let disk = MemoryDisk()
    let house = try House(disk)
    for number in 1...5 { await house.deliver(callback("p-\(number)", digest: UInt64(number))) }
    house.checkpoint()
    let good = try #require(disk.bytes(House.paths.index))
    for bad in [nil, [], Array(good.dropLast()), good + [0], Array("hookledger index 0\n".utf8)] {
      let crashed = disk.killed()
      if let bad { crashed.put(House.paths.index, bad) } else { try crashed.remove(House.paths.index) }
      let again = try House(crashed)
      #expect(again.ledger.opening.replayed == 5)
      try again.expectTruth(crashed)
    }
  }

  @Test func `a checkpoint ahead of the journal means that synced lines are lost`() async throws {
    let past = try await past()
    let house = try House(past.disk)
    house.ledger.close()
    for cut in past.ends.dropLast() {
      let crashed = past.disk.killed()
      crashed.put(Self.path, Array(past.bytes[..<cut]))
      let seq = UInt64(past.ends.count { $0 <= cut }) + 1
      #expect(throws: LedgerError.damaged(file: "journal/0000000000000001.jsonl", offset: cut, seq: seq)) {
        try House(crashed)
      }
    }
    let emptied = past.disk.without { $0.hasPrefix(House.paths.journal) }
    #expect(throws: LedgerError.self) { try House(emptied) }
  }

  @Test func `a task's file that belongs to another journal is not believed`() async throws {
    let past = try await past()
    let house = try House(past.disk)
    house.ledger.close()
    var stranger = try #require(past.states.last?.last)
    stranger.seq = 900
    stranger.credits = "999"
    stranger.state = .waiting
    let files = TaskFiles(disk: past.disk, directory: House.paths.tasks)
    try files.write(stranger)
    var checkpoint = try #require(Checkpoint(past.disk.bytes(House.paths.index) ?? []))
    let ordinal = try #require(checkpoint.index.ordinal(of: stranger.id))
    checkpoint.index.update(ordinal, stranger)
    past.disk.put(House.paths.index, checkpoint.bytes())
    let again = try House(past.disk)
    try again.expectTruth(past.disk)
  }

  // MARK: - Finished tasks on disk

  @Test func `a finished task whose file is spoilt is read from the journal, and its file is mended`() async throws {
    let disk = MemoryDisk()
    let house = try House(disk)
    for number in 1...4 { await house.deliver(callback("p-\(number)", digest: UInt64(number))) }
    house.checkpoint()
    #expect(house.ledger.counts.tasksInMemory == 0)
    let tasks = house.all
    let older = try #require(disk.bytes(TaskFiles(disk: disk, directory: House.paths.tasks).path(of: tasks[0].id)))
    for spoil: (String) throws -> Void in [
      { disk.put($0, []) }, { try disk.remove($0) }, { disk.put($0, older) },
    ] {
      for path in disk.paths where path.hasPrefix(House.paths.tasks) { try spoil(path) }
      #expect(house.ledger.task(tasks[2].id) == tasks[2])
      #expect(house.all == tasks)
      house.follow()
      #expect(try Ledger.check(House.root, disk: disk.killed()).faults == [])
      #expect(house.ledger.counts.tasksInMemory == 0)
    }
  }

  @Test func `an event for a finished task whose file is spoilt is folded into what the journal says`() async throws {
    let disk = MemoryDisk()
    let house = try House(disk)
    let id = try await house.submit()
    await house.deliver(callback("p-1", for: id, digest: 1))
    house.checkpoint()
    for path in disk.paths where path.hasPrefix(House.paths.tasks) { try disk.remove(path) }
    let delivery = await house.deliver(callback("p-1", .fail, for: id, digest: 2))
    #expect(delivery.changes.map(\.task) == [id])
    #expect(house.ledger.task(id)?.history.count == 3)
    try house.expectTruth(disk)
  }
}
