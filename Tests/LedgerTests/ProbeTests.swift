// SPDX-License-Identifier: Apache-2.0

import Dispatch
import Glibc
import Testing
import Threads

@testable import Callbacks
@testable import Ledger

@Suite("Looking whether a disk works again") struct ProbeTests {
  private func probe(_ house: House) {
    house.ledger.probe()
    house.ledger.journal.sync {}
  }

  /// A ledger with one callback acknowledged and one refused.
  private func failed(_ disk: FaultyDisk, errno: Int32 = ENOSPC) async throws -> House {
    let house = try House(disk)
    #expect(await house.deliver(callback("p-1", digest: 1)).isAcknowledged)
    // Or its file would be written meanwhile, and take the fault.
    house.follow()
    disk.plan(.init(first: 1, count: .max, errno: errno))
    #expect(await house.deliver(callback("p-2", digest: 2)) == .failed)
    return house
  }

  @Test(arguments: [ENOSPC, EIO, EFBIG, EROFS])
  func `a failure lasts as long as the disk's, and no append is needed to end it`(
    errno: Int32
  ) async throws {
    let disk = FaultyDisk()
    let house = try await failed(disk, errno: errno)
    probe(house)
    #expect(house.ledger.counts.failure?.errno == errno)
    disk.plan(nil)
    #expect(house.ledger.counts.failure?.errno == errno)
    probe(house)
    #expect(house.ledger.counts.failure == nil)
    let told = try #require(house.post.commits.last)
    #expect(told.failure == nil && told.tickets.isEmpty && told.changes.isEmpty)
    #expect(house.all.count == 1)
    #expect(await house.deliver(callback("p-2", digest: 2)).isAcknowledged)
    #expect(try House(disk.base.killed()).all.count == 2)
    house.ledger.close()
    #expect(try Ledger.check(House.root, disk: disk.base).faults == [])
  }

  @Test func `a probe that fails anywhere is only a probe`() async throws {
    var first = 1
    while true {
      let disk = FaultyDisk()
      let house = try await failed(disk)
      disk.plan(.init(first: first))
      probe(house)
      guard disk.failures > 0 else { break }
      #expect(house.ledger.counts.failure != nil, "call \(first)")
      #expect(try House(disk.base.killed()).all.count == 1, "call \(first)")
      probe(house)
      #expect(house.ledger.counts.failure == nil, "call \(first)")
      #expect(try House(disk.base.killed()).all.count == 1, "call \(first)")
      for number in 3...5 {
        #expect(await house.deliver(callback("p-\(number)", digest: UInt64(number))).isAcknowledged, "call \(first)")
      }
      #expect(try House(disk.base.killed()).all.count == 4, "call \(first)")
      house.ledger.close()
      #expect(try Ledger.check(House.root, disk: disk.base).faults == [], "call \(first)")
      first += 1
    }
    #expect(first > 4)
  }

  @Test func `a ledger that works, or is closed, is left alone`() async throws {
    let disk = FaultyDisk()
    let house = try House(disk)
    await house.deliver(callback("p-1"))
    disk.plan(.init(first: .max))
    probe(house)
    #expect(disk.seen == 0)
    disk.plan(.init(first: 1, count: .max))
    #expect(await house.deliver(callback("p-2", digest: 2)) == .failed)
    house.ledger.close()
    disk.plan(.init(first: .max))
    probe(house)
    #expect(disk.seen == 0)
    #expect(house.ledger.counts.failure != nil)
  }
}
