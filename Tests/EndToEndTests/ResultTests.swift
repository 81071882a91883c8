// SPDX-License-Identifier: Apache-2.0

import Glibc
import JSON
import OpenSSL
import Testing

extension EndToEnd {
  /// Media between the provider and the data folder.
  @Suite struct ResultTests {
    private static let gone = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"

    @Test(arguments: [true, false])
    func `links that end after the first byte leave every file whole`(andAreGoneThen isGone: Bool) throws {
      let count = 30
      let stand = try Stand(faults: ["expired-links"], isRelayed: true)
      let relay = try #require(stand.relay)
      // After that the link is 404, or breaks off for ever; a fresh one, which has a key, lasts.
      relay.use { line, earlier in
        line.hasPrefix("GET /files/") && !line.contains("?key=") && (earlier == 0 || !isGone)
          ? .cut(Relay.Cut(side: .body, bytes: 1)) : .pass
      }
      let ids = try stand.submit(count: count)
      try stand.untilConfirmed(ids)
      try stand.until("saved") { try stand.metric("results_saved_total") == count }
      for id in ids { try expectWhole(id, stand) }
      #expect(try stand.metric("results_lost_total") == 0)
      #expect(relay.exchanges("GET /files/").count >= 2 * count)
      print("links ended after one byte, then \(isGone ? "gone" : "the same again"): \(count) files, all whole")
    }

    @Test func `where no other link is to be had the result is lost, and every word about the task says so`() throws {
      let count = 5
      // A link that has ended is tried for a day: here that is 9 s.
      let stand = try Stand(speed: 10_000, isRelayed: true)
      let relay = try #require(stand.relay)
      relay.use { line, earlier in
        if line.hasPrefix("GET /files/"), earlier == 0, !line.contains("?key=") {
          return .cut(Relay.Cut(side: .body, bytes: 1))
        }
        return line.hasPrefix("GET /files/") ? .answer(Self.gone) : .pass
      }
      let ids = try stand.submit(count: count)
      try stand.untilConfirmed(ids)
      try stand.until("given up") { try stand.metric("results_lost_total") == count }
      for id in ids {
        let task = try stand.task(id)
        #expect(task["state"] == "success" && task["result"]?["lost"] == true)
        #expect(task["result"]?["files"]?.array?.isEmpty == true)
        let (status, output) = try stand.run(["tasks", "result", id, "--output", stand.folder.path])
        #expect(status == 1 && output.contains("the media of this task is lost"))
        let events = try stand.connect().get("/api/v1/tasks/\(id)/events").json["data"]?.array ?? []
        #expect(events.last?["detail"]?.string?.contains("the link has ended: HTTP status 404") == true, "\(events)")
        #expect(Folder.names(in: "\(stand.data)/results/\(id)").isEmpty)
      }
      print("links without a successor: \(count) results lost, told as such")
    }

    @Test func `killed in the middle of a download, it has the whole file after the next start`() throws {
      let stand = try Stand(isRelayed: true)
      let relay = try #require(stand.relay)
      let first = try #require(try stand.submit(count: 1).first)
      try stand.until("saved") { try stand.metric("results_saved_total") == 1 }
      try expectWhole(first, stand)
      let size = Int(try #require(try stand.task(first)["result"]?["files"]?[0]?["bytes"]?.int))
      let kills = 10
      for number in 0..<kills {
        let cut = Relay.Cut(side: .body, bytes: number * size / (kills - 1), blow: stand.killer)
        relay.use { line, _ in line.hasPrefix("GET /files/") ? .cut(cut) : .pass }
        let id = try #require(try stand.submit(count: 1).first)
        #expect(try stand.reap() == -SIGKILL)
        relay.use { _, _ in .pass }
        try stand.start()
        try stand.until("saved again") { try stand.task(id)["result"]?["files"]?[0] != nil }
        try expectWhole(id, stand)
      }
      try expectWhole(first, stand)
      print("downloads killed: \(kills) kills from the first to the last of \(size) bytes, every file whole")
    }

    /// The file on disk is the provider's, byte for byte, with its hash in the ledger and nothing beside it.
    private func expectWhole(_ id: String, _ stand: Stand) throws {
      let task = try stand.task(id)
      let files = task["result"]?["files"]?.array ?? []
      #expect(files.count == 1 && task["result"]?["lost"] == nil, "\(task)")
      guard let file = files.first, let path = file["path"]?.string, let url = task["result"]?["urls"]?[0]?.string
      else { return }
      let saved = try Folder.read("\(stand.data)/\(path)")
      let provider = try ClientConnection(port: stand.simulator.port)
      // Links carry the address under which the server reached the provider.
      let link = try provider.post("/api/v1/common/download-url", ["url": .string(url)]).json["data"]?.string
      let target = try #require(link?.firstRange(of: "/files/").map { link?[$0.lowerBound...] ?? "" })
      let original = try provider.get(String(target)).body
      #expect(saved == original && !saved.isEmpty)
      #expect(file["bytes"]?.int == Int64(saved.count))
      #expect(file["sha256"]?.string == Hex.encode(SHA256.hash(saved.span).span))
      #expect(Folder.names(in: "\(stand.data)/results/\(id)").count == 1)
    }
  }
}
