// SPDX-License-Identifier: Apache-2.0

import HTTPClient
import JSON
import Provider
import Receiver
import Testing

@Suite("Uploads", .timeLimit(.minutes(5)))
struct UploadServiceTests {
  private static let png: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 1, 2, 3]

  private func upload(
    _ bytes: [UInt8], query: String = "", type: String = "image/png", _ fixture: ServiceFixture
  ) async throws -> (status: Int, json: JSON) {
    let response = try await fixture.client.send(
      HTTPClientRequest(
        method: .post, url: fixture.local + "/api/v1/uploads" + query, headers: [("Content-Type", type)], body: bytes))
    return (response.status, (try? JSON.parse(response.body)) ?? .null)
  }

  private func fixture() async throws -> ServiceFixture {
    let provider = try await SimulatedProvider()
    return try await ServiceFixture { try provider.use(&$0) }
  }

  @Test("a file goes to the provider under a name of its own content, and its address comes back")
  func file() async throws {
    let fixture = try await fixture()
    let answer = try await upload(Self.png, query: "?fileName=..%2Fmy%20kite.jpeg", fixture)
    #expect(answer.status == 201)
    let name = try #require(answer.json["fileName"]?.string)
    #expect(name.hasPrefix("my-kite-") && name.hasSuffix(".png"))
    let url = try #require(answer.json["url"]?.string)
    #expect(try await fixture.client.send(.init(url: url)).body == Self.png)
    let again = try await upload(Self.png, query: "?fileName=my%20kite.png", fixture)
    #expect(again.json["url"]?.string == url)
    let other = try await upload(Self.png + [4], query: "?fileName=my%20kite.png", fixture)
    #expect(other.json["url"]?.string != url)
    await fixture.stop()
  }

  @Test("a link is fetched by the provider itself")
  func link() async throws {
    let fixture = try await fixture()
    let first = try await upload(Self.png, fixture)
    let url = try #require(first.json["url"]?.string)
    let answer = try await fixture.post(
      "/api/v1/uploads", ["url": .string(url)], [("Content-Type", "application/json")])
    #expect(answer.status == 201)
    #expect(answer.json["bytes"]?.int == Int64(Self.png.count))
    await fixture.stop()
  }

  @Test("what no model could take is turned away before anything is sent")
  func refused() async throws {
    let fixture = try await fixture()
    let large = Self.png + [UInt8](repeating: 0, count: 10 << 20)
    for (body, type, status) in [
      (Array("hello".utf8), "image/png", 415), ([], "image/png", 415), (large, "image/png", 413),
      (Array("{".utf8), "application/json", 400), (Array("{}".utf8), "application/json; charset=utf-8", 422),
      (Array(#"{"url":"file:///etc/passwd"}"#.utf8), "application/json", 422),
    ] {
      #expect(try await upload(body, type: type, fixture).status == status)
    }
    await fixture.stop()
    let keyless = try await ServiceFixture()
    #expect(try await upload(Self.png, keyless).status == 503)
    await keyless.stop()
  }
}
