// SPDX-License-Identifier: Apache-2.0

import Callbacks
import JSON
import OpenSSL
import Testing

@testable import Simulator

@Suite("The life of a task")
struct LifeTests {
  @Test("a video task goes through the documented states, and its progress never goes down")
  func states() throws {
    var bench = Bench { $0.createsPerTenSeconds = nil }
    var queued = 0
    for _ in 0..<40 {
      let id = try bench.task()
      var states: [String] = []
      var progress: [Int64] = []
      let start = bench.elapsed
      while states.last != "success" {
        let data = try #require(try bench.record(id)["data"])
        let state = try #require(data["state"]?.string)
        if state != states.last { states.append(state) }
        progress.append(try #require(data["progress"]?.int))
        bench.run(until: bench.elapsed + .milliseconds(100))
      }
      #expect(bench.elapsed - start > .seconds(6) && bench.elapsed - start < .seconds(12))
      #expect(
        states == ["waiting", "generating", "success"] || states == ["waiting", "queuing", "generating", "success"])
      #expect(progress == progress.sorted() && progress.first == 0 && progress.last == 100)
      #expect(Set(progress).count > 4)
      queued += states.contains("queuing") ? 1 : 0
    }
    #expect((5...35).contains(queued))
  }

  @Test("speed divides every time")
  func speed() throws {
    var slow = Bench()
    var fast = Bench { $0.speed = 100 }
    #expect(try slow.task() == fast.task())
    slow.run()
    fast.run()
    #expect(slow.sent.count == fast.sent.count)
    for (one, other) in zip(slow.sent, fast.sent) {
      #expect(abs((one.time / 100 - other.time).components.attoseconds) < 1_000_000_000_000)
    }
  }

