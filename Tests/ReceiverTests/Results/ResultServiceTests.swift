// SPDX-License-Identifier: Apache-2.0

import HTTPClient
import JSON
import Ledger
import OpenSSL
import Receiver
import Simulator
import Submitter
import Testing

@Suite("Saved media", .timeLimit(.minutes(5)))
struct ResultServiceTests {
  private struct Saved {
    let fixture: ServiceFixture
    let id: String
    let file: JSON
    let bytes: [UInt8]

    var url: String { "\(fixture.local)/api/v1/tasks/\(id)/results/0" }

    func get(_ headers: [(name: String, value: String)] = [], method: HTTPClientMethod = .get) async throws
      -> HTTPClientResponse
    {
      try await fixture.client.send(HTTPClientRequest(method: method, url: url, headers: headers))
    }
  }

  private func saved(_ faults: [Fault: Double] = [:]) async throws -> Saved {
    let provider = try await SimulatedProvider(faults)
    let fixture = try await ServiceFixture(clock: .running(speed: 50)) { try provider.use(&$0) }
    let id = try #require(try await fixture.confirmedTask()["id"]?.string)
    let task = try await fixture.task(id) { $0["result"]?["files"]?.array?.isEmpty == false }
    #expect(task["trust"] == "confirmed")
    let file = try #require(task["result"]?["files"]?[0])
    let path = try #require(file["path"]?.string)
    let bytes = try #require(try SystemDisk().contents(of: "\(fixture.directory)/\(path)"))
    return Saved(fixture: fixture, id: id, file: file, bytes: bytes)
  }

  @Test("what a task made is on disk, and comes back whole, bit by bit as it says")
  func whole() async throws {
    let saved = try await saved()
    #expect(saved.file["path"]?.string == "results/\(saved.id)/0.mp4")
    #expect(saved.file["sha256"]?.string == Hex.encode(SHA256.hash(saved.bytes.span).span))
    let answer = try await saved.get()
    #expect(answer.status == 200)
    #expect(answer.body == saved.bytes)
    #expect(answer.header("content-type") == "video/mp4")
    #expect(answer.header("accept-ranges") == "bytes")
    #expect(answer.header("etag") == "\"\(saved.file["sha256"]?.string ?? "")\"")
    #expect(answer.header("x-content-type-options") == "nosniff")
    #expect(answer.header("content-disposition") == "inline; filename=\"\(saved.id)-0.mp4\"")
    let head = try await saved.get(method: .head)
    #expect(head.status == 200)
    #expect(head.body.isEmpty)
    #expect(head.head.contentLength == Int64(saved.bytes.count))
    await saved.fixture.stop()
  }

  @Test("a range gets that range, and one beyond the end gets 416")
  func ranges() async throws {
    let saved = try await saved()
    let size = saved.bytes.count
    for (field, range) in [
      ("bytes=0-0", 0..<1), ("bytes=10-", 10..<size), ("bytes=-7", size - 7..<size), ("bytes=5-99999999", 5..<size),
    ] {
      let answer = try await saved.get([("Range", field)])
      #expect(answer.status == 206, "\(field)")
      #expect(answer.body == Array(saved.bytes[range]), "\(field)")
      #expect(answer.header("content-range") == "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(size)")
    }
    let beyond = try await saved.get([("Range", "bytes=\(size)-")])
    #expect(beyond.status == 416)
    #expect(beyond.header("content-range") == "bytes */\(size)")
    let tag = try #require(try await saved.get().header("etag"))
    #expect(try await saved.get([("Range", "bytes=0-0"), ("If-Range", tag)]).status == 206)
    #expect(try await saved.get([("Range", "bytes=0-0"), ("If-Range", "\"other\"")]).status == 200)
    #expect(try await saved.get([("Range", "lines=0-0")]).status == 200)
    #expect(try await saved.get([("If-None-Match", tag)]).status == 304)
    #expect(try await saved.get([("If-None-Match", "\"other\", W/\(tag)")]).status == 304)
    await saved.fixture.stop()
  }

  @Test("links that expire after the first bytes are asked for anew, and the file is complete")
  func expiredLinks() async throws {
    let saved = try await saved([.expiredLinks: 1])
    #expect(saved.file["sha256"]?.string == Hex.encode(SHA256.hash(saved.bytes.span).span))
    #expect(try await saved.get().body == saved.bytes)
    // Top-level boxes with their own lengths (ISO/IEC 14496-12, 4.2) must fill the file exactly.
    var place = 0
    while place + 8 <= saved.bytes.count {
      place += saved.bytes[place..<place + 4].reduce(0) { $0 << 8 | Int($1) }
    }
    #expect(place == saved.bytes.count)
    await saved.fixture.stop()
  }

  @Test("a file that is not there is said so in words")
  func missing() async throws {
    let fixture = try await ServiceFixture()
    _ = try await fixture.callback(ServiceFixture.success("task-1"), headers: ServiceFixture.signature("task-1"))
    for (number, words) in [("0", "not saved yet"), ("1", "1 results"), ("-1", "1 results"), ("00", "1 results")] {
      let answer = try await fixture.get("/api/v1/tasks/task-1/results/\(number)")
      #expect(answer.status == 404)
      #expect(answer.json["detail"]?.string?.contains(words) == true, "\(number): \(answer.json)")
    }
    #expect(try await fixture.get("/api/v1/tasks/nobody/results/0").status == 404)
    #expect(try await fixture.post("/api/v1/tasks/task-1/results/0", .null).status == 405)
    await fixture.stop()
  }
}
