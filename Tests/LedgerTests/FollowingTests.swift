// SPDX-License-Identifier: Apache-2.0

import Dispatch
import Glibc
import Synchronization
import Testing

@testable import Ledger

/// Task files, and the callbacks that come while they are written.
@Suite("Following") struct FollowingTests {
  private static let files = 300

  /// How many files are written in one go if a storm of callbacks begins with the tenth.
  private func written(yields: Bool) async throws -> (files: UInt64, house: House) {
    let disk = FaultyDisk()
    let house = try House(disk)
    let files = Mutex<UInt64>(0)
    let (gate, done) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
    house.ledger.fileQueue.async {
      gate.wait()
      house.ledger.follow(yields: yields)
      files.withLock { $0 = house.ledger.counts.filesWritten }
      done.signal()
    }
    for number in 1...Self.files {
      #expect(await house.deliver(callback("p-\(number)", digest: UInt64(number))).isAcknowledged)
    }
    let renames = Atomic(0)
    disk.watch { call in
      guard call.operation == "rename", renames.add(1, ordering: .relaxed).newValue == 10 else { return }
      // So many that they come quickly enough on any machine.
      for number in 1...5000 { house.hand(callback("s-\(number)", digest: UInt64(10_000 + number))) { _ in } }
      house.ledger.flush()
      while house.ledger.counts.durableSeq < 5000 + UInt64(Self.files) { sched_yield() }
    }
    gate.signal()
    done.wait()
    disk.watch(nil)
    return (files.withLock { $0 }, house)
  }

  @Test func `a storm that begins while files are written makes the rest wait, and none is forgotten`() async throws {
    let (files, house) = try await written(yields: true)
    #expect(files >= 10 && files < Self.files)
    house.follow()
    #expect(house.ledger.counts.unwritten == 0)
    #expect(house.ledger.counts.filesWritten >= 5000 + UInt64(Self.files))
  }

  @Test func `files that have waited long enough are all written, storm or not`() async throws {
    let (files, _) = try await written(yields: false)
    #expect(files >= Self.files)
  }
}
