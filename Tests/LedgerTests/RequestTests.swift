// SPDX-License-Identifier: Apache-2.0

import JSON
import Testing

@testable import Callbacks
@testable import Ledger

@Suite("Raw requests") struct RequestTests {
  /// A house with callbacks and refused requests in turn, own events in between.
  private func house(_ disk: MemoryDisk = MemoryDisk()) async throws -> House {
    let house = try House(disk)
    for number in 1...40 {
      await house.deliver(callback("p-\(number)", digest: UInt64(number)), body: #"{"n":\#(number)}"#)
      if number.isMultiple(of: 2) { _ = try await house.submit() }
      if number.isMultiple(of: 3) { house.ledger.refused.add(refusal(number, at: house.tick())) }
    }
    return house
  }

  private func refusal(_ number: Int, at: Timestamp) -> RefusedRequest {
    RefusedRequest(at: at, reason: "stale", target: "/callbacks", fields: "[]", body: "refused \(number)")
  }

  private func walk(_ house: House, isRefused: Bool?, limit: Int) throws -> [RequestRecord] {
    var found: [RequestRecord] = []
    var cursor: RequestCursor?
    var pages = 0
    repeat {
      let page = try house.ledger.requests(RequestQuery(isRefused: isRefused, limit: limit, cursor: cursor))
      #expect(page.requests.count <= limit)
      found += page.requests
      cursor = page.next
      pages += 1
    } while cursor != nil && pages < 1000
    #expect(pages < 1000)
    return found
  }

  @Test(arguments: [1, 2, 3, 7, 39, 40, 53, 100])
  func `pages of any size show each request once, newest first`(limit: Int) async throws {
    let house = try await house()
    let all = try walk(house, isRefused: nil, limit: limit)
    #expect(all.count == 53)
    #expect(Set(all.map(\.id)).count == 53)
    #expect(all.map(\.at) == all.map(\.at).sorted(by: >))
    let taken = try walk(house, isRefused: false, limit: limit)
    #expect(taken.compactMap { $0.content["request"]?["body"]?["n"]?.int } == (1...40).reversed().map { Int64($0) })
    let refused = try walk(house, isRefused: true, limit: limit)
    #expect(refused.map(\.reason) == Array(repeating: "stale", count: 13))
    #expect(refused.first?.content["bodyText"]?.string == "refused 39")
  }

  @Test func `a request is found by its id alone, also after reopening`() async throws {
    let disk = MemoryDisk()
    let house = try await house(disk)
    let all = try walk(house, isRefused: nil, limit: 10)
    house.ledger.close()
    let again = try House(disk)
    for record in all {
      #expect(RequestID(record.id.description) == record.id)
      let found = try #require(try again.ledger.request(record.id))
      #expect(found.id == record.id && found.at == record.at && found.content == record.content)
    }
    #expect(try again.ledger.requests(RequestQuery(limit: 100)).requests.map(\.id) == all.map(\.id))
  }

  @Test func `an id of another time, of no callback or of nothing finds nothing`() async throws {
    let house = try await house()
    let first = try #require(try house.ledger.requests(RequestQuery(isRefused: false, limit: 1)).requests.first)
    let other = Timestamp(milliseconds: first.at.milliseconds + 1)
    #expect(try house.ledger.request(RequestID(at: other, isRefused: false, number: first.id.number)) == nil)
    #expect(try house.ledger.request(RequestID(at: first.at, isRefused: true, number: 1)) == nil)
    for number: UInt64 in [0, 3, 61, .max] {
      #expect(try house.ledger.request(RequestID(at: first.at, isRefused: false, number: number)) == nil)
      #expect(try house.ledger.request(RequestID(at: first.at, isRefused: true, number: number &+ 99)) == nil)
    }
    for text in ["", "req_", "tsk_01ARZ3NDEKTSV4RRFFQ69G5FAV", first.id.description.lowercased()] {
      #expect(RequestID(text) == nil)
    }
  }

  @Test func `a body with line breaks is kept as text, and the journal stays one line an entry`() async throws {
    let disk = MemoryDisk()
    let house = try House(disk)
    await house.deliver(callback("p-1"), body: "{\n \"data\":\t{}\r\n}\n")
    await house.deliver(callback("p-2", digest: 2), body: "{}")
    let records = try house.ledger.requests(RequestQuery(limit: 9)).requests
    #expect(records.last?.content["request"]?["bodyText"]?.string == "{\n \"data\":\t{}\r\n}\n")
    #expect(try House(disk.killed()).all.count == 2)
  }

  @Test func `a body nested as deep as a callback may be survives a restart`() async throws {
    let disk = MemoryDisk()
    let house = try House(disk)
    let deep = String(repeating: "[", count: 128) + String(repeating: "]", count: 128)
    await house.deliver(callback("p-1"), body: deep)
    let id = try await house.submit(
      input: String(repeating: #"{"a":"#, count: 127) + "1" + String(repeating: "}", count: 127))
    try await house.tell(.refused(task: id, code: 1, message: "no"))
    let before = house.all
    #expect(try house.ledger.requests(RequestQuery(limit: 9)).requests.count == 1)
    #expect(try House(disk.killed()).all == before)
    house.ledger.close()
    #expect(try Ledger.check(House.root, disk: disk).faults == [])
    #expect(try House(disk).all == before)
  }

  @Test func `where the clock was set back no request is shown twice or left out`() async throws {
    let house = try House(MemoryDisk())
    for number in 1...30 {
      let at = Timestamp(milliseconds: House.epoch + Int64(number * 7919 % 31) * 1000)
      await house.deliver(callback("p-\(number)", digest: UInt64(number)), at: at)
      house.ledger.refused.add(
        refusal(number, at: Timestamp(milliseconds: House.epoch + Int64(number * 104_729 % 29) * 1000)))
    }
    for limit in [1, 4, 9] {
      #expect(Set(try walk(house, isRefused: nil, limit: limit).map(\.id)).count == 60)
      #expect(try walk(house, isRefused: nil, limit: limit).count == 60)
    }
  }
}

@Suite("The shelf of refused requests") struct RefusedShelfTests {
  private func request(_ number: Int, body: String = "x") -> RefusedRequest {
    RefusedRequest(
      at: Timestamp(milliseconds: House.epoch + Int64(number)), reason: "bad_signature", target: "/callbacks/***",
      fields: #"[["host","a"]]"#, body: body)
  }

  @Test func `the newest are kept, in memory and over a restart, and numbers go on`() throws {
    let disk = MemoryDisk()
    let shelf = try RefusedShelf(disk: disk, directory: "refused")
    for number in 1...(RefusedShelf.countLimit * 2) { shelf.add(request(number)) }
    let shown = shelf.page(before: .max, limit: .max).map(\.number)
    #expect(shown.count <= RefusedShelf.countLimit && shown.count >= RefusedShelf.countLimit / 2)
    #expect(shown.first == 2000 && shown == shown.sorted(by: >))
    let again = try RefusedShelf(disk: disk, directory: "refused")
    #expect(again.page(before: .max, limit: 3).map(\.number) == [2000, 1999, 1998])
    #expect(again.total == 2000)
    again.add(request(9))
    #expect(again.page(before: .max, limit: 1).first?.number == 2001)
  }

  @Test func `a flood fills neither the disk nor the memory`() throws {
    let disk = MemoryDisk()
    let shelf = try RefusedShelf(disk: disk, directory: "refused")
    let body = String(repeating: "\u{1}", count: 10_000)
    for number in 1...360 { shelf.add(request(number, body: body)) }
    let sizes = disk.paths.filter { $0.hasPrefix("refused/") }.map { disk.bytes($0)?.count ?? 0 }
    #expect(sizes.count == 2 && sizes.allSatisfy { $0 <= RefusedShelf.fileLimit })
    let page = shelf.page(before: .max, limit: .max)
    #expect(page.reduce(0) { $0 + $1.line.count } <= RefusedShelf.memoryLimit)
    #expect(page.first?.number == 360)
    let again = try RefusedShelf(disk: disk, directory: "refused")
    #expect(again.page(before: .max, limit: 1).first?.number == 360)
    #expect(again.page(before: .max, limit: .max).reduce(0) { $0 + $1.line.count } <= RefusedShelf.memoryLimit)
  }

  @Test func `a body is cut to the limit and stays valid text`() throws {
    let shelf = try RefusedShelf(disk: MemoryDisk(), directory: "refused")
    shelf.add(request(1, body: String(repeating: "é", count: RefusedShelf.bodyLimit) + "\u{1F600}"))
    let line = try #require(shelf.page(before: .max, limit: 1).first?.line)
    let body = try #require(try JSON.parse(line)["bodyText"]?.string)
    #expect(body == String(repeating: "é", count: RefusedShelf.bodyLimit / 2))
  }

  @Test func `a torn last line is dropped, and the next one stands on its own`() throws {
    let disk = MemoryDisk()
    let shelf = try RefusedShelf(disk: disk, directory: "refused")
    for number in 1...3 { shelf.add(request(number)) }
    let whole = try #require(disk.bytes("refused/0.jsonl"))
    for cut in 0...whole.count {
      disk.put("refused/0.jsonl", Array(whole[..<cut]))
      let again = try RefusedShelf(disk: disk, directory: "refused")
      let kept = again.total
      again.add(request(7))
      let third = try RefusedShelf(disk: disk, directory: "refused")
      #expect(third.page(before: .max, limit: 9).count == Int(kept) + 1)
    }
  }

  @Test func `a disk that fails costs the refused request its place on disk and nothing else`() throws {
    let disk = FaultyDisk()
    let shelf = try RefusedShelf(disk: disk, directory: "refused")
    shelf.add(request(1))
    disk.plan(.init(first: 1, count: .max))
    shelf.add(request(2))
    disk.plan(nil)
    shelf.add(request(3))
    #expect(shelf.page(before: .max, limit: 9).map(\.number) == [3, 2, 1])
    let again = try RefusedShelf(disk: disk, directory: "refused")
    #expect(again.page(before: .max, limit: 9).map(\.number) == [3, 1])
  }
}
