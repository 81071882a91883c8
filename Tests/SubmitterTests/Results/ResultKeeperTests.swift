// SPDX-License-Identifier: Apache-2.0

import Callbacks
import HTTPClient
import Ledger
import Provider
import Testing

@testable import Submitter

@Suite("The keeper of results", .timeLimit(.minutes(5)))
struct ResultKeeperTests {
  @Test("saves the media of a task that ends, with type, length and hash, and books it")
  func saves() async throws {
    let bytes = video()
    let bench = try KeeperBench(MediaScript(.file(bytes)))
    await bench.keeper.start()
    let task = try await bench.finishTask()
    let file = try #require(await bench.saved())
    #expect(
      file
        == SavedFile(
          number: 0, path: "results/\(task)/0.mp4", bytes: bytes.count, sha256: sha256(bytes), type: "video/mp4"))
    #expect(try bench.contents(file) == bytes)
    #expect(try bench.names(task) == ["0.mp4"])
    #expect(bench.ledger.task(task)?.result?.files == [file])
    #expect(bench.ledger.tasksAwaitingResults().isEmpty)
    await bench.close()
  }

  @Test("takes up at its start what an earlier run owes")
  func restart() async throws {
    let first = try KeeperBench(MediaScript(.status(500)))
    let task = try await first.finishTask()
    first.ledger.close()
    let second = try KeeperBench(MediaScript(.file(video())), directory: first.directory)
    await second.keeper.start()
    let file = try #require(await second.saved())
    #expect(file.path == "results/\(task)/0.mp4")
    await second.close()
  }

  @Test("a part that an ended process left behind is written anew")
  func leftover() async throws {
    let bytes = video(9000)
    let bench = try KeeperBench(MediaScript(.file(bytes, tag: "\"v1\"")))
    let task = try await bench.finishTask()
    let disk = SystemDisk()
    try disk.makeDirectory("\(bench.directory)/results/\(task)")
    let part = try disk.open("\(bench.directory)/results/\(task)/0.part", .replace)
    try disk.write([UInt8](repeating: 0xEE, count: 20_000), to: part, at: 0)
    disk.close(part)
    await bench.keeper.start()
    let file = try #require(await bench.saved())
    #expect(file.sha256 == sha256(bytes))
    #expect(try bench.contents(file) == bytes)
    #expect(try bench.names(task) == ["0.mp4"])
    await bench.close()
  }

  @Test("after a cut asks for the rest only, wherever the cut was")
  func resumes() async throws {
    let bytes = video(3000)
    for cut in [1, 11, 999, 1000, 1001, 2999] {
      let script = MediaScript(.file(bytes, tag: "\"v1\"", cutAfter: cut), .file(bytes, tag: "\"v1\""))
      let bench = try KeeperBench(script)
      await bench.keeper.start()
      try await bench.finishTask()
      let file = try #require(await bench.saved())
      #expect(file.sha256 == sha256(bytes), "cut after \(cut)")
      #expect(try bench.contents(file) == bytes)
      #expect(script.seen.map(\.offset) == [0, Int64(cut)])
      #expect(script.seen.last?.ifRange == "\"v1\"")
      await bench.close()
    }
  }

  @Test(
    "starts over where the file changed, or where nobody vouches for the part", arguments: ["\"v2\"", "W/\"v1\"", nil])
  func startsOver(_ tag: String?) async throws {
    let (old, new) = (video(3000, seed: 1), video(2500, seed: 2))
    let script = MediaScript(
      .file(old, tag: tag == "\"v2\"" ? "\"v1\"" : tag, cutAfter: 1500), .file(new, tag: tag))
    let bench = try KeeperBench(script)
    await bench.keeper.start()
    try await bench.finishTask()
    let file = try #require(await bench.saved())
    #expect(file.sha256 == sha256(new))
    #expect(try bench.contents(file) == new)
    await bench.close()
  }

  @Test("never replaces another file, and takes the same one for its own")
  func neverOverwrites() async throws {
    let (old, new) = (video(3000, seed: 1), video(3000, seed: 2))
    let bench = try KeeperBench(MediaScript(.file(new)))
    let tasks = [try await bench.finishTask(), try await bench.finishTask()]
    for (task, content) in [(tasks[0], old), (tasks[1], new)] {
      try SystemDisk().makeDirectory("\(bench.directory)/results/\(task)")
      let file = try SystemDisk().open("\(bench.directory)/results/\(task)/0.mp4", .replace)
      try SystemDisk().write(content, to: file, at: 0)
      SystemDisk().close(file)
    }
    await bench.keeper.start()
    for _ in tasks { _ = await bench.saved() }
    #expect(bench.ledger.task(tasks[0])?.result?.files.first?.path == "results/\(tasks[0])/0-2.mp4")
    #expect(try SystemDisk().contents(of: "\(bench.directory)/results/\(tasks[0])/0.mp4") == old)
    #expect(try bench.names(tasks[0]) == ["0-2.mp4", "0.mp4"])
    #expect(bench.ledger.task(tasks[1])?.result?.files.first?.path == "results/\(tasks[1])/0.mp4")
    #expect(try bench.names(tasks[1]) == ["0.mp4"])
    await bench.close()
  }

  @Test("keeps every file of a task, and waits for the one that fails")
  func several() async throws {
    let script = MediaScript(.file(video()), .status(503), .file(video()), .file(video()))
    let bench = try KeeperBench(script)
    await bench.keeper.start()
    let task = try await bench.finishTask((0..<3).map { "https://\(KeeperBench.host)/\($0).mp4" })
    for _ in 0..<3 { _ = try #require(await bench.saved()) }
    #expect(bench.ledger.task(task)?.result?.files.map(\.number).sorted() == [0, 1, 2])
    #expect(script.seen.count == 4)
    await bench.close()
  }

  // MARK: - What is not fetched

  @Test("a hint is not believed, a signed word is where nobody can be asked")
  func trust() async throws {
    let script = MediaScript(.file(video()))
    let bench = try KeeperBench(script)
    await bench.keeper.start()
    try await bench.callback("p1", url: "https://\(KeeperBench.host)/hint.mp4", isSigned: false)
    try await bench.callback("p2", url: "https://\(KeeperBench.host)/signed.mp4", isSigned: true)
    #expect(await bench.saved() != nil)
    await bench.close()
    #expect(script.seen.map(\.url) == ["https://\(KeeperBench.host)/signed.mp4"])
  }

  @Test("a signed link that the provider's record does not have is never fetched")
  func changedLink() async throws {
    let script = MediaScript(.file(video()))
    let bench = try KeeperBench(script, provider: provider { _ in nil })
    await bench.keeper.start()
    try await bench.callback("p1", url: "https://\(KeeperBench.host)/forged.mp4", isSigned: true)
    // Another task's file shows that the forged one had its turn.
    try await bench.finishTask(["https://\(KeeperBench.host)/other.mp4"])
    #expect(await bench.saved() != nil)
    let task = try #require(bench.ledger.task(providerTaskID: "p1"))
    #expect(task.trust == .signed)
    try await bench.ledger.append(
      .record(
        task: task.id,
        report: TaskReport(providerTaskID: "p1", state: .success, urls: ["https://\(KeeperBench.host)/true.mp4"])))
    #expect(await bench.saved() != nil)
    await bench.close()
    #expect(script.seen.map(\.url) == ["other", "true"].map { "https://\(KeeperBench.host)/\($0).mp4" })
  }

  @Test("fetches nothing when results are not to be saved")
  func off() async throws {
    let script = MediaScript(.file(video()))
    let bench = try KeeperBench(script, isOn: false)
    await bench.keeper.start()
    try await bench.finishTask()
    await bench.close()
    #expect(script.seen.isEmpty)
  }

  @Test("goes to no host that is not listed, and goes there once it is")
  func hosts() async throws {
    let script = MediaScript(.file(video()))
    let bench = try KeeperBench(script, hosts: ["elsewhere.test"])
    bench.time.stand()
    await bench.keeper.start()
    try await bench.finishTask()
    let heard = await bench.notice { if case .resultDelayed = $0 { true } else { false } }
    guard case .resultDelayed(_, _, let reason, _)? = heard.last else { return }
    #expect(reason.contains("media.example.test") && reason.contains("results.allowHosts"))
    #expect(script.seen.isEmpty)
    var configuration = bench.configuration
    configuration.hosts = [KeeperBench.host]
    bench.keeper.use(configuration)
    #expect(await bench.saved() != nil)
    await bench.close()
  }

  // MARK: - Ended links

  @Test("asks the provider for a fresh link when one has ended")
  func freshLink() async throws {
    let fresh = "https://\(KeeperBench.host)/fresh?key=1"
    let bytes = video()
    let script = MediaScript(.status(404), .file(bytes))
    let provider = provider { url in
      url.hasSuffix("/download-url") ? #"{"code":200,"data":"\#(fresh)"}"# : nil
    }
    let bench = try KeeperBench(script, provider: provider)
    await bench.keeper.start()
    try await bench.finishTask()
    #expect(await bench.saved()?.sha256 == sha256(bytes))
    #expect(script.seen.map(\.url) == [KeeperBench.url, fresh])
    await bench.close()
  }

  @Test("asks the provider's record when there is no fresh link to be had")
  func recordedLink() async throws {
    let recorded = "https://\(KeeperBench.host)/recorded.mp4"
    let script = MediaScript(.status(410), .file(video()))
    let bench = try KeeperBench(
      script,
      provider: provider { url in
        if url.hasSuffix("/download-url") { return #"{"code":422,"msg":"url is wrong","data":null}"# }
        let id = url.split(separator: "=").last ?? ""
        return
          #"{"code":200,"data":{"taskId":"\#(id)","state":"success","resultJson":{"resultUrls":["\#(recorded)"]}}}"#
      })
    await bench.keeper.start()
    try await bench.finishTask()
    #expect(await bench.saved() != nil)
    #expect(script.seen.map(\.url) == [KeeperBench.url, recorded])
    await bench.close()
  }

  @Test("a link that stays ended is lost after a day of rounds, loudly and once", arguments: [403, 404, 410])
  func lost(_ status: Int) async throws {
    let script = MediaScript(.status(status))
    let bench = try KeeperBench(
      script, provider: provider { _ in #"{"code":422,"msg":"url is wrong","data":null}"# })
    await bench.keeper.start()
    let id = try await bench.finishTask()
    let start = bench.time.now
    let outcome = try #require(await bench.lost())
    #expect(outcome.reason.contains("HTTP status \(status)"))
    #expect(outcome.delays == ResultSchedule.afterGone.count)
    #expect(script.seen.count == ResultSchedule.afterGone.count + 1)
    #expect(bench.time.now.milliseconds - start.milliseconds < 26 * 3_600_000)
    let task = try #require(bench.ledger.task(id))
    #expect(task.result?.isLost == true)
    #expect(task.alerts.contains { $0.hasPrefix("result lost") })
    #expect(bench.keeper.counts.lost == 1)
    await bench.close()
    #expect(try bench.names(id).isEmpty)
  }

  @Test("a provider that cannot be asked is no reason to give up within a fortnight")
  func unreachable() async throws {
    let script = MediaScript(.status(404))
    let bench = try KeeperBench(script, provider: provider { _ in nil })
    await bench.keeper.start()
    try await bench.finishTask()
    let start = bench.time.now
    _ = try #require(await bench.lost())
    #expect(bench.time.now.milliseconds - start.milliseconds > 13 * 24 * 3_600_000)
    await bench.close()
  }

  @Test("a web page or an empty file is no result", arguments: [Array("<!doctype html><p>gone".utf8), []])
  func unusable(_ body: [UInt8]) async throws {
    let bench = try KeeperBench(MediaScript(.file(body), .file(video())))
    await bench.keeper.start()
    try await bench.finishTask()
    #expect(await bench.saved()?.type == "video/mp4")
    await bench.close()
  }

  @Test("a file above the limit is not kept", arguments: [nil, 4096])
  func tooLarge(_ cut: Int?) async throws {
    let bench = try KeeperBench(MediaScript(.file(video(5000))), maxBytes: cut ?? 4999)
    await bench.keeper.start()
    let id = try await bench.finishTask()
    let outcome = try #require(await bench.lost())
    #expect(outcome.reason.contains("results.maxBytes"))
    await bench.close()
    #expect(try bench.names(id).isEmpty)
  }

  // MARK: - The disk

  @Test("leaves the reserve of the disk alone, and goes on when there is room again")
  func room() async throws {
    let disk = CrampedDisk(available: 5 << 30, total: 200 << 30)
    let bench = try KeeperBench(MediaScript(.file(video())), disk: disk)
    disk.available = (1 << 30) + 100
    bench.time.stand()
    await bench.keeper.start()
    try await bench.finishTask()
    let heard = await bench.notice { if case .resultDelayed = $0 { true } else { false } }
    guard case .resultDelayed(_, _, let reason, _)? = heard.last else { return }
    #expect(reason.contains("nearly full"))
    disk.available = 2 << 30
    bench.keeper.use(bench.configuration)
    #expect(await bench.saved() != nil)
    await bench.close()
  }

  @Test("a reserve is a twentieth of a small disk and 1 GiB of a large one")
  func reserve() {
    #expect(ResultRoom.reserve(of: DiskSpace(available: 0, total: 10 << 30)) == (10 << 30) / 20)
    #expect(ResultRoom.reserve(of: DiskSpace(available: 0, total: 8 << 40)) == 1 << 30)
  }

  @Test("no file is booked whose bytes could not be synced, whichever file call fails")
  func failingDisk() async throws {
    for call in 1...12 {
      let disk = CrampedDisk(available: 5 << 30, total: 200 << 30)
      let bytes = video()
      let bench = try KeeperBench(MediaScript(.file(bytes)), disk: disk)
      disk.failingCall = call
      await bench.keeper.start()
      let id = try await bench.finishTask()
      let file = try #require(await bench.saved(), "call \(call)")
      #expect(try bench.contents(file) == bytes, "call \(call)")
      #expect(try bench.names(id) == ["0.mp4"], "call \(call)")
      await bench.close()
    }
  }
}
