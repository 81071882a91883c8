// SPDX-License-Identifier: Apache-2.0

import CLinux
import JSON
import Testing

@testable import Callbacks
@testable import Ledger

@Suite("Segments") struct SegmentTests {
  /// A ledger whose journal has a new segment behind every failed sync.
  private func house() throws -> (House, FaultyDisk) {
    let disk = FaultyDisk()
    return (try House(disk), disk)
  }

  private func failSync(_ house: House, _ disk: FaultyDisk, alsoCutting: Bool = false, digest: UInt64) async {
    disk.plan(.init(first: 1, errno: 5, operation: "fdatasync"))
    #expect(await house.deliver(callback("p-lost-\(digest)", digest: digest)) == .failed)
    disk.plan(nil)
  }

  @Test func `after a failed sync the next batch goes to a new segment, and the old one is not written again`()
    async throws
  {
    let (house, disk) = try house()
    await house.deliver(callback("p-1", digest: 1))
    await failSync(house, disk, digest: 2)
    let before = disk.calls.count
    await house.deliver(callback("p-3", digest: 3))
    await house.deliver(callback("p-4", digest: 4))
    let later = disk.calls[before...]
    #expect(!later.contains { $0.path == House.segment(1) && ["pwrite", "fdatasync"].contains($0.operation) })
    #expect(later.contains { $0.path == House.segment(2) && $0.operation == "fdatasync" })
    #expect(house.all.compactMap(\.providerTaskID) == ["p-4", "p-3", "p-1"])
    #expect(try House(disk.base.killed()).all == house.all)
  }

  @Test func `lines of a failed batch that stayed in the old segment do not come to life`() async throws {
    let (house, disk) = try house()
    await house.deliver(callback("p-1", digest: 1))
    // Every call fails from the sync on, so that the old segment cannot be cut either.
    disk.plan(.init(first: 2, count: .max, errno: 5))
    #expect(await house.deliver(callback("p-2", digest: 2)) == .failed)
    disk.plan(nil)
    let old = try #require(disk.base.bytes(House.segment(1)))
    #expect(String(decoding: old, as: UTF8.self).contains("p-2"))

    #expect(try House(disk.base.killed()).all.count == 2, "never acknowledged, and nothing in its place yet")
    await house.deliver(callback("p-3", digest: 3))
    #expect(house.all.compactMap(\.providerTaskID) == ["p-3", "p-1"])
    let again = try House(disk.base.killed())
    #expect(again.all == house.all)
    #expect(again.ledger.opening.lastSeq == 2)
    let ids = try again.ledger.requests(RequestQuery(limit: 9)).requests.map(\.id.number)
    #expect(ids == [2, 1])
  }

  @Test func `a segment that is missing is damage`() async throws {
    let (house, disk) = try house()
    for round in 0..<4 {
      let digest = UInt64(round * 2 + 1)
      await house.deliver(callback("p-\(round)", digest: digest))
      await failSync(house, disk, digest: digest + 1)
    }
    house.ledger.close()
    let segments = disk.base.paths.filter { $0.hasPrefix(House.paths.journal) }
    #expect(segments.count == 4)
    for path in segments.dropLast() {
      let crashed = disk.base.without { $0 == path }
      #expect(throws: LedgerError.self) { try Recovery.run(House.paths, crashed.without { $0 == House.paths.index }) }
      #expect(try Ledger.check(House.root, disk: crashed).faults.count >= 1)
    }
    // Without its end a journal is just shorter, which only the checkpoint can tell.
    let last = try #require(segments.last)
    #expect(throws: LedgerError.self) { try House(disk.base.without { $0 == last }) }
  }

  @Test func `damage in an old segment is found by a full check, and by a start that needs it`() async throws {
    let (house, disk) = try house()
    await house.deliver(callback("p-1", digest: 1))
    await house.deliver(callback("p-2", digest: 2))
    await failSync(house, disk, digest: 3)
    await house.deliver(callback("p-4", digest: 4))
    house.ledger.close()
    var bytes = try #require(disk.base.bytes(House.segment(1)))
    let spoilt = disk.base.killed()
    for place in stride(from: 0, to: bytes.count, by: 11) {
      bytes[place] ^= 4
      spoilt.put(House.segment(1), bytes)
      bytes[place] ^= 4
      #expect(try Ledger.check(House.root, disk: spoilt).faults.count == 1)
      #expect(throws: LedgerError.self) { try House(spoilt.without { $0 == House.paths.index }) }
    }
  }

