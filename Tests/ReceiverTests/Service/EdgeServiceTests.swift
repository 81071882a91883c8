// SPDX-License-Identifier: Apache-2.0

import Glibc
import HTTPClient
import Logging
import Provider
import Synchronization
import Testing

@testable import Reactor
@testable import Receiver

/// Counts lines by message.
private final class LineCounter: Sendable {
  let counts = Mutex<[String: Int]>([:])

  func count(_ message: String) -> Int { counts.withLock { $0[message] ?? 0 } }

  var logger: Logger { Logger(label: "test") { _ in CountingLogHandler(counter: self) } }
}

private struct CountingLogHandler: LogHandler {
  let counter: LineCounter
  var metadata: Logger.Metadata = [:]
  var logLevel = Logger.Level.info

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) {
    var text = "\(event.message)"
    if let setting = event.metadata?["setting"] { text += " \(setting)" }
    counter.counts.withLock { [text] in $0[text, default: 0] += 1 }
  }
}

@Suite("The edge of the service", .timeLimit(.minutes(5)))
struct EdgeServiceTests {
  @Test("a flood on the public listener leaves the local API its connections")
  func reserve() async throws {
    let fixture = try await ServiceFixture { $0.limits.connections = 16 }
    let flood = try (0..<40).map { _ in try RawConnection(fixture.open) }
    // The answer to the first shows that accepting has begun.
    flood[0].send("GET /livez HTTP/1.1\r\nHost: h\r\n\r\n")
    #expect(flood[0].receive().hasPrefix("HTTP/1.1 200 "))
    for _ in 0..<10 { #expect(try await fixture.get("/api/v1/tasks").status == 200) }
    withExtendedLifetime(flood) {}
    await fixture.stop()
  }

  @Test("a flood of requests that cannot be read does not fill the log")
  func faultLog() async throws {
    let lines = LineCounter()
    let fixture = try await ServiceFixture(logger: lines.logger)
    let sent = RefusalBudget.burst * 3
    for _ in 0..<sent {
      let connection = try RawConnection(fixture.open)
      connection.send("GET / HTTP/1.1\r\n\r\n")
      #expect(connection.receive().hasPrefix("HTTP/1.1 400 "))
    }
    #expect(lines.count("request refused") >= RefusalBudget.burst)
    #expect(lines.count("request refused") < sent)
    await fixture.stop()
  }

  @Test("what needs a restart is named when the settings are read again")
  func restart() async throws {
    let lines = LineCounter()
    let fixture = try await ServiceFixture(logger: lines.logger)
    let message = "a changed setting needs a restart"
    await fixture.reload { $0.callbacks.tolerance = .seconds(7) }
    await fixture.reload {
      $0.public.listen = ListenAddress(host: "127.0.0.1", port: 1)
      $0.limits.fields = 7
      $0.log.level = .critical
    }
    // Told again as long as it stands, for what counts is how the server started.
    await fixture.reload { $0.limits.fields = 7 }
    await fixture.reload { _ in }
    #expect(
      lines.counts.withLock { $0.filter { $0.key.hasPrefix(message) } } == [
        "\(message) public.listen": 1, "\(message) limits.fields": 2, "\(message) log.level": 1,
      ])
    await fixture.stop()
  }

  @Test("the token of an API that is reachable from outside cannot be read away")
  func tokenStays() async throws {
    let fixture = try await ServiceFixture {
      $0.api.listen = ListenAddress(host: "0.0.0.0", port: 0)
      $0.api.token = Secret("let-me-in")
    }
    await fixture.reload {
      $0.api.listen = ListenAddress(host: "127.0.0.1", port: 8081)
      $0.api.token = nil
    }
    await fixture.reload { $0.api.token = nil }
    #expect(try await fixture.get("/api/v1/tasks").status == 401)
    #expect(try await fixture.get("/api/v1/tasks", [("Authorization", "Bearer let-me-in")]).status == 200)
    await fixture.reload { $0.api.token = Secret("another") }
    #expect(try await fixture.get("/api/v1/tasks", [("Authorization", "Bearer another")]).status == 200)
    await fixture.stop()
  }

  @Test("with a token the API answers under any name, and to no page all the same")
  func names() async throws {
    let fixture = try await ServiceFixture { $0.api.token = Secret("let-me-in") }
    let token = (name: "Authorization", value: "Bearer let-me-in")
    #expect(try await fixture.get("/api/v1/tasks", [("Host", "hookledger:8081"), token]).status == 200)
    #expect(try await fixture.get("/api/v1/tasks", [("Host", "hookledger:8081")]).status == 401)
    #expect(try await fixture.get("/readyz", [("Host", "hookledger")]).status == 200)
    #expect(try await fixture.get("/api/v1/tasks", [("Origin", "http://evil.test"), token]).status == 403)
    await fixture.reload { $0.api.token = nil }
    #expect(try await fixture.get("/api/v1/tasks", [("Host", "hookledger:8081")]).status == 421)
    await fixture.stop()
  }

  @Test("the name in an absolute target counts, not the Host field, and without a path it is the page")
  func absoluteTarget() async throws {
    let fixture = try await ServiceFixture()
    func ask(_ target: String, host: String) throws -> String {
      let connection = try RawConnection(fixture.local)
      connection.send("GET \(target) HTTP/1.1\r\nHost: \(host)\r\nConnection: close\r\n\r\n")
      return String(connection.receive().prefix(12))
    }
    #expect(try ask("http://evil.test/api/v1/tasks", host: "localhost") == "HTTP/1.1 421")
    #expect(try ask("http://localhost/api/v1/tasks", host: "evil.test") == "HTTP/1.1 200")
    #expect(try ask("http://localhost", host: "localhost") == "HTTP/1.1 200")
    await fixture.stop()
  }

