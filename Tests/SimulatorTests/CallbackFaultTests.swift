// SPDX-License-Identifier: Apache-2.0

import Callbacks
import JSON
import Testing

@testable import Simulator

@Suite("Faults of callbacks")
struct CallbackFaultTests {
  /// Runs one task with these faults.
  private static func run(_ faults: Fault..., order: JSON = videoOrder) throws -> (bench: Bench, id: String) {
    var bench = Bench(Dictionary(uniqueKeysWithValues: faults.map { ($0, 1) }))
    let id = try bench.task(order)
    bench.run()
    return (bench, id)
  }

  private static func isSigned(_ sent: Sent, _ id: String, key: String = "test-hmac-key") -> Bool {
    guard let second = sent.headers["X-Webhook-Timestamp"].flatMap({ Int64($0) }) else { return false }
    let headers = Signer(key: key).headers(taskID: id, .signed, at: Timestamp(seconds: second))
    return headers[1].value == sent.headers["X-Webhook-Signature"]
  }

  private static func age(_ sent: Sent) -> Int64 {
    (epoch + sent.time.milliseconds) / 1000 - (sent.headers["X-Webhook-Timestamp"].flatMap { Int64($0) } ?? 0)
  }

  @Test("without faults every callback is rightly signed for the second it is sent in")
  func none() throws {
    let (bench, id) = try Self.run()
    #expect(bench.sent.allSatisfy { Self.isSigned($0, id) && Self.age($0) == 0 })
    #expect(bench.model.book.callbacks.allSatisfy { $0.signature == .signed })
  }

  @Test("unsigned: no headers")
  func unsigned() throws {
    let (bench, _) = try Self.run(.unsigned)
    #expect(bench.sent.count > 1)
    #expect(bench.sent.allSatisfy { $0.headers.keys.sorted() == ["Content-Type"] })
  }

  @Test("wrong-key: headers that another key made")
  func wrongKey() throws {
    let (bench, id) = try Self.run(.wrongKey)
    #expect(bench.sent.allSatisfy { !Self.isSigned($0, id) && Self.age($0) == 0 })
    #expect(bench.sent.allSatisfy { $0.headers["X-Webhook-Signature"]?.count == 44 })
  }

  @Test("stale: rightly signed an hour ago")
  func stale() throws {
    let (bench, id) = try Self.run(.stale)
    #expect(bench.sent.allSatisfy { Self.isSigned($0, id) && Self.age($0) == 3600 })
  }

  @Test("duplicate: each callback three times with the same content")
  func duplicate() throws {
    let (bench, _) = try Self.run(.duplicate)
    let (single, _) = try Self.run()
    #expect(bench.sent.count == 3 * single.sent.count)
    #expect(bench.completions.count == 3)
    #expect(Set(bench.completions.map { $0.data?["resultJson"] }).count == 1)
  }

  @Test("late: callbacks after twenty times the time, the record on time")
  func late() throws {
    var bench = Bench([.late: 1])
    let id = try bench.task()
    bench.run(until: .seconds(20))
    #expect(try bench.record(id)["data"]?["state"] == "success")
    let completed = try #require(bench.model.book.tasks[0].ended)
    #expect(bench.completions.isEmpty)
    bench.run()
    let sent = try #require(bench.completions.first)
    #expect(sent.time.milliseconds == 20 * (completed.milliseconds - epoch))
  }

  @Test("lost: no callback, but a record")
  func lost() throws {
    var (bench, id) = try Self.run(.lost)
    #expect(bench.sent.isEmpty)
    #expect(try bench.record(id)["data"]?["state"] == "success")
  }

  @Test("out-of-order: the completion first, then all the progress")
  func outOfOrder() throws {
    let (bench, _) = try Self.run(.outOfOrder)
    let (inOrder, _) = try Self.run()
    #expect(bench.sent.first?.isCompletion == true)
    #expect(bench.completions.count == 1)
    #expect(bench.progress.map { $0.data?["progress"] } == inOrder.progress.map { $0.data?["progress"] })
    #expect(bench.progress.allSatisfy { $0.data?["state"] == "generating" && $0.data?["resultJson"] == "" })
  }

