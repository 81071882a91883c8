// SPDX-License-Identifier: Apache-2.0

import HTTP1
import HTTPClient
import JSON
import Provider
import Reactor
import Server
import Testing

@testable import Receiver

@Suite("The doctor", .timeLimit(.minutes(5)))
struct DoctorServiceTests {
  /// The findings about one precondition.
  private func findings(_ fixture: ServiceFixture, _ check: String) async throws -> [JSON] {
    let answer = try await fixture.post("/api/v1/doctor", .null)
    #expect(answer.status == 200)
    let all = try #require(answer.json["findings"]?.array)
    #expect(answer.json["ok"]?.bool == !all.contains { $0["status"] == "fault" })
    return all.filter { $0["check"]?.string == check }
  }

  private func expect(
    _ findings: [JSON], _ status: String, _ words: String, remedy: String? = nil,
    at location: SourceLocation = #_sourceLocation
  ) {
    let isThere = findings.contains { finding in
      finding["status"]?.string == status && finding["detail"]?.string?.contains(words) == true
        && (remedy.map { finding["remedy"]?.string?.contains($0) == true } ?? true)
    }
    #expect(isThere, "\(findings)", sourceLocation: location)
  }

  @Test("finds nothing wrong with a server that is well, and the echo leaves no trace")
  func well() async throws {
    let provider = try await SimulatedProvider()
    let fixture = try await ServiceFixture { try provider.use(&$0) }
    await fixture.usePublicURL()
    let answer = try await fixture.post("/api/v1/doctor", .null)
    #expect(answer.json["ok"] == true)
    #expect(answer.json["findings"]?.array?.allSatisfy { $0["status"] == "ok" } == true, "\(answer.json)")
    expect(try await findings(fixture, "public address"), "ok", "leads to this process")
    #expect(try await fixture.get("/api/v1/requests").json["data"] == [])
    #expect(try await fixture.get("/api/v1/tasks").json["data"] == [])
    await fixture.stop()
  }

  @Test("the echo leaves no trace either where unsigned callbacks count")
  func unsigned() async throws {
    let fixture = try await ServiceFixture {
      $0.callbacks.hmacKeys = []
      $0.callbacks.allowUnsigned = true
    }
    await fixture.usePublicURL()
    expect(try await findings(fixture, "public address"), "ok", "leads to this process")
    expect(try await findings(fixture, "webhook key"), "warning", "hints", remedy: "callbacks.hmacKeys")
    #expect(try await fixture.get("/api/v1/tasks").json["data"] == [])
    await fixture.stop()
  }

  @Test("names what the settings lack")
  func settings() async throws {
    let fixture = try await ServiceFixture()
    expect(try await findings(fixture, "API key"), "warning", "no key is set", remedy: "provider.apiKey")
    expect(try await findings(fixture, "public address"), "warning", "no public address", remedy: "public.url")
    await fixture.stop()
  }

