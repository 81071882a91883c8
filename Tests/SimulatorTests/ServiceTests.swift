// SPDX-License-Identifier: Apache-2.0

import Callbacks
import HTTPClient
import JSON
import Reactor
import Testing

@testable import Simulator

@Suite("The stand-in over sockets", .serialized, .timeLimit(.minutes(5)))
struct ServiceTests {
  @Test("a task is created, calls back as it goes, ends, and its files can be fetched")
  func life() async throws {
    let world = try World()
    let id = try await world.create()
    #expect(try await world.json(.get, "/api/v1/jobs/recordInfo?taskId=\(id)")["data"]?["state"] == "waiting")
    try await world.live("the completion callback") { world.receiver.received.contains { $0.path == "/c" } }
    let data = try #require(try await world.json(.get, "/api/v1/jobs/recordInfo?taskId=\(id)")["data"])
    #expect(data["state"] == "success")
    #expect(data["progress"] == 100)
    #expect(try world.receiver.bodies("/p").count >= 4)
    for callback in world.receiver.received {
      #expect(callback.type == "application/json")
      let second = try #require(callback.timestamp.flatMap { Int64($0) })
      let headers = Signer(key: "test-hmac-key").headers(taskID: id, .signed, at: Timestamp(seconds: second))
      #expect(callback.signature == headers[1].value)
      #expect(abs(Timestamp.now().seconds - second) < 60)
    }
    let urls = try report(try #require(world.receiver.received.last).body, .completion).urls
    #expect(urls == [world.url("/files/\(id)/0.mp4")])
    let file = try await world.send(HTTPClientRequest(url: urls[0])).get()
    #expect(file.body == MP4.file(name: "\(id)/0.mp4"))
    #expect(file.header("content-type") == "video/mp4")
    #expect(try await world.json(.get, "/api/v1/chat/credit")["data"]?.number?.text == "99970.25")
  }

  @Test("the book tells all that was done")
  func book() async throws {
    let world = try World()
    let id = try await world.create()
    world.receiver.statuses = [200, 500]
    try await world.live("all callbacks") {
      world.service.book.callbacks.contains { $0.kind == .completion && $0.outcomes.last == .answered(200) }
    }
    let book = try await world.json(.get, "/simulator/book")
    #expect(book["spent"] == 30)
    #expect(book["seed"] == "5")
    #expect(book["tasks"]?[0]?["taskId"]?.string == id)
    #expect(book["tasks"]?[0]?["state"] == "success")
    #expect(book["tasks"]?[0]?["answerLost"] == false)
    #expect(book["callbacks"]?[1]?["attempts"] == [500, 200])
    #expect(book["callbacks"]?.array?.last?["kind"] == "completion")
    #expect(book["repeatedCallBackUrls"] == [])
    #expect(book == world.service.book.json)
  }

  @Test("paths with an API key refuse those without, in an envelope without data")
  func authorization() async throws {
    let world = try World { $0.apiKey = "right" }
    let calls: [(HTTPClientMethod, String)] = [
      (.post, "/api/v1/jobs/createTask"), (.get, "/api/v1/jobs/recordInfo?taskId=1"), (.get, "/api/v1/chat/credit"),
      (.post, "/api/v1/common/download-url"), (.post, "/api/file-base64-upload"), (.post, "/api/file-url-upload"),
      (.post, "/api/file-stream-upload"),
    ]
    for (method, path) in calls {
      for key in [nil, "", "wrong", "right "] {
        let answer = try await world.ask(method, path, [:], key: key).get()
        let isTrimmed = key == "right "
        #expect(answer.status == 200)
        let body = try JSON.parse(answer.body)
        #expect((body["code"] == 401) != isTrimmed)
        if !isTrimmed { #expect(body.object?.keys == ["code", "msg"]) }
      }
    }
  }

  @Test(
    "what HTTP refuses is refused by HTTP",
    arguments: [
      (HTTPClientMethod.get, "/", 404), (.get, "/api/v1/jobs/createTask", 405), (.post, "/api/v1/chat/credit", 405),
      (.get, "/api/v2/jobs", 404), (.post, "/simulator/book", 405), (.get, "/simulator/other", 404),
      (.get, "/files/x/0.mp4", 404), (.get, "/files/%ff/0.mp4", 400), (.get, "/uploads/none", 404),
      (.get, "/livez", 200), (.head, "/livez", 200),
    ])
  func statuses(method: HTTPClientMethod, path: String, status: Int) async throws {
    let world = try World()
    #expect(try await world.ask(method, path).get().status == status)
    #expect(world.lines.all.contains { $0.hasPrefix("refused: HTTP \(status)") } == (status != 200))
  }

  @Test("every way to lose the answer leaves a task behind, which calls back", arguments: Fate.Loss.allCases)
  func lostAnswer(loss: Fate.Loss) async throws {
    // The number of tasks to create before the one that loses its answer this way.
    let seed = try #require((0..<100).first { Fate(seed: $0, number: 1, rates: [:]).loss == loss })
    let world = try World([.lostAnswer: 1]) {
      $0.seed = UInt64(seed)
      $0.speed = 30
    }
    guard case .failure(let error) = try await world.ask(.post, "/api/v1/jobs/createTask", world.order) else {
      Issue.record("there is an answer")
      return
    }
    #expect(error.mayHaveReachedPeer)
    #expect(world.service.book.tasks.map(\.isAnswerLost) == [true])
    #expect(world.service.book.spent == Credits(30))
    try await world.live("the completion callback") { world.receiver.received.contains { $0.path == "/c" } }
  }

  @Test("early: the completion callback has been answered before createTask is")
  func early() async throws {
    let world = try World([.early: 1])
    var callbacks = 0
    world.receiver.onRequest = { callbacks += 1 }
    let id = try await world.create()
    #expect(callbacks == 1)
    #expect(try world.receiver.bodies("/c").map { $0["data"]?["taskId"]?.string } == [id])
  }

  @Test("early, when nobody receives: createTask is answered all the same")
  func earlyUnreachable() async throws {
    let world = try World([.early: 1])
    _ = try await world.create(world.order.with(["callBackUrl": "http://127.0.0.1:1/"]))
    #expect(world.service.book.callbacks[0].outcomes.count == 1)
  }

  @Test("http-502 is an HTML page of HTTP")
  func badGateway() async throws {
    let world = try World([.badGateway: 1])
    let answer = try await world.ask(.post, "/api/v1/jobs/createTask", world.order).get()
    #expect(answer.status == 502)
    #expect(answer.header("content-type")?.hasPrefix("text/html") == true)
    #expect(world.service.book.tasks.isEmpty)
  }

  @Test("expired-links: the file breaks off, is gone, and comes whole by a fresh link")
  func expiredLinks() async throws {
    let world = try World([.expiredLinks: 1])
    let id = try await world.create()
    try await world.live("the end") { world.service.book.tasks[0].state == .success }
    let path = "/files/\(id)/0.mp4"
    guard case .failure(.answerLost) = try await world.ask(.get, path) else {
      Issue.record("the file came whole")
      return
    }
    #expect(try await world.ask(.get, path).get().status == 404)
    let fresh = try await world.json(.post, "/api/v1/common/download-url", ["url": JSON(world.url(path))])
    let url = try #require(fresh["data"]?.string)
    #expect(try await world.send(HTTPClientRequest(url: url)).get().body == MP4.file(name: "\(id)/0.mp4"))
  }

  @Test("a range of a file comes as 206, an impossible one as 416, one for another version whole")
  func ranges() async throws {
    let world = try World()
    let id = try await world.create()
    try await world.live("the end") { world.service.book.tasks[0].state == .success }
    let whole = MP4.file(name: "\(id)/0.mp4")
    func ask(_ headers: (name: String, value: String)...) async throws -> HTTPClientResponse {
      try await world.ask(.get, "/files/\(id)/0.mp4", headers: headers).get()
    }
    let tag = try #require(try await ask().header("etag"))
    let part = try await ask(("Range", "bytes=100-199"), ("If-Range", tag))
    #expect(part.status == 206)
    #expect(part.body == Array(whole[100..<200]))
    #expect(part.header("content-range") == "bytes 100-199/\(whole.count)")
    #expect(try await ask(("Range", "bytes=\(whole.count)-")).status == 416)
    let other = try await ask(("Range", "bytes=100-"), ("If-Range", "\"other\""))
    #expect(other.status == 200 && other.body == whole)
  }

  @Test("links lead to where the client found the stand-in, or where the options say")
  func baseURL() async throws {
    let world = try World()
    _ = try await world.create()
    #expect(world.service.model.tasks[0].baseURL == "http://\(world.service.address)")
    let outside = try World { $0.publicURL = "https://media.example.test" }
    _ = try await outside.create()
    #expect(outside.service.model.tasks[0].baseURL == "https://media.example.test")
  }

  @Test("an upload in base64, from elsewhere or as a form is kept, described as recorded, and served")
  func uploads() async throws {
    let world = try World()
    let base64 = try await world.json(
      .post, "/api/file-base64-upload",
      ["base64Data": "data:image/png;base64,AQID", "uploadPath": "images/user", "fileName": "a b.png"])
    #expect(base64["success"] == true && base64["code"] == 200)
    let data = try #require(base64["data"]?.object)
    #expect(
      data.keys == ["success", "fileName", "filePath", "downloadUrl", "fileSize", "mimeType", "uploadedAt"])
    #expect(data["downloadUrl"]?.string == world.url("/uploads/images/user/a_b.png"))
    #expect(data["fileSize"] == 3)
    let first = try #require(data["downloadUrl"]?.string)
    #expect(try await world.send(HTTPClientRequest(url: first)).get().body == [1, 2, 3])

    let copied = try await world.json(
      .post, "/api/file-url-upload", ["fileUrl": JSON(first), "uploadPath": "copies", "fileName": "c.png"])
    #expect(copied["data"]?["filePath"] == "copies/c.png")
    #expect(try await world.ask(.get, "/uploads/copies/c.png").get().body == [1, 2, 3])

    let form =
      "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"d.jpg\"\r\n\r\nxyz\r\n"
      + "--x\r\nContent-Disposition: form-data; name=\"uploadPath\"\r\n\r\nforms\r\n--x--\r\n"
    let response = try await world.send(
      HTTPClientRequest(
        method: .post, url: world.url("/api/file-stream-upload"),
        headers: [("Authorization", "Bearer k"), ("Content-Type", "multipart/form-data; boundary=x")],
        body: Array(form.utf8))
    ).get()
    #expect(try JSON.parse(response.body)["data"]?["filePath"] == "forms/d.jpg")
    #expect(try await world.ask(.get, "/uploads/forms/d.jpg").get().body == Array("xyz".utf8))
  }

  @Test(
    "an upload that lacks something is refused in the body",
    arguments: [
      ("/api/file-base64-upload", #"{"base64Data":"AQID"}"#), ("/api/file-base64-upload", #"{"uploadPath":"p"}"#),
      ("/api/file-base64-upload", #"{"uploadPath":"p","base64Data":"!"}"#), ("/api/file-base64-upload", "no"),
      ("/api/file-url-upload", #"{"uploadPath":"p"}"#),
      ("/api/file-url-upload", #"{"uploadPath":"p","fileUrl":"http://127.0.0.1:1/"}"#),
      ("/api/file-stream-upload", "no"),
    ])
  func badUploads(path: String, body: String) async throws {
    let world = try World()
    let response = try await world.send(
      HTTPClientRequest(
        method: .post, url: world.url(path), headers: [("Authorization", "Bearer k")], body: Array(body.utf8))
    ).get()
    #expect(response.status == 200)
    let answer = try JSON.parse(response.body)
    #expect(answer["success"] == false && answer["code"] == 400)
  }

  @Test("options that make no sense keep it from starting", arguments: [0, -1, Double.nan, .infinity])
  func badSpeed(speed: Double) {
    #expect(throws: SimulatorError.self) { try World { $0.speed = speed } }
  }

  @Test("an address that is none, or is taken, keeps it from starting")
  func badAddress() async throws {
    #expect(throws: SimulatorError.self) { try World { $0.listen = "somewhere" } }
    let world = try World()
    #expect(throws: SimulatorError.self) { try World { $0.listen = "\(world.service.address)" } }
  }

  @Test("a drained stand-in sends nothing more")
  func drain() async throws {
    let world = try World()
    _ = try await world.create()
    var isEmpty = false
    world.service.drain(within: .seconds(1)) { isEmpty = true }
    try await world.live("the last connection ends") { isEmpty }
    for _ in 0..<50 {
      world.advance(by: .seconds(1))
      try world.loop.runTick(waitingAtMost: .zero)
    }
    #expect(world.receiver.received.isEmpty)
  }
}