  @Test("conflicting-ids: signed for the id in data, another at the top, and the product refuses it")
  func conflictingIDs() throws {
    let (bench, id) = try Self.run(.conflictingIDs)
    for sent in bench.sent {
      #expect(sent.data?["taskId"]?.string == id)
      #expect(sent.body["taskId"] != nil && sent.body["taskId"]?.string != id)
      #expect(Self.isSigned(sent, id))
      #expect(throws: Rejection.conflictingTaskIDs) {
        try report(sent.bytes, sent.isCompletion ? .completion : .progress)
      }
    }
  }

  @Test("changed-body: rightly signed, but its links lead to another file than the record's")
  func changedBody() throws {
    var (bench, id) = try Self.run(.changedBody)
    let sent = try #require(bench.completions.first)
    #expect(Self.isSigned(sent, id))
    let told = try report(sent.bytes, .completion)
    let recorded = try report(bench.model.record(of: id), .completion)
    #expect(told.urls.count == 1 && recorded.urls.count == 1 && told.urls != recorded.urls)
    let decoy = try #require(told.urls[0].split(separator: "/").dropLast().last.map(String.init))
    #expect(bench.model.requestFile(id: decoy, number: 0, key: nil, at: bench.now) == .whole)
    #expect(bench.model.book.tasks[0].decoyDownloads == 1)
    #expect(bench.model.book.tasks[0].downloads == 0)
  }

  @Test("task_id: the id is only where the documentation's samples look for it")
  func taskID() throws {
    let (bench, id) = try Self.run(.taskID)
    for sent in bench.sent {
      #expect(sent.data?["taskId"] == nil)
      #expect(sent.data?["task_id"]?.string == id)
      #expect(try report(sent.bytes, .completion).providerTaskID == id)
    }
  }

  @Test("no-urls: success without links at first; repetitions and the record have them")
  func noURLs() throws {
    var (bench, id) = try Self.run(.noURLs, .duplicate)
    let told = try bench.completions.map { try report($0.bytes, .completion) }
    #expect(told.map(\.state) == [.success, .success, .success])
    #expect(told.map(\.urls.count) == [0, 1, 1])
    #expect(try report(bench.model.record(of: id), .completion).urls.count == 1)
  }

  @Test("late-fail: failure after success, while the record stays at success and nothing is refunded")
  func lateFail() throws {
    var (bench, id) = try Self.run(.lateFail)
    let told = try bench.completions.map { try report($0.bytes, .completion).state }
    #expect(told == [.success, .fail])
    #expect(bench.completions[1].body["code"] == 501)
    #expect(try bench.record(id)["data"]?["state"] == "success")
    #expect(bench.model.book.spent == Credits(30))
  }

  @Test("malformed: the first record is not JSON, the second is; param in callbacks is not JSON, the body is")
  func malformed() throws {
    var (bench, id) = try Self.run(.malformed)
    let first = bench.model.record(of: id)
    #expect(throws: JSONError.self) { try JSON.parse(first) }
    #expect(try bench.record(id)["data"]?["state"] == "success")
    for sent in bench.sent {
      let param = try #require(sent.data?["param"]?.string)
      #expect(throws: JSONError.self) { try JSON.parse(param) }
    }
    #expect(try report(bench.completions[0].bytes, .completion).urls.count == 1)
  }

  @Test("expired-links: half a file, then nothing, until download-url gives another link")
  func expiredLinks() throws {
    var (bench, id) = try Self.run(.expiredLinks)
    func ask(_ key: String? = nil) -> FileAnswer { bench.model.requestFile(id: id, number: 0, key: key, at: bench.now) }
    #expect([ask(), ask(), ask()] == [.brokenOff, .notFound, .notFound])
    let order: JSON = ["url": JSON("http://files.test/files/\(id)/0.mp4")]
    let link = try #require(bench.model.downloadURL(order.compact(), at: bench.now)["data"]?.string)
    let parts = link.split(separator: "=")
    #expect(parts[0] == "http://files.test/files/\(id)/0.mp4?key")
    let key = String(parts[1])
    #expect([ask(key), ask(key), ask("0")] == [.whole, .whole, .notFound])
    bench.elapsed += .seconds(1200)
    #expect(ask(key) == .notFound)
  }

  @Test(
    "download-url knows only links to files there are",
    arguments: [
      "", "https://elsewhere.test/files/ID/0.mp4", "http://files.test/files/ID/2.mp4",
      "http://files.test/files/x/0.mp4",
      "http://files.test/files/ID/00.mp4", "/files/ID/0.mp4",
    ])
  func foreignLinks(url: String) throws {
    var (bench, id) = try Self.run()
    let order: JSON = ["url": JSON(url.split(separator: "ID", omittingEmptySubsequences: false).joined(separator: id))]
    let answer = bench.model.downloadURL(order.compact(), at: bench.now)
    #expect(answer == ["code": 422, "msg": "url is wrong", "data": .null])
  }

  @Test("files are there once the task has succeeded, and only those it has")
  func files() throws {
    var bench = Bench()
    let id = try bench.task()
    #expect(bench.model.requestFile(id: id, number: 0, key: nil, at: bench.now) == .notFound)
    bench.run()
    #expect(
      (-1...2).map { bench.model.requestFile(id: id, number: $0, key: nil, at: bench.now) } == [
        .notFound, .whole, .whole, .notFound,
      ])
    #expect(
      bench.model.requestFile(id: bench.model.tasks[0].fate.strangerID, number: 0, key: nil, at: bench.now) == .notFound
    )
    #expect(bench.model.book.tasks[0].downloads == 2)
  }
}
