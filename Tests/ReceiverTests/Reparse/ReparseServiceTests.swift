// SPDX-License-Identifier: Apache-2.0

import Callbacks
import JSON
import Provider
import Receiver
import Testing

@Suite("Requests judged again", .timeLimit(.minutes(5)))
struct ReparseServiceTests {
  private func newest(_ fixture: ServiceFixture) async throws -> String {
    let list = try await fixture.get("/api/v1/requests?limit=1").json
    return try #require(list["data"]?[0]?["id"]?.string)
  }

  private func reparse(_ fixture: ServiceFixture, _ id: String) async throws -> JSON {
    let answer = try await fixture.post("/api/v1/requests/\(id)/reparse", .null)
    #expect(answer.status == 200, "\(answer.json)")
    return answer.json
  }

  @Test("what a mistyped key refused counts once the key is right")
  func rightKey() async throws {
    let first = try await ServiceFixture { $0.callbacks.hmacKeys = [Secret("mistyped")] }
    let headers = ServiceFixture.signature("task-1")
    #expect(try await first.callback(ServiceFixture.success("task-1"), headers: headers).status == 401)
    let id = try await newest(first)
    let refusedAgain = try await reparse(first, id)
    #expect(refusedAgain["outcome"] == "refused")
    #expect(refusedAgain["reason"] == "bad_signature")
    await first.stop()

    let second = try await ServiceFixture(directory: first.directory)
    let changed = try await reparse(second, id)
    #expect(changed["outcome"] == "changed", "\(changed)")
    #expect(changed["state"] == "success")
    let task = try await second.get("/api/v1/tasks/task-1").json
    #expect(task["trust"] == "signed")
    #expect(task["id"] == changed["task"])
    #expect(try await reparse(second, id)["outcome"] == "unchanged")
    let accepted = try await second.get("/api/v1/requests?status=accepted").json
    #expect(accepted["data"]?.array?.count == 1)
    await second.stop()
  }

  @Test("its age is judged by when it came")
  func stale() async throws {
    let first = try await ServiceFixture()
    let headers = ServiceFixture.signature("task-1", age: 600)
    #expect(try await first.callback(ServiceFixture.success("task-1"), headers: headers).status == 401)
    let id = try await newest(first)
    #expect(try await reparse(first, id)["reason"] == "stale")
    await first.stop()
    let second = try await ServiceFixture(directory: first.directory) { $0.callbacks.tolerance = .seconds(900) }
    #expect(try await reparse(second, id)["outcome"] == "changed")
    await second.stop()
  }

  @Test(
    "what was wrong stays wrong",
    arguments: [
      (ServiceFixture.success("task-1"), ServiceFixture.signature("task-2"), "bad_signature"),
      (
        ServiceFixture.success("task-1"), ServiceFixture.signature("task-1") + ServiceFixture.signature("task-1"),
        "malformed_timestamp"
      ),
      ("{", ServiceFixture.signature("task-1"), "not_json"),
      (
        String(repeating: " ", count: 70_000) + ServiceFixture.success("task-1"), ServiceFixture.signature("task-2"),
        "body_not_kept_whole"
      ),
    ] as [(String, [(name: String, value: String)], String)])
  func stillWrong(_ body: String, _ headers: [(name: String, value: String)], _ reason: String) async throws {
    let fixture = try await ServiceFixture()
    #expect(try await fixture.callback(body, headers: headers).status >= 400)
    let outcome = try await reparse(fixture, try await newest(fixture))
    #expect(outcome["outcome"] == "refused")
    #expect(outcome["reason"]?.string == reason)
    #expect(try await fixture.get("/api/v1/tasks").json["data"] == [])
    await fixture.stop()
  }

  @Test("what was taken in is read again, and says what it said")
  func accepted() async throws {
    let fixture = try await ServiceFixture()
    let headers = ServiceFixture.signature("task-1")
    #expect(try await fixture.callback(ServiceFixture.success("task-1"), headers: headers).status == 200)
    let before = try await fixture.get("/api/v1/tasks/task-1").json
    #expect(try await reparse(fixture, try await newest(fixture))["outcome"] == "unchanged")
    #expect(try await fixture.get("/api/v1/tasks/task-1").json == before)
    let missing = try await fixture.post("/api/v1/requests/req_00000000000000000000000001/reparse", .null)
    #expect(missing.status == 404)
    #expect(try await fixture.get("/api/v1/requests/x/reparse").status == 405)
    await fixture.stop()
  }
}
