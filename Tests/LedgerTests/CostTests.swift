// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Callbacks
@testable import Ledger

@Suite struct CostTests {
  @Test(arguments: [
    ("0", "0"), ("-0", "0"), ("30", "30"), ("5916.25", "5916.25"), ("0.1", "0.1"), ("-12.5", "-12.5"), ("1e2", "100"),
    ("1.5E+1", "15"), ("25e-1", "2.5"), ("0.0000004", "0"), ("0.0000005", "0.000001"), ("-0.0000005", "-0.000001"),
    ("0.1234567", "0.123457"), ("1e-400", "0"), ("0e999999", "0"), ("1000000000000", "1000000000000"),
    ("0.30000000000000004", "0.3"), ("0.9999999", "1"), ("100000000000000000000e-18", "100"),
    ("0.00000000000000000000000000000000000000000000000000001e50", "0.001"),
  ])
  func `an amount is read exactly to the millionth`(text: String, expected: String) throws {
    #expect(try #require(CreditAmount(text)).description == expected)
  }

  @Test(arguments: [
    "", "abc", "1.", ".5", "+1", "01", "1,5", "0x10", "inf", "1e", "1000000000000.000001", "1e13",
    "1e99999999999999999999",
    "9" + String(repeating: "0", count: 99), " 1",
  ])
  func `what is no number, or more than anybody has, is no amount`(text: String) {
    #expect(CreditAmount(text) == nil)
  }

  @Test func `sums do not drift`() throws {
    let tenth = try #require(CreditAmount("0.1"))
    let sum = (0..<1000).reduce(CreditAmount.zero) { sum, _ in sum + tenth }
    #expect(sum.description == "100")
  }

  @Test(arguments: [(0, "1970-01-01"), (86_399_999, "1970-01-01"), (86_400_000, "1970-01-02"), (-1, "1969-12-31")])
  func `days are those of UTC`(milliseconds: Int64, day: String) {
    #expect(UTCDay(Timestamp(milliseconds: milliseconds)).description == day)
  }

  @Test func `totals follow a record that corrects what a callback said was charged`() async throws {
    let house = try House(MemoryDisk())
    let task = try await house.submit()
    try await house.tell(.accepted(task: task, providerTaskID: "p-1"))
    #expect(house.ledger.costs(CostQuery()).rows.isEmpty)
    await house.deliver(callback("p-1", for: task, digest: 1, credits: "30"))
    #expect(house.ledger.costs(CostQuery()).credits.description == "30")
    #expect(house.ledger.latestCharge(of: "sora-2").description == "30")
    try await house.tell(.record(task: task, report: report("p-1", credits: "27.5")))
    let costs = house.ledger.costs(CostQuery(grouping: .model))
    #expect(costs.rows.map(\.model) == ["sora-2"] && costs.credits.description == "27.5" && costs.tasks == 1)
    try await house.tell(.record(task: task, report: report("p-1", .fail, credits: "0", failure: ("500", "broken"))))
    #expect(house.ledger.costs(CostQuery()).credits == .zero)
  }

  @Test func `a charge is told by the callback when the record ended the task without one`() async throws {
    let house = try House(MemoryDisk())
    let task = try await house.submit()
    try await house.tell(.accepted(task: task, providerTaskID: "p-1"))
    try await house.tell(.record(task: task, report: report("p-1")))
    await house.deliver(callback("p-1", for: task, digest: 1, credits: "30"))
    #expect(house.ledger.costs(CostQuery()).credits.description == "30")
    // Once told, the callback does not change it.
    await house.deliver(callback("p-1", for: task, digest: 2, credits: "31"))
    #expect(house.ledger.costs(CostQuery()).credits.description == "30")
  }

