// SPDX-License-Identifier: Apache-2.0

import HTTP1
import HTTPClient
import JSON
import Provider
import Testing

@testable import Receiver

@Suite("The contract of the local API")
struct ContractTests {
  private func document() throws -> JSON { try JSON.parse(Array(Contract.text.utf8)) }

  @Test("has every route, and no other")
  func routes() throws {
    var told: Set<String> = []
    for (path, operations) in try #require(try document()["paths"]?.object) {
      for (method, _) in try #require(operations.object) { told.insert("\(method.uppercased()) \(path)") }
    }
    let routed = APIRoute.all.map { "\($0.method == .get ? "GET" : "POST") \($0.path)" }
    #expect(Set(routed).count == routed.count)
    #expect(told.subtracting(routed).isEmpty)
    #expect(Set(routed).subtracting(told).isEmpty)
  }

  @Test("names each parameter of a path, and each operation once")
  func parameters() throws {
    var names: [String] = []
    for (path, operations) in try #require(try document()["paths"]?.object) {
      for (_, operation) in try #require(operations.object) {
        if let id = operation["operationId"]?.string { names.append(id) }
        let inPath = path.split(separator: "/").filter { $0.hasPrefix("{") }.map { String($0.dropFirst().dropLast()) }
        let told = try (operation["parameters"]?.array ?? []).map { try resolve($0) }.filter { $0["in"] == "path" }
        #expect(told.compactMap { $0["name"]?.string } == inPath, "\(path)")
        #expect(told.allSatisfy { $0["required"] == true })
        #expect(operation["responses"]?.object?.isEmpty == false)
      }
    }
    #expect(Set(names).count == names.count)
  }

  @Test("every operation that takes a parameter tells that a malformed one is answered with 400")
  func malformedParameters() throws {
    for (path, operations) in try #require(try document()["paths"]?.object) {
      for (_, operation) in try #require(operations.object) where operation["parameters"]?.array?.isEmpty == false {
        #expect(operation["responses"]?["400"] != nil, "\(path)")
      }
    }
  }

  @Test("both preconditions are told where one of them is, and what they are answered with")
  func preconditions() throws {
    var paths: Set<String> = []
    for (path, operations) in try #require(try document()["paths"]?.object) {
      for (method, operation) in try #require(operations.object) {
        let told = try (operation["parameters"]?.array ?? []).map { try resolve($0) }.compactMap { $0["name"]?.string }
        let preconditions = told.filter { $0.hasSuffix("-Match") }
        let answers = ["304", "412"].filter { operation["responses"]?[$0] != nil }
        #expect(preconditions.isEmpty ? answers.isEmpty : preconditions == ["If-Match", "If-None-Match"], "\(path)")
        #expect(answers.count == preconditions.count, "\(path)")
        if !answers.isEmpty { paths.insert("\(method) \(path)") }
      }
    }
    #expect(paths == ["get /api/v1/tasks/{id}", "get /api/v1/tasks/{id}/results/{n}"])
  }

  @Test("every reference leads somewhere")
  func references() throws {
    var count = 0
    func follow(_ json: JSON) throws {
      if json["$ref"] != nil {
        _ = try resolve(json)
        count += 1
      }
      for element in json.array ?? [] { try follow(element) }
      for (_, value) in json.object ?? JSONObject() { try follow(value) }
    }
    try follow(try document())
    #expect(count > 50)
  }

  private func resolve(_ json: JSON) throws -> JSON {
    guard let reference = json["$ref"]?.string else { return json }
    var target = try document()
    for key in reference.split(separator: "/").dropFirst() {
      target = try #require(target[String(key)], "\(reference)")
    }
    return target
  }

  @Test("a path leads to its own route only")
  func matching() {
    func found(_ path: [String]) -> [String] {
      APIRoute.all.filter { $0.parameters(in: path) != nil }.map(\.path)
    }
    #expect(found([""]) == ["/"])
    #expect(found(["livez"]) == ["/livez"])
    #expect(found(["livez", ""]).isEmpty)
    #expect(found(["api", "v1", "tasks"]) == ["/api/v1/tasks", "/api/v1/tasks"])
    #expect(found(["api", "v1", "tasks", "x", "results", "0"]) == ["/api/v1/tasks/{id}/results/{n}"])
    #expect(found(["api", "v1", "tasks", "x", "nothing"]).isEmpty)
    #expect(found([]).isEmpty)
  }
}

@Suite("What the local API shows to people", .timeLimit(.minutes(5)))
struct WebPageServiceTests {
  @Test("the page stands alone, may load nothing, and is there without a token")
  func page() async throws {
    let fixture = try await ServiceFixture { $0.api.token = Secret("let-me-in") }
    let answer = try await fixture.client.send(.init(url: fixture.local + "/"))
    #expect(answer.status == 200)
    #expect(answer.header("content-type") == "text/html; charset=utf-8")
    let policy = try #require(answer.header("content-security-policy"))
    #expect(policy.hasPrefix("default-src 'none'; connect-src 'self'; script-src 'sha256-"))
    #expect(!policy.contains("unsafe"))
    let html = String(decoding: answer.body, as: UTF8.self)
    for outside in ["http:", "https:", "//", "innerHTML", "localStorage", "src="] {
      #expect(!html.contains(outside), "\(outside)")
    }
    #expect(try await fixture.get("/openapi.json").status == 401)
    let contract = try await fixture.get("/openapi.json", [("Authorization", "Bearer let-me-in")])
    #expect(contract.json["openapi"] == "3.1.0")
    #expect(try await fixture.post("/", .null).status == 405)
    await fixture.stop()
  }
}