  @Test("names a provider that is not there, and one that refuses the key")
  func provider() async throws {
    let nobody = try await ServiceFixture {
      $0.provider.url = try WebURL.parse("http://127.0.0.1:1")
      $0.provider.apiKey = Secret("x")
    }
    expect(try await findings(nobody, "provider"), "fault", "was not reached", remedy: "provider.url")
    expect(try await findings(nobody, "public address"), "fault", "no public address", remedy: "public.url")
    await nobody.stop()
    let strict = try await Stranger(status: 200, body: #"{"code":401,"msg":"no"}"#)
    let fixture = try await ServiceFixture {
      $0.provider.url = try WebURL.parse(strict.url)
      $0.provider.apiKey = Secret("x")
    }
    expect(try await findings(fixture, "provider"), "fault", "does not accept the API key", remedy: "provider.apiKey")
    await fixture.stop()
  }

  @Test(
    "names a public address that does not lead here",
    arguments: [
      ("http://127.0.0.1:1", "was not reached", "firewall"),
      ("http://nobody.invalid", "does not resolve", "DNS"),
    ])
  func address(_ url: String, _ words: String, _ remedy: String) async throws {
    let fixture = try await ServiceFixture { $0.public.url = try WebURL.parse(url) }
    expect(try await findings(fixture, "public address"), "fault", words, remedy: remedy)
    await fixture.stop()
  }

  @Test("names a redirect, another server, and a second server of the same kind")
  func strangers() async throws {
    let redirecting = try await Stranger(
      status: 301, fields: [ResponseHead.Field("Location", "https://elsewhere.test/")])
    let other = try await Stranger(status: 401, fields: [ResponseHead.Field(Echo.field, "00")])
    let twin = try await ServiceFixture()
    for (url, words, remedy) in [
      (redirecting.url, "redirects to https://elsewhere.test/", "public.url"),
      (other.url, "it is not this process", "/callbacks/"), (twin.open, "it is not this process", "/callbacks/"),
    ] {
      let fixture = try await ServiceFixture { $0.public.url = try WebURL.parse(url) }
      expect(try await findings(fixture, "public address"), "fault", words, remedy: remedy)
      await fixture.stop()
    }
    await twin.stop()
  }

  @Test("an address of this machine is no use to the real provider")
  func local() async throws {
    let fixture = try await ServiceFixture { $0.provider.url = try WebURL.parse("http://provider.invalid") }
    await fixture.usePublicURL()
    expect(try await findings(fixture, "public address"), "fault", "the provider cannot call it", remedy: "tunnel")
    await fixture.stop()
  }

  @Test(
    "names a clock that is off",
    arguments: [
      (0, 300, "ok"), (5, 300, "ok"), (-5, 300, "ok"), (6, 300, "warning"), (-30, 300, "warning"), (31, 300, "fault"),
      (-31, 300, "fault"), (9, 10, "warning"), (11, 10, "fault"),
    ] as [(Int64, Int, String)])
  func clock(_ lead: Int64, _ tolerance: Int, _ status: String) {
    let finding = Doctor.judge(lead: lead, tolerance: .seconds(tolerance))
    #expect(finding.status.rawValue == status)
    #expect(finding.detail.contains("\(abs(lead)) s"))
    #expect((finding.remedy != nil) == (status != "ok"))
  }

  @Test("without a server looks at what there is")
  func alone() async throws {
    let provider = try await SimulatedProvider()
    var settings = Settings()
    settings.callbacks.hmacKeys = [Secret("k")]
    settings.data.directory = try ServiceFixture.temporaryDirectory()
    try provider.use(&settings)
    let client = try HTTPClient(HTTPClientConfiguration(userAgent: "tests"))
    let findings = await Doctor(settings: settings, client: client).findings().map(\.json)
    expect(findings, "warning", "no running server", remedy: "hookledger serve")
    expect(findings, "ok", "can be written")
    settings.data.directory = "/proc/nowhere"
    let broken = await Doctor(settings: settings, client: client).findings().map(\.json)
    expect(broken, "fault", "cannot be written", remedy: "data.directory")
  }
}

/// A server that answers everything alike.
private struct Stranger {
  private final class Service {
    let address: SocketAddress
    private let server: HTTPServer
    private let handler = Handler()

    init(loop: Loop, _ response: Response) throws {
      guard let any = SocketAddress("127.0.0.1:0") else { throw StartError("no address to listen on") }
      server = HTTPServer(loop: loop, handler: handler)
      address = try server.listen(on: any, tag: ListenerTag(0))
      handler.server = server
      handler.response = response
    }
  }

  private final class Handler: RequestHandler {
    unowned var server: HTTPServer?
    var response = Response(status: 404)

    func handle(_ request: borrowing Request, _ exchange: Exchange) {
      server?.respond(to: exchange, with: response)
    }
  }

  let url: String

  init(status: Int, fields: [ResponseHead.Field] = [], body: String = "") async throws {
    let response = Response(status: status, fields: fields, body: .bytes(Array(body.utf8)))
    let thread = try LoopThread(name: "stranger") { loop in try Service(loop: loop, response) }
    let address = await withCheckedContinuation { found in
      thread.mailbox.post { found.resume(returning: "\($0.address)") }
    }
    url = "http://\(address)"
  }
}
