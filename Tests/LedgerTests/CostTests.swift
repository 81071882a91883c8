// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Callbacks
@testable import Ledger

@Suite("Costs and balances") struct CostTests {
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
