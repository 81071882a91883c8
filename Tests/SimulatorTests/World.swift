// SPDX-License-Identifier: Apache-2.0

import Glibc
import HTTP1
import HTTPClient
import JSON
import Reactor
import Server
import Synchronization
import Testing

@testable import Simulator

/// The stand-in and a receiver of its callbacks on one loop, which runs within the test's task and by the test's clock.
///
/// The client's answers come by way of the concurrency pool, so that the loop gives way to it after each tick.
final class World {
  let service: SimulatorService
  let loop: Loop
  let receiver = TestReceiver()
  let receiverServer: HTTPServer
  let receiverPort: UInt16
  let lines = Lines()
  private let clock = Clock()

  private final class Clock {
    var time = MonotonicTime(nanoseconds: 1_000_000_000)
  }

  init(_ faults: [Fault: Double] = [:], _ change: (inout SimulatorOptions) -> Void = { _ in }) throws {
    let clock = clock
    loop = try Loop(clock: LoopClock(monotonic: { clock.time }, unixSeconds: { 1_795_352_400 }))
    var options = SimulatorOptions(seed: 5, log: lines.sink)
    options.listen = "127.0.0.1:0"
    options.hmacKey = "test-hmac-key"
    options.faults = faults
    change(&options)
    service = try SimulatorService(loop: loop, options: options)
    receiverServer = HTTPServer(loop: loop, handler: receiver)
    receiver.server = receiverServer
    receiverPort = try receiverServer.listen(on: .loopback(port: 0), tag: ListenerTag(1)).port
  }

  func url(_ path: String) -> String { "http://\(service.address)\(path)" }

  /// An order of a video whose callbacks come to the receiver.
  var order: JSON {
    videoOrder.with([
      "callBackUrl": JSON("http://127.0.0.1:\(receiverPort)/c"),
      "progressCallBackUrl": JSON("http://127.0.0.1:\(receiverPort)/p"),
    ])
  }

  /// Runs ticks until the condition holds. The bound is far beyond what any condition needs; reaching it is a failure.
  func run(_ what: Comment, until condition: () -> Bool) async throws {
    for _ in 0..<5000 {
      if condition() { return }
      try loop.runTick(waitingAtMost: .milliseconds(2))
      await Task.yield()
    }
    try #require(condition(), what)
  }

  func advance(by duration: Duration) {
    clock.time = clock.time.advanced(by: duration)
  }

  /// Lets tasks' time pass in small steps until the condition holds.
  func live(_ what: Comment, until condition: () -> Bool) async throws {
    try await run(what) {
      advance(by: .milliseconds(100))
      return condition()
    }
  }

  // MARK: Asking

  /// Sends a request with a client of its own, while the loop runs.
  func send(_ request: HTTPClientRequest) async throws -> Result<HTTPClientResponse, HTTPClientError> {
    let answer = Answer()
    let client = try HTTPClient(HTTPClientConfiguration(userAgent: "test"))
    Task {
      do throws(HTTPClientError) {
        answer.set(.success(try await client.send(request)))
      } catch {
        answer.set(.failure(error))
      }
    }
    try await run("an answer to \(request.url)") {
      // For answers that are given a moment later.
      advance(by: .milliseconds(1))
      return answer.value != nil
    }
    return try #require(answer.value)
  }

  private final class Answer: Sendable {
    private let result = Mutex<Result<HTTPClientResponse, HTTPClientError>?>(nil)
    var value: Result<HTTPClientResponse, HTTPClientError>? { result.withLock { $0 } }
    func set(_ value: Result<HTTPClientResponse, HTTPClientError>) { result.withLock { $0 = value } }
  }

  func ask(
    _ method: HTTPClientMethod, _ path: String, _ body: JSON? = nil, key: String? = "key",
    headers: [(name: String, value: String)] = []
  ) async throws -> Result<HTTPClientResponse, HTTPClientError> {
    var headers = headers
    if let key { headers.append(("Authorization", "Bearer \(key)")) }
    return try await send(
      HTTPClientRequest(method: method, url: url(path), headers: headers, body: body?.compact()))
  }

  /// The JSON of an answer with status 200.
  func json(_ method: HTTPClientMethod, _ path: String, _ body: JSON? = nil) async throws -> JSON {
    let response = try await ask(method, path, body).get()
    #expect(response.status == 200)
    #expect(response.header("content-type") == "application/json;charset=UTF-8")
    return try JSON.parse(response.body)
  }

  /// Creates a task that is answered.
  func create(_ order: JSON? = nil) async throws -> String {
    let answer = try await json(.post, "/api/v1/jobs/createTask", order ?? self.order)
    return try #require(answer["data"]?["taskId"]?.string, "\(answer)")
  }
}

/// Keeps the callbacks and answers them in turn.
final class TestReceiver: RequestHandler {
  struct Received {
    let path: String
    let timestamp: String?
    let signature: String?
    let type: String?
    let body: [UInt8]
  }

  weak var server: HTTPServer?
  var received: [Received] = []
  /// Answers to give, one a request; 200 when there are none left.
  var statuses: [Int] = []
  var onRequest: () -> Void = {}

  func handle(_ request: borrowing Request, _ exchange: Exchange) {
    received.append(
      Received(
        path: request.text(request.path), timestamp: request.text(of: "x-webhook-timestamp"),
        signature: request.text(of: "x-webhook-signature"), type: request.text(of: "content-type"),
        body: Array(request.bodyBuffer[request.bodyRange])))
    onRequest()
    let status = statuses.isEmpty ? 200 : statuses.removeFirst()
    server?.respond(to: exchange, with: Response(status: status, contentType: "application/json", text: "{}"))
  }

  func bodies(_ path: String) throws -> [JSON] {
    try received.filter { $0.path == path }.map { try JSON.parse($0.body) }
  }
}
