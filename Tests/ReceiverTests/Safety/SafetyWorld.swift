// SPDX-License-Identifier: Apache-2.0

import Callbacks
import HTTPClient
import JSON
import Ledger
import Logging
import Provider
import Reactor
import Simulator
import Submitter
import Synchronization
import Testing

@testable import Receiver

/// A simulated provider and a server beside each other, whose time runs many times as fast as usual, for both alike.
final class SafetyWorld: Sendable {
  static let speed = 100.0

  let directory: String
  let ledger: Ledger
  let ends: Ends
  let open: String
  private let local: String
  private let client: HTTPClient
  private let receiver: Mailbox<ReceiverService>
  private let simulator: Mailbox<SimulatorService>

  init(
    _ faults: [Fault: Double] = [:], directory: String? = nil, simulator shared: Mailbox<SimulatorService>? = nil,
    options change: (inout SimulatorOptions) -> Void = { _ in }, settings: (inout Settings) -> Void = { _ in }
  ) async throws {
    self.directory = try directory ?? ServiceFixture.temporaryDirectory()
    let simulator = try shared ?? Self.startSimulator(faults, change)
    let provider = await simulator.ask { $0.address }
    var all = Settings()
    all.public.listen = ListenAddress(host: "127.0.0.1", port: 0)
    all.api.listen = ListenAddress(host: "127.0.0.1", port: 0)
    all.callbacks.hmacKeys = [Secret("test-hmac-key")]
    all.provider.url = try WebURL.parse("http://\(provider)")
    all.provider.apiKey = Secret("test-api-key")
    all.data.directory = self.directory
    all.results.save = false
    settings(&all)
    let thread = try LoopThread(name: "receiver") { [all] loop in
      try ReceiverService(
        loop: loop, settings: all, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
        clock: .running(speed: Self.speed))
    }
    receiver = thread.mailbox
    let isReachable = all.public.url == nil
    let (open, local, ledger) = await receiver.ask { service in
      if isReachable { service.usePublicURL("http://\(service.publicAddress)") }
      return ("\(service.publicAddress)", "\(service.apiAddress)", service.ledger)
    }
    self.open = "http://\(open)"
    self.local = "http://\(local)"
    self.ledger = ledger
    self.simulator = simulator
    ends = Ends()
    ledger.add(observer: ends)
    client = try HTTPClient(HTTPClientConfiguration(userAgent: "tests"))
  }

  private static func startSimulator(
    _ faults: [Fault: Double], _ change: (inout SimulatorOptions) -> Void
  ) throws -> Mailbox<SimulatorService> {
    var options = SimulatorOptions(seed: 7)
    options.listen = "127.0.0.1:0"
    options.hmacKey = "test-hmac-key"
    options.speed = speed
    options.faults = faults
    change(&options)
    let thread = try LoopThread(name: "simulator") { [options] loop in
      try SimulatorService(loop: loop, options: options)
    }
    return thread.mailbox
  }

  /// The provider's own account.
  var book: SimulatorBook {
    get async { await simulator.ask { $0.book } }
  }

  /// Ends the server as SIGTERM would.
  func stop() async {
    await withCheckedContinuation { done in
      receiver.post { $0.stop(within: .seconds(5)) { done.resume() } }
    }
  }

  /// The same provider with a new server on the same folder.
  func restarted() async throws -> SafetyWorld {
    await stop()
    return try await SafetyWorld(directory: directory, simulator: simulator)
  }

  // MARK: - Asking

  struct Answer {
    let status: Int
    let json: JSON
    var id: TaskID? { json["id"]?.string.flatMap { TaskID($0) } }
  }

  func submit(_ prompt: String = "a red kite", key: String? = nil) async throws -> Answer {
    let input: JSON = ["prompt": .string(prompt), "image_urls": ["https://images.example.test/kite.png"]]
    return try await post("/tasks", ["model": "sora-2-image-to-video", "input": input], key: key)
  }

  /// Submits so many at once.
  func submit(count: Int) async throws -> [Answer] {
    try await withThrowingTaskGroup(of: Answer.self) { group in
      for _ in 0..<count { group.addTask { try await self.submit() } }
      return try await group.reduce(into: []) { $0.append($1) }
    }
  }

  func post(_ path: String, _ body: JSON, key: String? = nil) async throws -> Answer {
    var request = HTTPClientRequest(method: .post, url: local + "/api/v1" + path, body: body.compact())
    if let key { request.headers.append(("Idempotency-Key", key)) }
    let response = try await client.send(request)
    return Answer(status: response.status, json: (try? JSON.parse(response.body)) ?? .null)
  }

  func get(_ path: String) async throws -> Answer {
    let response = try await client.send(HTTPClientRequest(url: local + "/api/v1" + path))
    return Answer(status: response.status, json: (try? JSON.parse(response.body)) ?? .null)
  }

  func text(_ path: String) async throws -> String {
    String(decoding: try await client.send(HTTPClientRequest(url: local + path)).body, as: UTF8.self)
  }

  /// The number of one metric without labels.
  func metric(_ name: String) async throws -> String? {
    let line = try await text("/metrics").split(separator: "\n").first { $0.hasPrefix("hookledger_\(name) ") }
    return line?.split(separator: " ").last.map(String.init)
  }

  /// The metric as soon as it is `wanted`, and otherwise as it is after a bounded number of questions: the counters
  /// follow the ledger by a moment.
  func metric(_ name: String, becoming wanted: String) async throws -> String? {
    for _ in 0..<2000 {
      if try await metric(name) == wanted { return wanted }
    }
    return try await metric(name)
  }

  // MARK: - Waiting

  /// Returns once all of the tasks are as wanted.
  func until(_ tasks: [TaskID], _ isDone: @Sendable (TaskState) -> Bool) async {
    await ends.until { tasks.allSatisfy { self.ledger.task($0).map(isDone) ?? false } }
  }

  func untilConfirmed(_ tasks: [TaskID]) async {
    await until(tasks) { $0.state.isTerminal && $0.trust == .confirmed }
  }
}

/// Hears every commit: counts the ends of each task, and lets tests wait for what becomes of them.
final class Ends: CommitObserver {
  private struct State {
    var counts: [TaskID: Int] = [:]
    var waiting: [CheckedContinuation<Void, Never>] = []
    var commits = 0
  }

  private let state = Mutex(State())

  var counts: [TaskID: Int] { state.withLock { $0.counts } }

  func ledgerDid(_ commit: Commit) {
    let waiting = state.withLock { state in
      state.commits += 1
      for change in commit.changes where change.isEnd { state.counts[change.task, default: 0] += 1 }
      defer { state.waiting = [] }
      return state.waiting
    }
    for continuation in waiting { continuation.resume() }
  }

  /// Returns once the condition holds; it is looked at anew after every commit.
  func until(_ condition: () -> Bool) async {
    while true {
      let seen = state.withLock { $0.commits }
      if condition() { return }
      await withCheckedContinuation { continuation in
        let isOutdated = state.withLock { state in
          guard state.commits == seen else { return true }
          state.waiting.append(continuation)
          return false
        }
        if isOutdated { continuation.resume() }
      }
    }
  }
}

extension Mailbox {
  /// An answer from what lives on the loop.
  func ask<Answer: Sendable>(_ question: @escaping @Sendable (Context) -> Answer) async -> Answer {
    await withCheckedContinuation { answer in
      post { answer.resume(returning: question($0)) }
    }
  }
}