  @Test func `charges that are no number are not taken`() async throws {
    let house = try House(MemoryDisk())
    let task = try await house.submit()
    await house.deliver(callback("p-1", for: task, digest: 1, credits: #"1,"x":2"#))
    #expect(house.ledger.task(task)?.state == .success && house.ledger.task(task)?.credits == nil)
  }

  @Test func `days, balances and totals are there again after a start`() async throws {
    let disk = MemoryDisk()
    var house = try House(disk)
    let day = UTCDay(house.tick())
    for (number, credits) in ["30", "0.5"].enumerated() {
      let task = try await house.submit()
      await house.deliver(callback("p-\(number)", for: task, digest: UInt64(number), credits: credits))
    }
    for balance in ["100", "90", "69.5"] {
      try await house.ledger.append(balance: CreditAmount(balance)!, at: house.tick())
    }
    let before = house.ledger.costs(CostQuery())
    let row = try #require(before.rows.first)
    #expect(before.rows.count == 1 && row.day == day && row.tasks == 2 && row.credits.description == "30.5")
    #expect(row.balances?.first.credits.description == "100" && row.balances?.last.credits.description == "69.5")
    house.ledger.close()
    house = try House(disk)
    #expect(house.ledger.opening.replayed == 0 && house.ledger.costs(CostQuery()) == before)
    #expect(house.ledger.costs(CostQuery(since: UTCDay(number: day.number + 1))).tasks == 0)
    #expect(house.ledger.costs(CostQuery(until: UTCDay(number: day.number - 1))).tasks == 0)
    #expect(house.ledger.costs(CostQuery(since: day, until: day, grouping: .task)).rows.count == 2)
  }

  @Test func `running tasks are expected to cost what their models last did`() async throws {
    let house = try House(MemoryDisk())
    #expect(house.ledger.expectedCharge(ofOpenTasksAnd: "sora-2") == .zero)
    let first = try await house.submit()
    await house.deliver(callback("p-1", for: first, digest: 1, credits: "30"))
    for name in ["p-2", "p-3"] {
      let task = try await house.submit()
      try await house.tell(.accepted(task: task, providerTaskID: name))
    }
    #expect(house.ledger.expectedCharge(ofOpenTasksAnd: "sora-2").description == "90")
    #expect(house.ledger.expectedCharge(ofOpenTasksAnd: "unheard-of").description == "60")
    #expect(house.ledger.openCounts(since: Timestamp(milliseconds: 0)) == OpenCounts(running: 2))
  }

  @Test func `an unknown task takes the id that the operator gives, and what came under it before`() async throws {
    let house = try House(MemoryDisk())
    let task = try await house.submit()
    try await house.tell(.unknown(task: task, reason: "timed out"))
    await house.deliver(callback("p-1", digest: 1))
    let orphan = try #require(house.ledger.task(providerTaskID: "p-1"))
    #expect(orphan.id != task && house.ledger.openCounts(since: Timestamp(milliseconds: 0)).unknown == 1)
    try await house.tell(.joined(task: task, providerTaskID: "p-1", isProven: false))
    let joined = try #require(house.ledger.task(task))
    #expect(joined.state == .success && joined.aliases == [orphan.id] && joined.alerts.count == 2)
    #expect(house.ledger.task(orphan.id)?.id == task)
  }

  @Test func `a task closed by hand lives again when its callback comes after all`() async throws {
    let house = try House(MemoryDisk())
    let task = try await house.submit()
    try await house.tell(.unknown(task: task, reason: "timed out"))
    try await house.tell(.refused(task: task, code: nil, message: "closed by the operator"))
    #expect(house.ledger.task(task)?.state == .refused)
    await house.deliver(callback("p-1", for: task, digest: 1))
    #expect(house.ledger.task(task)?.state == .success && house.ledger.task(task)?.failure == nil)
  }

  @Test func `a record is news only when it says something new`() async throws {
    let house = try House(MemoryDisk())
    let id = try await house.submit()
    try await house.tell(.accepted(task: id, providerTaskID: "p-1"))
    let open = try #require(house.ledger.task(id))
    #expect(!open.isNews(report("p-1", .waiting)))
    #expect(open.isNews(report("p-1", .generating)) && open.isNews(report("p-1", .waiting, progress: 3)))
    await house.deliver(callback("p-1", for: id, digest: 1))
    let ended = try #require(house.ledger.task(id))
    #expect(!ended.isNews(report("p-1", .generating, progress: 50)) && ended.isNews(report("p-1")))
    try await house.tell(.record(task: id, report: report("p-1")))
    #expect(try #require(house.ledger.task(id)).isNews(report("p-1")) == false)
    #expect(house.ledger.unconfirmedTasks(since: Timestamp(milliseconds: 0), limit: 10).isEmpty)
  }

  @Test func `the newest of the ended tasks that nothing confirmed come first`() async throws {
    let house = try House(MemoryDisk())
    var ended: [TaskID] = []
    for number in 1...4 {
      let id = try await house.submit()
      try await house.tell(.accepted(task: id, providerTaskID: "p-\(number)"))
      await house.deliver(callback("p-\(number)", for: id, digest: UInt64(number)))
      ended.append(id)
    }
    try await house.tell(.record(task: ended[2], report: report("p-3")))
    let refused = try await house.submit()
    try await house.tell(.refused(task: refused, code: 422, message: "no"))
    _ = try await house.submit()
    let all = [ended[3], ended[1], ended[0]]
    for limit in 0...5 {
      let found = house.ledger.unconfirmedTasks(since: Timestamp(milliseconds: 0), limit: limit)
      #expect(found == Array(all.prefix(limit)))
    }
    #expect(house.ledger.unconfirmedTasks(since: ended[1].time, limit: 5).contains(ended[1]))
    let later = Timestamp(milliseconds: Timestamp.now().milliseconds + 60_000)
    #expect(house.ledger.unconfirmedTasks(since: later, limit: 5).isEmpty)
  }

  @Test func `a result that was never named is lost in the end, and the task ends with it`() async throws {
    let house = try House(MemoryDisk())
    let id = try await house.submit()
    try await house.tell(.accepted(task: id, providerTaskID: "p-1"))
    try await house.tell(.resultLost(task: id, reason: "too early"))
    #expect(house.ledger.task(id)?.state == .waiting)
    try await house.tell(.record(task: id, report: report("p-1", urls: [], credits: "30")))
    #expect(house.ledger.task(id)?.state == .waiting)
    try await house.tell(.resultLost(task: id, reason: "a day has passed"))
    let lost = try #require(house.ledger.task(id))
    #expect(lost.state == .success && lost.trust == .confirmed && lost.result?.isLost == true)
    #expect(house.ledger.costs(CostQuery()).credits.description == "30")
  }

  @Test func `a task that two names were known for is charged once, before and after each way of starting`()
    async throws
  {
    let disk = MemoryDisk()
    let house = try House(disk)
    let id = try await house.submit()
    try await house.tell(.unknown(task: id, reason: "reset"))
    await house.deliver(callback("p-1", digest: 1, credits: "30"))
    await house.deliver(callback("p-2", digest: 2, credits: "2.5"))
    try await house.tell(.joined(task: id, providerTaskID: "p-1", isProven: true))
    try await house.tell(.balance(CreditAmount(millionths: 7_000_000)))
    try await house.tell(.balance(CreditAmount(millionths: 5_000_000)))

    func expect(_ house: House) throws {
      let report = house.ledger.costs(CostQuery())
      #expect(report.tasks == 2 && report.credits == CreditAmount("32.5"))
      let balances = try #require(report.rows.first?.balances)
      #expect(report.rows.count == 1 && balances.first.credits == CreditAmount("7"))
      #expect(house.ledger.lastBalance == balances.last && balances.last.credits == CreditAmount("5"))
      #expect(house.ledger.task(id)?.credits == "30")
      try house.expectTruth(disk)
    }
    try expect(house)
    try expect(House(disk.killed()))
    house.checkpoint()
    let again = try House(disk.killed())
    #expect(again.ledger.opening.replayed == 0)
    try expect(again)
  }

  @Test func `a later word on the charge replaces the earlier one`() async throws {
    let house = try House(MemoryDisk())
    await house.deliver(callback("p-1", digest: 1, credits: "30"))
    let id = try #require(house.ledger.task(providerTaskID: "p-1")?.id)
    try await house.tell(.record(task: id, report: report("p-1", credits: "20")))
    let row = try #require(house.ledger.costs(CostQuery(grouping: .model)).rows.first)
    #expect(row.model == "sora-2" && row.tasks == 1 && row.credits == CreditAmount("20"))
    #expect(house.ledger.latestCharge(of: "sora-2") == CreditAmount("20"))
  }
}
