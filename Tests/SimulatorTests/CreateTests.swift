// SPDX-License-Identifier: Apache-2.0

import Callbacks
import JSON
import Testing

@testable import Simulator

@Suite("Creating tasks")
struct CreateTests {
  private static func envelope(_ reply: CreateReply) throws -> JSON {
    guard case .envelope(let envelope) = reply.answer else { throw Unexpected(what: "\(reply.answer)") }
    return envelope
  }

  @Test("a task has an id of 32 digits, a recordId that is the same, and costs its price")
  func success() throws {
    var bench = Bench()
    let envelope = try Self.envelope(bench.create())
    let id = try #require(envelope["data"]?["taskId"]?.string)
    #expect(envelope == ["code": 200, "msg": "success", "data": ["taskId": JSON(id), "recordId": JSON(id)]])
    #expect(id.utf8.count == 32)
    #expect(bench.model.credit().description == #"{"code":200,"msg":"success","data":99970.25}"#)
  }

  private static let input: JSON = ["prompt": "p", "image_urls": ["https://files.example.test/i.png"]]

  @Test(
    "what cannot become a task is refused in the envelope, costs nothing and is logged",
    arguments: [
      ("{", 400), ("[]", 400), ("", 400),
      (#"{"input":{}}"#, 422), (#"{"model":"","input":{}}"#, 422), (#"{"model":7,"input":{}}"#, 422),
      (#"{"model":"m/x"}"#, 422), (#"{"model":"m/x","input":"{}"}"#, 422),
      (#"{"model":"m/x","input":{},"callBackUrl":"ftp://h"}"#, 422),
      (#"{"model":"m/x","input":{},"callBackUrl":5}"#, 422),
      (#"{"model":"m/x","input":{},"progressCallBackUrl":"h"}"#, 422),
    ])
  func refusals(body: String, code: Int) throws {
    var bench = Bench()
    let reply = bench.model.create(Array(body.utf8), baseURL: "", at: bench.now)
    let envelope = try Self.envelope(reply)
    #expect(envelope["code"]?.int == Int64(code))
    #expect(envelope["data"] == .null)
    #expect(bench.model.book.balance == Credits(100_000.25))
    #expect(bench.model.book.refusals == [code: 1])
    #expect(bench.model.book.tasks.isEmpty)
    #expect(bench.lines.all.count == 1)
  }

  @Test(
    "inputs of the Sora family are looked at",
    arguments: [
      (input.with(["prompt": nil]), "prompt is required"),
      (input.with(["prompt": ""]), "prompt is required"),
      (input.with(["prompt": 5]), "prompt must be a string of at most 10000 characters"),
      (
        input.with(["prompt": JSON(String(repeating: "é", count: 10_001))]),
        "prompt must be a string of at most 10000 characters"
      ),
      (input.with(["image_urls": nil]), "image_urls is required"),
      (input.with(["image_urls": []]), "image_urls is required"),
      (input.with(["image_urls": ["https://a", "https://b"]]), "image_urls must be an array with one URL"),
      (input.with(["image_urls": "https://a"]), "image_urls must be an array with one URL"),
      (input.with(["aspect_ratio": "square"]), "aspect_ratio is not within the range of allowed options"),
      (input.with(["n_frames": 10]), "n_frames is not within the range of allowed options"),
      (input.with(["remove_watermark": "true"]), "remove_watermark must be a boolean"),
      (
        input.with(["character_id_list": ["1", "2", "3", "4", "5", "6"]]),
        "character_id_list must be an array of at most 5 strings"
      ),
    ])
  func soraInput(input: JSON, complaint: String) throws {
    var bench = Bench()
    let envelope = try Self.envelope(bench.create(videoOrder.with(["input": input])))
    #expect(envelope == ["code": 422, "msg": JSON(complaint), "data": .null])
  }

  @Test("the longest prompt, every option and no callback address are fine")
  func fullInput() throws {
    var bench = Bench()
    let input = Self.input.with([
      "prompt": JSON(String(repeating: "é", count: 10_000)), "aspect_ratio": "portrait", "n_frames": "15",
      "remove_watermark": true, "character_id_list": ["1", "2", "3", "4", "5"],
    ])
    _ = try bench.task(["model": "sora-2-image-to-video", "input": input])
    _ = try bench.task(["model": "anything/else", "callBackUrl": .null, "input": [:]])
    bench.run()
    #expect(bench.sent.isEmpty)
    #expect(bench.model.book.tasks.map(\.state) == [.success, .success])
  }

  @Test("twenty tasks in ten seconds, then code 429 until the first of them is ten seconds old")
  func rateLimit() throws {
    var bench = Bench { $0.speed = 2 }
    for _ in 0..<20 { _ = try bench.task() }
    let refusal = try Self.envelope(bench.create())
    #expect(refusal["code"] == 429)
    #expect(refusal["data"] == .null)
    bench.elapsed = .milliseconds(4999)
    #expect(try Self.envelope(bench.create())["code"] == 429)
    bench.elapsed = .seconds(5)
    _ = try bench.task()
    #expect(bench.model.book.tasks.count == 21)
    #expect(bench.model.book.refusals == [429: 2])
  }

  @Test("so many tasks may be under way at once")
  func runningLimit() throws {
    var bench = Bench {
      $0.createsPerTenSeconds = nil
      $0.runningTasks = 3
    }
    for _ in 0..<3 { _ = try bench.task() }
    #expect(try Self.envelope(bench.create())["code"] == 429)
    bench.run()
    _ = try bench.task()
  }

  @Test("without enough credits there is no task; a failed one gives its credits back")
  func credits() throws {
    var bench = Bench { $0.credits = 59.99 }
    let failing = videoOrder.with(["input": Self.input.with(["prompt": "please [fail] here"])])
    let id = try bench.task(failing)
    #expect(try Self.envelope(bench.create())["code"] == 402)
    bench.run()
    #expect(try bench.record(id)["data"]?["state"] == "fail")
    #expect(bench.model.book.balance == Credits(59.99))
    #expect(bench.model.book.spent == .zero)
    _ = try bench.task()
    #expect(bench.model.book.spent == Credits(30))
  }

  @Test(
    "amounts are decimals without spare zeros",
    arguments: [
      (5916.25, "5916.25"), (30, "30"), (0.5, "0.5"), (0.05, "0.05"), (0, "0"), (-1.5, "-1.5"), (0.1 + 0.2, "0.3"),
    ])
  func amounts(value: Double, text: String) {
    #expect(Credits(value).description == text)
  }

  @Test(
    "a create fault makes no task and no charge", arguments: [(Fault.rateLimited, 429), (.insufficientCredits, 402)])
  func createFaults(fault: Fault, code: Int) throws {
    var bench = Bench([fault: 1])
    #expect(try Self.envelope(bench.create())["code"]?.int == Int64(code))
    #expect(bench.model.book.tasks.isEmpty)
    #expect(bench.model.book.balance == Credits(100_000.25))
    bench.run()
    #expect(bench.sent.isEmpty)
  }

  @Test("http-502 makes no task and no charge")
  func badGateway() {
    var bench = Bench([.badGateway: 1])
    guard case .badGateway = bench.create().answer else {
      Issue.record("not HTTP 502")
      return
    }
    #expect(bench.model.book.tasks.isEmpty)
    #expect(bench.model.book.refusals == [502: 1])
    #expect(bench.model.book.spent == .zero)
  }

  @Test("lost-answer makes a task that is charged, runs and calls back; all ways to lose an answer occur")
  func lostAnswer() {
    var bench = Bench([.lostAnswer: 1])
    var losses: Set<Fate.Loss> = []
    for _ in 0..<20 {
      guard case .lost(let loss, let envelope) = bench.create().answer else {
        Issue.record("not lost")
        return
      }
      losses.insert(loss)
      #expect(envelope["data"]?["taskId"]?.string == bench.model.book.tasks.last?.taskID)
    }
    #expect(losses == Set(Fate.Loss.allCases))
    #expect(bench.model.book.tasks.allSatisfy { $0.isAnswerLost && $0.charged == Credits(30) })
    #expect(bench.model.book.repeatedCallBackURLs == ["http://receiver.test/c"])
    bench.run()
    #expect(bench.completions.count == 20)
  }

  @Test("an early task has ended when createTask is answered, which waits for its callback")
  func early() throws {
    var bench = Bench([.early: 1])
    let reply = bench.create()
    #expect(reply.waits == 0)
    bench.run(until: .zero)
    #expect(bench.completions.count == 1)
    #expect(bench.completions[0].data?["state"] == "success")
    #expect(bench.model.book.tasks[0].state == .success)
    bench.run()
    #expect(bench.sent.count == 1)
  }

  @Test("an early task that sends no callback does not wait for one", arguments: [true, false])
  func earlyWithoutCallback(isLost: Bool) {
    var bench = Bench(isLost ? [.early: 1, .lost: 1] : [.early: 1])
    let reply = bench.create(isLost ? videoOrder : videoOrder.with(["callBackUrl": nil]))
    #expect(reply.waits == nil)
  }
}