  // MARK: - What browsers are told

  private static let told: [(name: String, value: String)] = [
    ("cache-control", "no-store"), ("x-content-type-options", "nosniff"), ("x-frame-options", "DENY"),
    ("referrer-policy", "no-referrer"), ("cross-origin-resource-policy", "same-origin"),
  ]

  @Test(
    "every answer of the local API says what a browser may do with it: nothing",
    arguments: [
      "/", "/livez", "/readyz", "/healthz", "/metrics", "/version", "/openapi.json", "/api/v1/tasks", "/api/v1/tasks/x",
      "/api/v1/requests", "/api/v1/costs", "/api/v1/credits", "/nowhere", "/%ff", "/api/v1/uploads",
    ])
  func fields(path: String) async throws {
    let fixture = try await ServiceFixture()
    for headers in [[], [("Host", "evil.test")], [("Origin", "http://evil.test")], [("Expect", "nothing")]] {
      let response = try await fixture.client.send(
        HTTPClientRequest(url: fixture.local + path, headers: headers.map { (name: $0.0, value: $0.1) }))
      for (name, value) in Self.told {
        let values = response.head.headers.filter { $0.name.lowercased() == name }.map(\.value)
        #expect(values == [value], "\(path) \(headers): \(name)")
      }
      let policies = response.head.headers.filter { $0.name.lowercased() == "content-security-policy" }.map(\.value)
      #expect(policies.count == 1, "\(path)")
      #expect(policies.first?.hasPrefix("default-src 'none'") == true, "\(path)")
      #expect(policies.first?.contains("frame-ancestors 'none'") == true, "\(path)")
      #expect(policies.first?.contains("unsafe") == false, "\(path)")
      #expect(!response.head.headers.contains { $0.name.lowercased().hasPrefix("access-control-") }, "\(path)")
    }
    await fixture.stop()
  }

  @Test("an entity tag is compared weakly, in a list, with blanks")
  func entityTags() async throws {
    let fixture = try await ServiceFixture()
    let headers = ServiceFixture.signature("task-1")
    #expect(try await fixture.callback(ServiceFixture.success("task-1"), headers: headers).status == 200)
    let response = try await fixture.client.send(.init(url: fixture.local + "/api/v1/tasks/task-1"))
    let tag = try #require(response.header("etag"))
    for known in ["W/\(tag)", "\"0\" , \(tag) ,\"1\"", "*"] {
      #expect(try await fixture.get("/api/v1/tasks/task-1", [("If-None-Match", known)]).status == 304, "\(known)")
    }
    #expect(try await fixture.get("/api/v1/tasks/task-1", [("If-None-Match", "W/\"0\"")]).status == 200)
    for known in ["*", tag, "\"0\",\t\(tag)"] {
      #expect(try await fixture.get("/api/v1/tasks/task-1", [("If-Match", known)]).status == 200, "\(known)")
    }
    for known in ["\"0\"", "W/\(tag)", ""] {
      #expect(try await fixture.get("/api/v1/tasks/task-1", [("If-Match", known)]).status == 412, "\(known)")
    }
    // If-Match goes first.
    #expect(
      try await fixture.get("/api/v1/tasks/task-1", [("If-Match", "\"0\""), ("If-None-Match", tag)]).status == 412)
    await fixture.stop()
  }

  // MARK: - Sockets from the service manager

  /// A listening socket as the service manager would hand it over, and its port.
  private func handedOver(_ name: String, _ host: String = "127.0.0.1") throws -> (InheritedSocket, String) {
    let number = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    inet_pton(AF_INET, host, &address.sin_addr)
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let result = withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(number, $0, length) == 0 && listen(number, 16) == 0 && getsockname(number, $0, &length) == 0
      }
    }
    guard result else { throw SystemError(call: "bind", code: errno) }
    return (InheritedSocket(name: name, number: number), "http://\(host):\(UInt16(bigEndian: address.sin_port))")
  }

  @Test("sockets that are handed over are used by name, and a listener without one opens its own")
  func handedOver() async throws {
    let (first, firstURL) = try handedOver("public")
    let (second, secondURL) = try handedOver("public")
    let fixture = try await ServiceFixture(sockets: [first, second])
    #expect(fixture.open == firstURL)
    for url in [firstURL, secondURL] {
      #expect(try await fixture.client.send(.init(url: url + "/livez")).status == 200)
      #expect(try await fixture.client.send(.init(url: url + "/version")).status == 404)
    }
    #expect(try await fixture.get("/version").status == 200)
    await fixture.stop()
    let (local, localURL) = try handedOver("local")
    let other = try await ServiceFixture(sockets: [local])
    #expect(other.local == localURL)
    #expect(try await other.get("/version").status == 200)
    await other.stop()
  }

  @Test("a socket with another name, and an API reachable from outside without a token, do not start")
  func refusedSockets() async throws {
    let (unnamed, _) = try handedOver("unknown")
    await #expect(throws: StartError.self) { _ = try await ServiceFixture(sockets: [unnamed]) }
    close(unnamed.number)
    let (exposed, _) = try handedOver("local", "0.0.0.0")
    await #expect(throws: StartError.self) { _ = try await ServiceFixture(sockets: [exposed]) }
    let (guarded, _) = try handedOver("local", "0.0.0.0")
    let fixture = try await ServiceFixture(sockets: [guarded]) { $0.api.token = Secret("let-me-in") }
    #expect(try await fixture.get("/api/v1/tasks").status == 401)
    await fixture.stop()
  }
}
