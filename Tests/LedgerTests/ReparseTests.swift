// SPDX-License-Identifier: Apache-2.0

import JSON
import Testing

@testable import Callbacks
@testable import Ledger

@Suite("A callback read again") struct ReparseTests {
  private static let url = "https://files.example.test/p-1.mp4"
  private static let body =
    #"{"data":{"taskId":"p-1","state":"success","resultJson":"{\"resultUrls\":[\"\#(url)\"]}"}}"#

  /// The request that came last.
  private func newest(_ house: House) throws -> RequestID {
    try #require(try house.ledger.requests(RequestQuery(isRefused: false, limit: 1)).requests.first).id
  }

  @Test func `what was not understood is understood later, once, and stays so`() async throws {
    let disk = MemoryDisk()
    let house = try House(disk)
    // An earlier version found neither state nor links.
    await house.deliver(callback("p-1", nil), body: Self.body)
    let task = try #require(house.ledger.task(providerTaskID: "p-1"))
    #expect(task.state == .waiting)
    let request = try newest(house)
    guard case .booked(let id) = try await house.ledger.reread(request) else { return #expect(Bool(false)) }
    let read = try #require(house.ledger.task(id))
    #expect(read.id == task.id && read.state == .success && read.trust == .signed && read.result?.urls == [Self.url])
    guard case .unchanged(id) = try await house.ledger.reread(request) else { return #expect(Bool(false)) }
    #expect(house.ledger.task(id)?.seq == read.seq)
    house.follow()
    try house.expectTruth(disk)
    house.ledger.close()
    let reopened = try House(disk.killed())
    #expect(reopened.ledger.task(id) == read)
    reopened.ledger.close()
  }

  @Test(arguments: [0, 10]) func `what was understood well changes nothing`(unfoldedLimit: Int) async throws {
    let house = try House(MemoryDisk())
    house.limitUnfolded(to: unfoldedLimit)
    await house.deliver(callback("p-1", urls: [Self.url]), body: Self.body)
    let before = house.ledger.task(providerTaskID: "p-1")
    guard case .unchanged = try await house.ledger.reread(try newest(house)) else { return #expect(Bool(false)) }
    #expect(house.ledger.task(providerTaskID: "p-1") == before)
    house.ledger.close()
  }

  @Test func `a line break in the body is no hindrance`() async throws {
    let house = try House(MemoryDisk())
    await house.deliver(callback("p-1", nil), body: "{\n" + Self.body.dropFirst())
    guard case .booked = try await house.ledger.reread(try newest(house)) else { return #expect(Bool(false)) }
    #expect(house.ledger.task(providerTaskID: "p-1")?.state == .success)
    house.ledger.close()
  }

  @Test func `a body that nobody can read is said so, and other ids are no callbacks`() async throws {
    let house = try House(MemoryDisk())
    await house.deliver(callback("p-1", nil), body: #"{"data":{}}"#)
    guard case .unreadable(.noTaskID) = try await house.ledger.reread(try newest(house)) else {
      return #expect(Bool(false))
    }
    let submitted = try await house.submit()
    #expect(house.ledger.task(submitted) != nil)
    let wrong = RequestID(at: Timestamp(milliseconds: 1), isRefused: false, number: 2)
    guard case .notFound = try await house.ledger.reread(wrong) else { return #expect(Bool(false)) }
    house.ledger.close()
  }

  // MARK: - The fold

  private func reread(_ report: TaskReport, of callback: VerifiedCallback, _ task: inout TaskState) {
    let rereading = Rereading(task: task.id, request: 1, news: callback.news.read(as: report))
    _ = task.apply(
      Event(seq: task.seq + 1, at: Timestamp(milliseconds: 9), what: .own(.reparsed(rereading))))
  }

  private func hearing(_ callbacks: VerifiedCallback..., confirmed: Bool = false) -> TaskState {
    var task = TaskState(
      id: TaskID(high: 1, low: 2), model: "m", state: .waiting, createdAt: Timestamp(milliseconds: 0), seq: 0)
    for callback in callbacks {
      _ = task.apply(
        Event(seq: task.seq + 1, at: Timestamp(milliseconds: 1), what: .callback(callback.news)))
    }
    if confirmed, let first = callbacks.first {
      _ = task.apply(
        Event(
          seq: task.seq + 1, at: Timestamp(milliseconds: 2),
          what: .own(.record(task: task.id, report: first.news.report))))
    }
    return task
  }

  @Test func `an end that was misread gives way to what its own callback says`() {
    let misread = callback("p-1", urls: ["https://a.test/old"])
    var task = hearing(misread)
    reread(report("p-1", urls: ["https://a.test/new"]), of: misread, &task)
    #expect(task.result?.urls == ["https://a.test/new"] && task.trust == .signed && task.alerts.isEmpty)
  }

  @Test func `the provider's own record stands above any reading`() {
    let misread = callback("p-1", urls: ["https://a.test/old"])
    var task = hearing(misread, confirmed: true)
    reread(report("p-1", .fail), of: misread, &task)
    #expect(task.state == .success && task.result?.urls == ["https://a.test/old"] && task.trust == .confirmed)
    #expect(task.alerts.count == 1)
  }

  @Test func `another callback that ended the task is not overruled`() {
    let first = callback("p-1", digest: 1, signedAt: 10, urls: ["https://a.test/1"])
    let second = callback("p-1", digest: 2, signedAt: 20, urls: ["https://a.test/1"])
    var task = hearing(first, second)
    reread(report("p-1", .fail), of: second, &task)
    #expect(task.state == .success && task.alerts.count == 1)
  }

  @Test func `progress read again still ends nothing`() {
    let progress = callback("p-1", nil, kind: .progress)
    var task = hearing(progress)
    reread(report("p-1", .success, progress: 70), of: progress, &task)
    #expect(!task.state.isTerminal && task.progress == 70)
  }

  @Test func `a reading that names another task is told and not believed`() {
    let heard = callback("p-1", nil)
    var task = hearing(heard)
    reread(report("p-2"), of: heard, &task)
    #expect(task.state == .waiting && task.providerTaskID == "p-1" && task.alerts.count == 1)
  }

  // MARK: - Refused ones

  @Test func `a callback that is believed late counts like any other, and only once`() async throws {
    let disk = MemoryDisk()
    let house = try House(disk)
    let late = callback("p-1", urls: [Self.url])
    let parts = (target: Array("/callbacks".utf8), fields: Array("[]".utf8), body: Array(Self.body.utf8))
    let id = try #require(
      try await house.ledger.append(late: late, target: parts.target, fields: parts.fields, body: parts.body))
    #expect(house.ledger.task(id)?.state == .success)
    #expect(
      try await house.ledger.append(late: late, target: parts.target, fields: parts.fields, body: parts.body) == nil)
    #expect(try house.ledger.requests(RequestQuery(isRefused: false, limit: 9)).requests.count == 1)
    house.ledger.close()
    await #expect(throws: LedgerError.closed) {
      try await house.ledger.append(late: late, target: parts.target, fields: parts.fields, body: parts.body)
    }
  }

  @Test func `a refused body is kept up to the limit, and marked where it was cut`() throws {
    let house = try House(MemoryDisk())
    for (count, isCut) in [(RefusedShelf.bodyLimit, false), (RefusedShelf.bodyLimit + 1, true)] {
      let id = house.ledger.refused.add(
        RefusedRequest(
          at: Timestamp(milliseconds: 1), reason: "stale", target: "/callbacks", fields: "[]",
          body: String(repeating: "x", count: count)))
      let record = try #require(try house.ledger.request(id))
      #expect(record.isCut == isCut)
      #expect(record.content["bodyText"]?.string?.utf8.count == RefusedShelf.bodyLimit)
    }
    house.ledger.close()
  }
}
