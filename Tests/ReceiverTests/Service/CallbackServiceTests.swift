// SPDX-License-Identifier: Apache-2.0

import HTTPClient
import JSON
import Provider
import Receiver
import Testing

@Suite("Callbacks over real sockets", .timeLimit(.minutes(5)))
struct CallbackServiceTests {
  @Test("a signed one is kept before it is acknowledged, and is there after a restart")
  func kept() async throws {
    let first = try await ServiceFixture()
    let answer = try await first.callback(ServiceFixture.success("task-1"), headers: ServiceFixture.signature("task-1"))
    #expect(answer.status == 200)
    #expect(answer.json == ["status": "received"])
    let task = try await first.get("/api/v1/tasks/task-1")
    #expect(task.json["state"] == "success")
    #expect(task.json["trust"] == "signed")
    await first.stop()

    let second = try await ServiceFixture(directory: first.directory)
    let again = try await second.get("/api/v1/tasks/task-1")
    #expect(again.json == task.json)
    await second.stop()
  }

  @Test("what comes on many connections at once is judged and kept one by one")
  func together() async throws {
    let fixture = try await ServiceFixture()
    let connections = try (0..<30).map { _ in try RawConnection(fixture.open) }
    let known = ServiceFixture.success("task-known")
    let knownSignature = ServiceFixture.signature("task-known")
    #expect(try await fixture.callback(known, headers: knownSignature).status == 200)
    await fixture.whileHeld {
      for (index, connection) in connections.enumerated() {
        connection.send(Self.message(index, known, knownSignature))
      }
    }
    for (index, connection) in connections.enumerated() {
      #expect(connection.receive().hasPrefix("HTTP/1.1 \([200, 401, 200, 404, 400][index % 5]) "), "\(index)")
    }
    for status in ["accepted", "refused"] {
      let listed = try await fixture.get("/api/v1/requests?status=\(status)")
      var seen: Set<Int> = []
      for id in try #require(listed.json["data"]?.array).compactMap({ $0["id"]?.string }) {
        let request = try await fixture.get("/api/v1/requests/\(id)").json
        guard let number = Self.number(in: request) else { continue }
        seen.insert(number)
        #expect(request["body"]?["data"]?["taskId"]?.string ?? "task-\(number)" == "task-\(number)")
        #expect((request["reason"]?.string ?? "none") == ["none", "bad_signature", "", "", "not_json"][number % 5])
      }
      #expect(seen.count == (status == "accepted" ? 6 : 12))
    }
    for index in stride(from: 0, to: connections.count, by: 5) {
      let task = try await fixture.get("/api/v1/tasks/task-\(index)")
      #expect(task.json["result"]?["urls"]?[0]?.string == "https://files.example.test/\(index).mp4")
    }
    await fixture.stop()
  }

  private static func number(in request: JSON) -> Int? {
    let field = request["fields"]?.array?.first { $0[0]?.string == "X-Number" }
    return field?[1]?.string.flatMap { Int($0.split(separator: " ")[0]) }
  }

  private static func message(
    _ index: Int, _ known: String, _ knownSignature: [(name: String, value: String)]
  ) -> String {
    let new = ServiceFixture.success("task-\(index)", url: "https://files.example.test/\(index).mp4")
    let signature = ServiceFixture.signature("task-\(index)")
    let (path, body, signed) =
      switch index % 5 {
      case 0: ("/callbacks", new, signature)
      case 1: ("/callbacks", new, ServiceFixture.signature("task-\(index)", key: "another"))
      case 2: ("/callbacks", known, knownSignature)
      case 3: ("/elsewhere", new, signature)
      default: ("/callbacks", "{", signature)
      }
    // Some need escapes in the journal.
    let fields = signed + [("X-Number", index % 2 == 0 ? "\(index)" : "\(index) \"quoted\"")]
    return "POST \(path) HTTP/1.1\r\nHost: h\r\n" + fields.map { "\($0.name): \($0.value)\r\n" }.joined()
      + "Content-Length: \(body.utf8.count)\r\n\r\n" + body
  }

  @Test("a repetition gets the same answer and changes nothing")
  func repetition() async throws {
    let fixture = try await ServiceFixture()
    let signature = ServiceFixture.signature("task-1")
    for _ in 0..<3 {
      #expect(try await fixture.callback(ServiceFixture.success("task-1"), headers: signature).status == 200)
    }
    let events = try await fixture.get("/api/v1/tasks/task-1/events")
    #expect(events.json["data"]?.array?.count == 1)
    await fixture.stop()
  }

  @Test(
    "what is not right is refused with the documented status, and listed with its reason",
    arguments: [
      (
        "forged", ServiceFixture.success("task-1"), ServiceFixture.signature("task-1", key: "another"), 401,
        "bad_signature"
      ),
      ("stale", ServiceFixture.success("task-1"), ServiceFixture.signature("task-1", age: 600), 401, "stale"),
      (
        "future", ServiceFixture.success("task-1"), ServiceFixture.signature("task-1", age: -86_400), 401, "from_future"
      ),
      ("unsigned", ServiceFixture.success("task-1"), [], 401, "missing_signature"),
      (
        "contradictory", #"{"taskId":"task-2","data":{"taskId":"task-1","state":"success"}}"#,
        ServiceFixture.signature("task-1"), 400, "conflicting_task_ids"
      ),
      ("nobody's", #"{"data":{"state":"success"}}"#, ServiceFixture.signature("task-1"), 400, "no_task_id"),
      ("no JSON", "{", ServiceFixture.signature("task-1"), 400, "not_json"),
      (
        "signed twice", ServiceFixture.success("task-1"),
        ServiceFixture.signature("task-1") + ServiceFixture.signature("task-1"), 401, "malformed_timestamp"
      ),
    ] as [(String, String, [(name: String, value: String)], Int, String)])
  func refused(
    _ name: String, body: String, headers: [(name: String, value: String)], status: Int, reason: String
  ) async throws {
    let fixture = try await ServiceFixture()
    let answer = try await fixture.callback(body, headers: headers)
    #expect(answer.status == status)
    if status == 401 { #expect(answer.json["detail"] == "the callback could not be verified") }
    let listed = try await fixture.get("/api/v1/requests?status=refused")
    let entry = try #require(listed.json["data"]?[0])
    #expect(entry["reason"]?.string == reason)
    #expect(entry["id"] == answer.json["requestId"])
    let id = try #require(entry["id"]?.string)
    let whole = try await fixture.get("/api/v1/requests/\(id)")
    #expect(whole.json["bodyText"]?.string == body)
    #expect(try await fixture.get("/api/v1/tasks").json["data"] == [])
    await fixture.stop()
  }

  @Test("the public listener answers nothing else")
  func nothingElse() async throws {
    let fixture = try await ServiceFixture()
    for (path, status) in [
      ("/api/v1/tasks", 404), ("/metrics", 404), ("/readyz", 404), ("/", 404), ("/callbacks/x/y", 404),
    ] {
      let response = try await fixture.callback("", path: path, headers: [])
      #expect(response.status == status, "\(path)")
    }
    let get = try await fixture.client.send(.init(url: fixture.open + "/callbacks"))
    #expect(get.status == 405)
    #expect(get.header("allow") == "POST")
    let live = try await fixture.client.send(.init(url: fixture.open + "/livez"))
    #expect(live.status == 200)
    await fixture.stop()
  }

  @Test("the raw request is kept whole, credentials masked")
  func raw() async throws {
    let fixture = try await ServiceFixture()
    let body = "{\n \"data\" : {\"taskId\":\"task-1\",\"state\":\"generating\",\"new\":[1e400]}\n}"
    let headers = ServiceFixture.signature("task-1") + [("Authorization", "Bearer secret-thing"), ("X-Other", "ü")]
    #expect(try await fixture.callback(body, headers: headers).status == 200)
    let listed = try await fixture.get("/api/v1/requests")
    let id = try #require(listed.json["data"]?[0]?["id"]?.string)
    let whole = try await fixture.get("/api/v1/requests/\(id)").json
    #expect(whole["bodyText"]?.string == body)
    let text = String(decoding: whole.compact(), as: UTF8.self)
    #expect(!text.contains("secret-thing"))
    #expect(text.contains("X-Other"))
    await fixture.stop()
  }
}

@Suite("The local API over real sockets", .timeLimit(.minutes(5)))
struct LocalAPIServiceTests {
  @Test("lists tasks newest first, page by page")
  func pages() async throws {
    let fixture = try await ServiceFixture()
    for number in 1...5 {
      let id = "task-\(number)"
      #expect(
        try await fixture.callback(ServiceFixture.success(id), headers: ServiceFixture.signature(id)).status == 200)
    }
    var seen: [String] = []
    var cursor = ""
    repeat {
      let page = try await fixture.get("/api/v1/tasks?limit=2\(cursor)").json
      seen += (page["data"]?.array ?? []).compactMap { $0["providerTaskId"]?.string }
      cursor = page["nextCursor"]?.string.map { "&cursor=\($0)" } ?? ""
    } while !cursor.isEmpty
    #expect(seen == ["task-5", "task-4", "task-3", "task-2", "task-1"])
    await fixture.stop()
  }

  @Test("asks for its token, except for probes")
  func token() async throws {
    let fixture = try await ServiceFixture { $0.api.token = Secret("let-me-in") }
    #expect(try await fixture.get("/api/v1/tasks").status == 401)
    #expect(try await fixture.get("/api/v1/tasks", [("Authorization", "Bearer wrong")]).status == 401)
    #expect(try await fixture.get("/api/v1/tasks", [("Authorization", "Bearer let-me-in")]).status == 200)
    #expect(try await fixture.get("/readyz").status == 200)
    #expect(try await fixture.get("/metrics").status == 401)
    await fixture.stop()
  }

  @Test("refuses web pages and rebound names")
  func browsers() async throws {
    let fixture = try await ServiceFixture()
    #expect(try await fixture.get("/api/v1/tasks", [("Origin", "https://evil.test")]).status == 403)
    #expect(try await fixture.get("/api/v1/tasks", [("Origin", "null")]).status == 403)
    #expect(try await fixture.get("/api/v1/tasks", [("Host", "evil.test")]).status == 421)
    #expect(try await fixture.get("/api/v1/tasks", [("Host", "127.0.0.1.evil.test")]).status == 421)
    #expect(try await fixture.get("/api/v1/tasks", [("Host", "localhost:8081")]).status == 200)
    await fixture.stop()
  }

  @Test("a waiting request is answered when the task ends")
  func wait() async throws {
    let fixture = try await ServiceFixture()
    let running = #"{"data":{"taskId":"task-1","state":"generating","progress":40}}"#
    let headers = ServiceFixture.signature("task-1")
    #expect(try await fixture.callback(running, path: "/callbacks/progress", headers: headers).status == 200)
    async let waited = fixture.get("/api/v1/tasks/task-1?wait=30s")
    // Whether the question or the end comes first, the answer is the end.
    #expect(try await fixture.callback(ServiceFixture.success("task-1"), headers: headers).status == 200)
    #expect(try await waited.json["state"] == "success")
    await fixture.stop()
  }

  @Test("a submission without a key or an address is refused before anything is booked")
  func notConfigured() async throws {
    let fixture = try await ServiceFixture()
    let body: JSON = ["model": "some/model", "input": ["prompt": "x"]]
    let answer = try await fixture.post("/api/v1/tasks", body)
    #expect(answer.status == 503)
    #expect(answer.json["detail"]?.string?.contains("provider.apiKey") == true)
    #expect(try await fixture.get("/api/v1/tasks").json["data"] == [])
    await fixture.stop()
  }

  @Test("every validation error is told by JSON pointer")
  func validation() async throws {
    let fixture = try await ServiceFixture()
    let body: JSON = ["model": "sora-2-image-to-video", "input": ["aspect_ratio": "round", "n_frames": 10]]
    let answer = try await fixture.post("/api/v1/tasks", body)
    #expect(answer.status == 422)
    let pointers = answer.json["errors"]?.array?.compactMap { $0["pointer"]?.string } ?? []
    #expect(Set(pointers) == ["/input/prompt", "/input/image_urls", "/input/aspect_ratio", "/input/n_frames"])
    await fixture.stop()
  }

  @Test("an ETag that still fits is answered 304")
  func entityTag() async throws {
    let fixture = try await ServiceFixture()
    #expect(
      try await fixture.callback(ServiceFixture.success("task-1"), headers: ServiceFixture.signature("task-1")).status
        == 200)
    let response = try await fixture.client.send(.init(url: fixture.local + "/api/v1/tasks/task-1"))
    let tag = try #require(response.header("etag"))
    #expect(try await fixture.get("/api/v1/tasks/task-1", [("If-None-Match", tag)]).status == 304)
    #expect(try await fixture.get("/api/v1/tasks/task-1", [("If-None-Match", "\"0\"")]).status == 200)
    await fixture.stop()
  }
}
