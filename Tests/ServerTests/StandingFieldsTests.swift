// SPDX-License-Identifier: Apache-2.0

import HTTP1
import Testing

@testable import Server

@Suite("Fields that every answer has", .timeLimit(.minutes(5)))
struct StandingFieldsTests {
  private static let standing = StandingFields([
    .init("Cache-Control", "no-store"), .init("X-Standing", "1"), .init("X-Other_", "2"),
  ])

  private func values(_ name: String, _ response: RawResponse) -> [String] {
    response.fields.filter { $0.name == name }.map(\.value)
  }

  @Test(
    "are there once, whoever answers",
    arguments: [
      get("/hello"), get("/prepared"), get("/nowhere"), "OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n",
      "BREW / HTTP/1.1\r\nHost: h\r\n\r\n", "GET / HTTP/1.1\r\n\r\n", "GET / HTTP/9.9\r\n\r\n",
    ])
  func everywhere(request: String) throws {
    let harness = try Harness(standing: Self.standing)
    let client = try harness.client()
    client.send(request)
    let response = try harness.response(client)
    #expect(values("cache-control", response) == ["no-store"])
    #expect(values("x-standing", response) == ["1"])
    #expect(values("x-other_", response) == ["2"])
    #expect(values("date", response).count == 1)
  }

  @Test("give way to the answer's own, in whatever case it is written", arguments: ["Cache-Control", "cACHE-cONTROL"])
  func own(name: String) throws {
    let harness = try Harness(standing: Self.standing)
    harness.handler.routes["/own"] = { _, exchange, server in
      server.respond(
        to: exchange, with: Response(status: 200, fields: [.init(name, "private")]))
    }
    harness.handler.routes["/near"] = { _, exchange, server in
      server.respond(
        to: exchange, with: Response(status: 304, fields: [.init("X-OtherY", "3"), .init("Cache-Contro", "4")]))
    }
    let client = try harness.client()
    client.send(get("/own") + get("/near"))
    let response = try harness.response(client)
    #expect(values("cache-control", response) == ["private"])
    #expect(values("x-standing", response) == ["1"])
    let near = try harness.response(client)
    #expect(values("cache-control", near) == ["no-store"])
    #expect(values("x-other_", near) == ["2"])
  }
}