  @Test("the record is the recorded one: ten keys in their order, then the credits, input a string within a string")
  func recordedShape() throws {
    var bench = Bench()
    let order: JSON = ["model": "m/x", "input": ["prompt": "a red kite"], "callBackUrl": "http://receiver.test/c"]
    let id = try bench.task(order)
    let param =
      #""param":"{\"callBackUrl\":\"http://receiver.test/c\",\"input\":\"{\\\"prompt\\\":\\\"a red kite\\\"}\",\"model\":\"m/x\"}""#
    #expect(
      String(decoding: bench.model.record(of: id), as: UTF8.self)
        == #"{"code":200,"msg":"success","data":{"taskId":"\#(id)","model":"m/x","state":"waiting",\#(param),"#
        + #""resultJson":"","failCode":null,"failMsg":null,"costTime":null,"completeTime":null,"createTime":1760000000000,"#
        + #""creditsConsumed":5.5}}"#
    )
    bench.run()
    let data = try #require(try bench.record(id)["data"]?.object)
    #expect(
      data.keys == [
        "taskId", "model", "state", "param", "resultJson", "failCode", "failMsg", "costTime", "completeTime",
        "createTime", "creditsConsumed",
      ])
    #expect(data["creditsConsumed"]?.double == 5.5)
    let complete = try #require(data["completeTime"]?.int)
    #expect(data["costTime"]?.int == (complete - epoch) / 1000)
    let result = try JSON.parse(data["resultJson"]?.string ?? "")
    #expect(result["resultUrls"]?.array?.first?.string == "http://files.test/files/\(id)/0.mp4")
    #expect(result.object?.keys == ["resultUrls"])
  }

  @Test("an unknown task and a missing id are refused in the envelope", arguments: [(nil, 400), ("", 400), ("x", 422)])
  func unknownRecord(id: String?, code: Int) throws {
    var bench = Bench()
    let answer = try JSON.parse(bench.model.record(of: id))
    #expect(answer["code"]?.int == Int64(code))
    #expect(answer["data"] == .null)
    if code == 422 { #expect(answer["msg"] == "recordInfo is null") }
    #expect(bench.lines.all.count == 1)
  }

  @Test("a completion callback has the printed shape, and the product reads it")
  func completion() throws {
    var bench = Bench()
    let id = try bench.task()
    bench.run()
    let sent = try #require(bench.completions.first)
    #expect(bench.completions.count == 1)
    #expect(sent.body.object?.keys == ["code", "msg", "data"])
    #expect(sent.body["code"] == 200)
    #expect(sent.data?["param"]?.string == videoOrder.description)
    #expect(sent.data?["failCode"] == .null)
    let report = try report(sent.bytes, .completion)
    #expect(report.providerTaskID == id)
    #expect(report.state == .success)
    #expect(report.urls == ["http://files.test/files/\(id)/0.mp4"])
    #expect(report.watermarkURLs == ["http://files.test/files/\(id)/1.mp4"])
    #expect(report.credits == "30")
    #expect(report.createdMilliseconds == epoch)
    #expect(report.completedMilliseconds == epoch + sent.time.milliseconds)
  }

  @Test("a failed task calls back with code 501, a failCode that is another, and no result")
  func failure() throws {
    var bench = Bench([.lateFail: 1])
    let id = try bench.task(videoOrder.with(["input": ["prompt": "[fail]", "image_urls": ["https://i"]]]))
    bench.run()
    let sent = try #require(bench.completions.first)
    #expect(bench.completions.count == 1)
    #expect(sent.body["code"] == 501)
    #expect(sent.data?["resultJson"] == .null)
    let report = try report(sent.bytes, .completion)
    #expect(report.state == .fail)
    #expect(report.failureCode == "500")
    #expect(report.failureMessage == "Internal Error, Please try again later.")
    #expect(report.urls.isEmpty)
    #expect(try bench.record(id)["data"]?["resultJson"] == "")
  }

  @Test("progress callbacks come before the completion, in the record's shape, and end nothing")
  func progress() throws {
    var bench = Bench()
    let id = try bench.task()
    bench.run()
    #expect((4...7).contains(bench.progress.count))
    #expect(bench.sent.last?.isCompletion == true)
    for sent in bench.progress {
      let report = try report(sent.bytes, .progress)
      #expect(report.providerTaskID == id)
      #expect(report.state == .generating)
      #expect(report.progress == sent.data?["progress"]?.int.map(Int.init))
      #expect(sent.data?["resultJson"] == "")
      #expect(sent.data?["completeTime"] == .null)
    }
    let percents = bench.progress.compactMap { $0.data?["progress"]?.int }
    #expect(percents == percents.sorted() && percents.count == bench.progress.count)
  }

  @Test(
    "only the four video models post progress",
    arguments: [
      ("sora-2-text-to-video", true), ("sora-2-pro-text-to-video", true), ("sora-2-image-to-video-stable", false),
      ("m/x", false),
    ])
  func progressModels(model: String, postsProgress: Bool) throws {
    var bench = Bench()
    _ = try bench.task(videoOrder.with(["model": JSON(model)]))
    bench.run()
    #expect(bench.progress.isEmpty != postsProgress)
    #expect(bench.completions.count == 1)
    #expect(bench.lines.all.contains { $0.contains("progressCallBackUrl") } != postsProgress)
  }

  @Test("a character model gives an object and no links")
  func characters() throws {
    var bench = Bench()
    let id = try bench.task([
      "model": "sora-2-characters", "input": ["character_file_url": ["https://v"]],
      "callBackUrl": "http://receiver.test/c",
    ])
    bench.run()
    let report = try report(bench.completions[0].bytes, .completion)
    #expect(report.urls.isEmpty)
    #expect(report.object?.contains("character_\(id.prefix(12))") == true)
  }

  @Test("a callback that is not answered 200 is sent four times in all, each with a fresh timestamp")
  func retries() throws {
    for answer in [DeliveryOutcome.answered(500), .answered(202), .answered(404), .failed("timed out")] {
      var bench = Bench()
      bench.receiver = { _ in answer }
      _ = try bench.task(videoOrder.with(["progressCallBackUrl": nil]))
      bench.run()
      #expect(bench.sent.count == 4)
      let first = bench.sent[0].time
      #expect(bench.sent.map { $0.time - first } == [0, 2, 6, 14].map { Duration.seconds($0) })
      #expect(Set(bench.sent.map(\.bytes)).count == 1)
      for sent in bench.sent {
        #expect(sent.headers["X-Webhook-Timestamp"] == String((epoch + sent.time.milliseconds) / 1000))
      }
      #expect(bench.model.book.callbacks.map(\.outcomes) == [[answer, answer, answer, answer]])
      #expect(bench.lines.all.contains { $0.hasSuffix("given up") })
    }
  }

  @Test("a callback answered 200 at a later try is not sent again")
  func recovered() throws {
    var bench = Bench()
    bench.receiver = { $0 < 3 ? .answered(503) : .answered(200) }
    _ = try bench.task(videoOrder.with(["progressCallBackUrl": nil]))
    bench.run()
    #expect(bench.model.book.callbacks.map(\.outcomes) == [[.answered(503), .answered(503), .answered(200)]])
  }

  @Test(
    "signatures are those of the provider's rule",
    arguments: [
      ("test-hmac-key", "task_demo_0001", 1_760_000_000, "jNl8PY/73zYfouhB0i/PyxRZQKzKB0ebJO58FGqz9Fo="),
      (
        "test-hmac-key", "0123456789abcdef0123456789abcdef", 1_760_000_300,
        "npI+1GHrSswawXbtQ6MWR/uCy9EC8HnFD/YCIdNA5uI="
      ),
      ("clé-Ω", "task_demo_0001", 1_760_000_000, "BpJQMh2Lmkt+ZBRB2Ru980JTbywptKGy0oj/wtWZIfk="),
    ])
  func signature(key: String, id: String, second: Int64, signature: String) {
    let headers = Signer(key: key).headers(taskID: id, .signed, at: Timestamp(milliseconds: second * 1000 + 999))
    #expect(headers.map(\.name) == ["X-Webhook-Timestamp", "X-Webhook-Signature"])
    #expect(headers.map(\.value) == [String(second), signature])
  }

  @Test("without a key nothing is signed, whatever the faults", arguments: [nil, Fault.wrongKey, .stale])
  func noKey(fault: Fault?) throws {
    var bench = Bench(fault.map { [$0: 1] } ?? [:], key: nil)
    _ = try bench.task()
    bench.run()
    #expect(!bench.sent.isEmpty)
    #expect(bench.sent.allSatisfy { $0.headers.keys.sorted() == ["Content-Type"] })
  }

  @Test("what happens to a task does not depend on the tasks beside it")
  func concurrency() throws {
    let faults = Dictionary(uniqueKeysWithValues: Fault.allCases.map { ($0, 0.2) })
    func story(spread: Duration) -> [[String]] {
      var bench = Bench(faults) { $0.createsPerTenSeconds = nil }
      for number in 1...30 {
        _ = bench.create(videoOrder.with(["callBackUrl": JSON("http://receiver.test/\(number)/c")]))
        bench.run(until: bench.elapsed + spread)
      }
      bench.run()
      return bench.model.book.tasks.map { task in
        ["\(task.number) \(task.taskID) \(task.faults) \(task.state)"]
          + bench.sent.filter { $0.url == task.callBackURL }.map {
            "\($0.body["code"]?.int ?? 0) \($0.data?["state"] ?? .null)"
          }
      }
    }
    let together = story(spread: .zero)
    #expect(together == story(spread: .seconds(400)))
    #expect(together.count > 5 && together.count < 30)
  }
}
