// SPDX-License-Identifier: Apache-2.0

import Dispatch
import Glibc
import HTTPClient
import JSON
import Logging
import OpenSSL
import Provider
import Reactor
import Receiver
import Submitter

/// A whole server on a thread of its own, on free loopback ports and a folder of its own, and a client for it.
final class ServiceFixture: Sendable {
  static let key = "test-hmac-key"

  let directory: String
  let open: String
  let local: String
  let client: HTTPClient
  private let service: Mailbox<ReceiverService>
  private let settings: Settings

  init(
    directory: String? = nil, clock: SubmitterClock = .system,
    logger: Logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, sockets: [InheritedSocket] = [],
    _ change: (inout Settings) throws -> Void = { _ in }
  ) async throws {
    self.directory = try directory ?? Self.temporaryDirectory()
    var settings = Settings()
    settings.public.listen = ListenAddress(host: "127.0.0.1", port: 0)
    settings.api.listen = ListenAddress(host: "127.0.0.1", port: 0)
    settings.callbacks.hmacKeys = [Secret(Self.key)]
    settings.data.directory = self.directory
    try change(&settings)
    self.settings = settings
    let thread = try LoopThread(name: "receiver") { [settings] loop in
      try ReceiverService(
        loop: loop, settings: settings, logger: logger, clock: clock, sockets: sockets)
    }
    service = thread.mailbox
    let (open, local) = await withCheckedContinuation { addresses in
      thread.mailbox.post { addresses.resume(returning: ("\($0.publicAddress)", "\($0.apiAddress)")) }
    }
    self.open = "http://\(open)"
    self.local = "http://\(local)"
    client = try HTTPClient(HTTPClientConfiguration(userAgent: "tests"))
  }

  static func temporaryDirectory() throws -> String {
    var path = Array("/tmp/hookledger-tests-XXXXXX".utf8CString)
    let made = path.withUnsafeMutableBufferPointer { buffer in buffer.baseAddress.map { mkdtemp($0) != nil } ?? false }
    guard made else {
      throw StartError("mkdtemp failed")
    }
    return String(decoding: path.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// Ends the server as SIGTERM would, and waits until its folder is free.
  func stop() async {
    await withCheckedContinuation { done in
      service.post { $0.stop(within: .seconds(5)) { done.resume() } }
    }
  }

  /// Lets the server find all that `body` does in one tick.
  func whileHeld(_ body: () -> Void) async {
    let (held, release) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
    service.post { _ in
      held.signal()
      release.wait()
    }
    await withCheckedContinuation { isHeld in
      DispatchQueue.global().async {
        held.wait()
        isHeld.resume()
      }
    }
    body()
    release.signal()
  }

  /// As SIGHUP would, with what the start had but for that change.
  func reload(_ change: (inout Settings) -> Void) async {
    var settings = settings
    change(&settings)
    await withCheckedContinuation { done in
      service.post { [settings] in
        $0.use(settings)
        done.resume()
      }
    }
  }

  func usePublicURL() async {
    let open = open
    await withCheckedContinuation { done in
      service.post {
        $0.usePublicURL(open)
        done.resume()
      }
    }
  }

  // MARK: - Asking

  func get(_ path: String, _ headers: [(name: String, value: String)] = []) async throws -> (status: Int, json: JSON) {
    let response = try await client.send(HTTPClientRequest(url: local + path, headers: headers))
    return (response.status, (try? JSON.parse(response.body)) ?? .null)
  }

  func post(
    _ path: String, _ body: JSON, _ headers: [(name: String, value: String)] = []
  ) async throws -> (status: Int, json: JSON) {
    let response = try await client.send(
      HTTPClientRequest(method: .post, url: local + path, headers: headers, body: body.compact()))
    return (response.status, (try? JSON.parse(response.body)) ?? .null)
  }

  /// Sends a callback, rightly signed unless `headers` say otherwise.
  func callback(
    _ body: String, path: String = "/callbacks", headers: [(name: String, value: String)]
  ) async throws -> (status: Int, json: JSON) {
    let response = try await client.send(
      HTTPClientRequest(method: .post, url: open + path, headers: headers, body: Array(body.utf8)))
    return (response.status, (try? JSON.parse(response.body)) ?? .null)
  }

  static func signature(_ taskID: String, age: Int64 = 0, key: String = ServiceFixture.key) -> [(
    name: String, value: String
  )] {
    let claim = SignatureClaim(
      signing: taskID, timestamp: "\(Int64(time(nil)) - age)", key: Secret(key))
    return [("X-Webhook-Timestamp", claim.timestamp), ("X-Webhook-Signature", claim.signature)]
  }

  static func success(_ taskID: String, url: String = "https://files.example.test/a.mp4") -> String {
    #"{"code":200,"msg":"ok","data":{"taskId":""# + taskID
      + #"","model":"sora-2-image-to-video","state":"success","resultJson":"{\"resultUrls\":[\""# + url + #"\"]}"}}"#
  }
}
