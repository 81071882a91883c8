// SPDX-License-Identifier: Apache-2.0

import Glibc
import Synchronization
import Testing

@testable import Callbacks
@testable import Ledger

/// Finished tasks that a replay leaves in the journal show in every way as if they had been folded.
@Suite("Deferred tasks") struct DeferralTests {
  /// Ends of all kinds, each of a task that nobody has heard of.
  static let ends: [VerifiedCallback] = {
    var reports = [
      report("p-plain"), report("p-charged", credits: "30"), report("p-odd", credits: "2.5e1"),
      report("p-no-number", credits: "many"), report("p-null", credits: ""), report("p-fail", .fail, credits: "0"),
      report("p-told", .fail, failure: ("422", "no \"cats\"\n")), report("p-two", urls: ["https://a.test/", "b"]),
      report("p-é\u{1F600}"), report("p-\"quoted\\"), report("p-no-urls", urls: []),
      report("p-percent", progress: 100), report("p-none", nil), report("p-open", .generating),
    ]
    func add(_ name: String, _ change: (inout TaskReport) -> Void) {
      var report = report(name, urls: [])
      change(&report)
      reports.append(report)
    }
    add("p-watermark") { $0.watermarkURLs = ["https://files.example.test/w.mp4"] }
    add("p-object") { $0.object = #"{"text":"a \"b\""}"# }
    add("p-no-model") { ($0.model, $0.urls) = (nil, ["u"]) }
    add("p-model-é") { ($0.model, $0.urls) = ("m-é\"", ["u"]) }
    add("p-message") { ($0.state, $0.message, $0.failureCode) = (.fail, "all \u{1} bad", "500") }
    add("p-all") {
      $0.urls = ["https://files.example.test/1"]
      ($0.progress, $0.progressText, $0.code, $0.message) = (99, "99%", -1, "done")
      ($0.createdMilliseconds, $0.completedMilliseconds) = (1_760_000_000_123, -5)
      ($0.costTime, $0.hasMalformedResult) = ("90", true)
    }
    let trusts: [Trust] = [.signed, .hint]
    return reports.enumerated().flatMap { number, report in
      trusts.map { trust in
        var report = report
        report.providerTaskID += trust.rawValue
        return VerifiedCallback(
          kind: .completion, report: report, submission: nil, trust: trust, keyIndex: nil,
          digest: UInt64(number) << 56 | 0xF00 | UInt64(number), signedAt: trust == .signed ? 1_760_000_000 : nil)
      }
    }
  }()

  /// A ledger after a crash, none of whose task files can be written.
  private func house(_ callbacks: [VerifiedCallback] = ends) async throws -> (House, FaultyDisk) {
    let disk = MemoryDisk()
    let house = try House(disk)
    for callback in callbacks { await house.deliver(callback) }
    let crashed = FaultyDisk(disk.without { $0.hasPrefix(House.paths.tasks) })
    crashed.plan(.init(first: 1, count: .max, errno: EIO, operation: "rename"))
    return (try House(crashed, startingAt: House.epoch + 1_000_000), crashed)
  }

  private func deferred(_ house: House) -> Int { house.ledger.core.withLock { $0.book.deferred.count } }

  @Test func `what is left in the journal is entered as the fold would have it`() async throws {
    let (house, disk) = try await house()
    let deferred = deferred(house)
    // All but those that are no end, and those with an escape in a name.
    #expect(deferred == 2 * (Self.ends.count / 2 - 5))
    #expect(house.ledger.counts.tasksInMemory + deferred == Self.ends.count)
    try house.expectTruth(disk.base)
    for callback in Self.ends {
      let name = callback.news.report.providerTaskID
      #expect(house.ledger.task(providerTaskID: name)?.providerTaskID == name)
      let isEnd = house.ledger.task(providerTaskID: name)?.state.isTerminal
      #expect(house.ledger.core.withLock { $0.book.isKnownEnd(callback.news, key: callback.news.providerKey) } == isEnd)
    }
    #expect(self.deferred(house) == deferred, "asking changes nothing")
  }

  @Test func `their files are written, and they are where other finished tasks are`() async throws {
    let (house, disk) = try await house()
    let tasks = house.all
    house.follow()
    #expect(deferred(house) > 0 && house.ledger.counts.fileFailures > 0, "a file that cannot be written stays due")
    disk.plan(nil)
    house.follow()
    #expect(deferred(house) == 0 && house.ledger.counts.unwritten == 0)
    #expect(house.all == tasks)
    try house.expectTruth(disk.base)
    house.ledger.close()
    #expect(try Ledger.check(House.root, disk: disk.base).faults == [])
    #expect(try Ledger.check(House.root, disk: disk.base).staleFiles == 0)
    #expect(try House(disk.base).ledger.opening.replayed == 0)
  }

  @Test func `what happens to them later is folded into what the journal says`() async throws {
    let (house, disk) = try await house()
    let names = ["p-plainsigned", "p-chargedhint", "p-failsigned", "p-objectsigned"]
    let tasks = try names.map { try #require(house.ledger.task(providerTaskID: $0)) }
    let before = deferred(house)
    #expect(await house.deliver(callback(names[0], .fail, digest: 900)).changes.map(\.task) == [tasks[0].id])
    try await house.tell(.record(task: tasks[1].id, report: report(names[1], credits: "31")))
    // One of ours turns out to be one that came on the shared address.
    let own = try await house.submit()
    try await house.tell(.accepted(task: own, providerTaskID: names[2]))
    #expect(deferred(house) == before - 3)
    try house.expectTruth(disk.base)
    #expect(house.ledger.task(tasks[2].id)?.id == own)
    disk.plan(nil)
    house.follow()
    #expect(deferred(house) == 0 && house.ledger.counts.unwritten == 0)
    try house.expectTruth(disk.base)
    try House(disk.base.killed()).expectTruth(disk.base)
    house.ledger.close()
    #expect(try Ledger.check(House.root, disk: disk.base).faults == [])
  }

  @Test func `what happens to them in the same replay is folded`() async throws {
    let more = [
      callback("p-plainsigned", .fail, digest: 901), callback("p-failsigned", digest: 902),
      callback("p-plainsigned", .fail, digest: 901), callback("p-later", digest: 903),
      callback("p-later", .generating, kind: .progress, digest: 904, progress: 7),
    ]
    let (house, disk) = try await house(Self.ends + more)
    try house.expectTruth(disk.base)
    #expect(house.ledger.task(providerTaskID: "p-later")?.history.count == 2)
    #expect(house.ledger.task(providerTaskID: "p-failsigned")?.alerts.count == 1)
  }

  @Test func `all files are written in one go, also of tasks that changed again meanwhile`() async throws {
    let (house, disk) = try await house((0..<150).map { callback("p-\($0)", digest: UInt64($0 + 1)) })
    #expect(deferred(house) == 150)
    for number in 0..<150 { await house.deliver(callback("p-\(number)", .fail, digest: UInt64(number + 1000))) }
    await house.deliver(callback("p-new", digest: 5000))
    disk.plan(nil)
    house.follow()
    #expect(house.ledger.counts.unwritten == 0)
    house.ledger.close()
    #expect(try Ledger.check(House.root, disk: disk.base).staleFiles == 0)
  }

  @Test func `a line that is spoilt after the start is told, and never believed`() async throws {
    let (house, disk) = try await house([callback("p-1", digest: 1), callback("p-2", digest: 2)])
    let task = try #require(house.ledger.task(providerTaskID: "p-1"))
    var bytes = try #require(disk.base.bytes(House.segment(1)))
    bytes[300] ^= 1
    disk.base.put(House.segment(1), bytes)
    disk.plan(nil)
    house.follow()
    #expect(house.ledger.counts.fileFailures > 0 && house.ledger.counts.unwritten > 0)
    #expect(house.ledger.task(task.id) == nil)
    #expect(await house.deliver(callback("p-1", .fail, digest: 3)) == .failed)
    #expect(house.ledger.counts.durableSeq == 2)
  }

  @Test func `a replay gives the same with lines longer than what is read at once, wherever they lie`() async throws {
    let disk = MemoryDisk()
    let house = try House(disk)
    for (number, size) in [10, 300 << 10, 1 << 10, 255 << 10, 700 << 10, 5].enumerated() {
      let body = "\"" + String(repeating: "z", count: size) + "\""
      await house.deliver(callback("p-\(number)", digest: UInt64(number)), body: body)
    }
    for number in 10..<600 { await house.deliver(callback("p-\(number)", digest: UInt64(number))) }
    let crashed = disk.killed()
    let again = try House(crashed)
    #expect(again.ledger.opening.lastSeq == 596 && again.ledger.opening.tornBytes == 0)
    try again.expectTruth(crashed)

    let bytes = try #require(disk.bytes(House.segment(1)))
    for cut in [256 << 10, 512 << 10, 256 << 10 - 1, 1 << 20, 1_400_000] {
      let torn = disk.without { $0 != House.segment(1) }
      torn.put(House.segment(1), Array(bytes[..<cut]))
      let recovery = try Recovery.fromFirstLine(House.paths, torn, defersFinished: true)
      let whole = bytes[..<cut].lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
      #expect(recovery.lastSeq == UInt64(bytes[..<whole].count { $0 == UInt8(ascii: "\n") }))
      #expect(recovery.tornBytes == cut - whole)
    }
  }

  @Test func `the system's disk reads into an array what it reads into a new one`() throws {
    var template = Array("/tmp/hookledger-read-XXXXXX".utf8CString)
    let file = DiskFile(number: mkstemp(&template))
    defer { unlink(template) }
    let disk = SystemDisk()
    let content = (0..<5000).map { UInt8(truncatingIfNeeded: $0 * 7) }
    try disk.write(content, to: file, at: 0)
    var bytes: [UInt8] = [9, 9, 9]
    for (offset, count) in [(0, 100), (0, 5000), (10, 20), (4990, 100), (5000, 10), (0, 6000), (1, 0)] {
      try disk.read(file, at: offset, count: count, into: &bytes)
      #expect(bytes == (try disk.read(file, at: offset, count: count)))
    }
    disk.close(file)
    #expect(throws: DiskError.self) { try disk.read(file, at: 0, count: 10, into: &bytes) }
  }
}