  @Test func `files that are no segments are left alone`() async throws {
    let disk = MemoryDisk()
    for name in ["1.jsonl", "+000000000000001.jsonl", "0000000000000001.jsonl.bak", "notes.jsonl", ".jsonl"] {
      disk.put(House.paths.journal + "/" + name, Array("x".utf8))
    }
    let house = try House(disk)
    await house.deliver(callback())
    house.ledger.close()
    #expect(try House(disk).all.count == 1)
  }

  @Test func `a batch larger than the filling, and one after it, are whole`() async throws {
    let disk = MemoryDisk()
    let house = try House(disk)
    let body = "\"" + String(repeating: "x", count: SegmentPolicy.standard.step + 5000) + "\""
    await house.deliver(callback("p-1", digest: 1), body: body)
    await house.deliver(callback("p-2", digest: 2))
    await house.deliver(callback("p-3", digest: 3), body: body)
    #expect(try House(disk.killed()).all == house.all)
    house.ledger.close()
    let bytes = try #require(disk.bytes(House.segment(1)))
    #expect(bytes.last == UInt8(ascii: "\n") && bytes.dropLast().last != UInt8(ascii: "\n"))
  }

  @Test func `a segment that is full is closed and the next one begins`() throws {
    let disk = MemoryDisk()
    try disk.makeDirectory("j")
    var writer = JournalWriter(disk: disk, directory: "j")
    let batch = Array(repeating: UInt8(ascii: "x"), count: SegmentPolicy.standard.size / 3)
    for seq: UInt64 in 1...4 {
      var text = Blocks()
      text.append(batch)
      let position = try writer.write(&text, firstSeq: seq)
      #expect(position.segment == (seq < 4 ? 1 : 4))
      #expect(position.offset == (seq < 4 ? Int(seq - 1) * batch.count : 0))
    }
    writer.close()
    #expect(disk.paths == ["j/0000000000000001.jsonl", "j/0000000000000004.jsonl"])
    #expect(disk.bytes("j/0000000000000001.jsonl")?.count == 3 * batch.count)
    #expect(disk.bytes("j/0000000000000004.jsonl")?.count == batch.count)
  }

  // MARK: - Reading by number

  @Test(arguments: [1, 3, 1000]) func `any line is found by its number, in segments of any make`(
    longEvery: Int
  ) async throws {
    let (house, disk) = try house()
    for number in 1...150 {
      let length = number.isMultiple(of: longEvery) ? 90_000 / longEvery + number : number
      house.hand(
        callback("p-\(number)", digest: UInt64(number)), body: "\"" + String(repeating: "y", count: length) + "\""
      ) { _ in }
      if number.isMultiple(of: 50) {
        house.ledger.flush()
        await house.deliver(callback("q-\(number)", digest: UInt64(1000 + number)))
        await failSync(house, disk, digest: UInt64(2000 + number))
      }
    }
    await house.deliver(callback("q", digest: 3000))
    let last = house.ledger.counts.durableSeq
    #expect(last == 154)
    for seq in 1...last {
      let records = try house.ledger.reader.records(from: seq, count: 3, through: last)
      #expect(records.map(\.seq) == Array(seq...min(last, seq + 2)))
      #expect(records.allSatisfy { JournalLine.frame($0.line, 0..<$0.line.count)?.seq == $0.seq })
    }
    #expect(try house.ledger.reader.records(from: last + 1, count: 3, through: last).isEmpty)
    #expect(try house.ledger.reader.records(from: 1, count: 1000, through: last).count == 154)
    #expect(try house.ledger.reader.records(from: 60, count: 1000, through: 99).map(\.seq) == Array(60...99))
  }

  // MARK: - Checksums

  @Test func `the checksum is CRC-32C`() {
    func sum(_ bytes: [UInt8]) -> UInt32 { checksum(bytes, 0..<bytes.count) }
    // RFC 3720 section B.4.
    #expect(sum(Array(repeating: 0, count: 32)) == 0x8A91_36AA)
    #expect(sum(Array(repeating: 0xFF, count: 32)) == 0x62A8_AB43)
    #expect(sum(Array(0..<32)) == 0x46DD_794E)
    #expect(sum(Array((0..<32).reversed())) == 0x113F_DB5C)
    #expect(sum(Array("123456789".utf8)) == 0xE306_9283)
    #expect(sum([]) == 0)
  }

  @Test func `the table and the instruction give the same checksum at any length and place`() {
    var dice = Dice(seed: 1)
    let bytes = (0..<3100).map { _ in UInt8(truncatingIfNeeded: dice.next()) }
    for start in 0..<20 {
      for end in Array(start...(start + 100)) + Array(760...800) + [1540, 1600, 3000] {
        let slow = bytes.withUnsafeBytes { hl_crc32c_by_table(0, $0.baseAddress.map { $0 + start }, end - start) }
        #expect(slow == checksum(bytes, start..<end))
      }
    }
  }
}
