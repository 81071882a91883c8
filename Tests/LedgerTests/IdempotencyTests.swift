// SPDX-License-Identifier: Apache-2.0

import Glibc
import Testing

@testable import Callbacks
@testable import Ledger

@Suite("Idempotency keys") struct IdempotencyTests {
  private func submission(_ low: UInt64, key: String, at: Int64 = House.epoch) -> Submission {
    Submission(
      task: TaskID.make(at: Timestamp(milliseconds: at), random: (0, low)), model: "m", input: "{}",
      idempotency: Idempotency(key: key, bodyDigest: "aa"))
  }

  private func isNew(_ intent: Ledger.Intent) -> Bool { if case .new = intent { true } else { false } }

  private func existing(_ intent: Ledger.Intent) -> TaskID? { if case .existing(let id) = intent { id } else { nil } }

  @Test func `a key makes one task, also across a restart`() async throws {
    let disk = MemoryDisk()
    let house = try House(disk)
    let now = Timestamp.now().milliseconds
    let first = submission(1, key: "k", at: now)
    #expect(isNew(try await house.ledger.append(first)))
    #expect(existing(try await house.ledger.append(submission(2, key: "k"))) == first.task)
    #expect(house.ledger.task(idempotencyKey: "k")?.id == first.task)
    #expect(house.ledger.task(idempotencyKey: "k")?.idempotency?.bodyDigest == "aa")
    #expect(house.ledger.task(idempotencyKey: "other") == nil)
    for disk in [
      disk.killed(),
      {
        house.ledger.close(); return disk
      }(),
    ] {
      let again = try House(disk)
      #expect(existing(try await again.ledger.append(submission(3, key: "k"))) == first.task)
      #expect(again.all.count == 1)
      again.ledger.close()
    }
  }

  @Test func `of many at once with one key one is new, and all are durable`() async throws {
    let house = try House(MemoryDisk())
    let intents = try await withThrowingTaskGroup(of: Ledger.Intent.self) { group in
      for low in 1...50 {
        group.addTask { try await house.ledger.append(self.submission(UInt64(low), key: "k")) }
      }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    #expect(intents.count(where: isNew) == 1)
    let task = try #require(house.all.first)
    #expect(house.all.count == 1)
    #expect(intents.compactMap(existing) == Array(repeating: task.id, count: 49))
  }

  @Test func `who waits for a key that could not be kept is told so`() async throws {
    let disk = FaultyDisk()
    let house = try House(disk)
    disk.plan(.init(first: 1, count: .max, operation: "pwrite"))
    let failed = await withTaskGroup(of: Bool.self) { group in
      for low in 1...20 {
        group.addTask { (try? await house.ledger.append(self.submission(UInt64(low), key: "k"))) == nil }
      }
      return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
    }
    #expect(failed == 20)
    disk.plan(nil)
    #expect(isNew(try await house.ledger.append(submission(99, key: "k"))))
  }

  @Test func `keys older than a day are forgotten with a checkpoint`() async throws {
    let disk = MemoryDisk()
    let house = try House(disk)
    let day: Int64 = 24 * 60 * 60 * 1000
    let now = Timestamp.now().milliseconds
    _ = try await house.ledger.append(submission(1, key: "old", at: now - day - 3_600_000))
    _ = try await house.ledger.append(submission(2, key: "young", at: now - day + 3_600_000))
    house.ledger.close()
    let again = try House(disk)
    #expect(again.ledger.task(idempotencyKey: "old") == nil)
    #expect(again.ledger.task(idempotencyKey: "young") != nil)
  }

  @Test func `a batch that someone waits for without an event in it still opens with a barrier`() async {
    let id = TaskID(high: 1, low: 1)
    _ = await withCheckedContinuation { continuation in
      var intake = Intake(nextSeq: 5)
      intake.batch.followers.append((continuation, id))
      for reason in ["a", "b"] {
        intake.add(.unknown(task: id, reason: reason), Timestamp(milliseconds: 0), continuation)
      }
      let text = String(decoding: intake.batch.text.text, as: UTF8.self).split(separator: "\n")
      #expect(text.map { $0.contains("\"barrier\":true") } == [true, false])
      continuation.resume(returning: .success(id))
    }
  }
}
