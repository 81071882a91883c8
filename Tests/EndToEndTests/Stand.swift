// SPDX-License-Identifier: Apache-2.0

import Glibc
import JSON

/// A simulated provider and a server beside each other, whose time runs many times as fast as usual, for both alike.
final class Stand {
  let folder: Folder
  let data: String
  let simulator: SimulatorProcess
  /// Between the server and the provider.
  let relay: Relay?
  let apiPort: UInt16
  private let ports: [ReservedPort]
  private let arguments: [String]
  private let environment: [String]
  private var server: ServerProcess?

  /// - Parameters:
  ///   - faults: of the simulator, as its command takes them.
  ///   - isRelayed: whether the server reaches the provider by way of `relay`.
  ///   - settings: more of the server's environment.
  init(faults: [String] = [], speed: Int = 100, isRelayed: Bool = false, settings: [String] = []) throws {
    folder = try Folder()
    data = folder.path + "/data"
    simulator = try SimulatorProcess.simulate(speed: speed, faults: faults)
    relay = isRelayed ? try Relay(to: simulator.port) : nil
    ports = [try ReservedPort(), try ReservedPort()]
    apiPort = ports[1].number
    arguments = speed == 1 ? [] : ["--provider-speed", "\(speed)"]
    environment =
      settings
      + [
        "HOOKLEDGER_PUBLIC_LISTEN=127.0.0.1:\(ports[0].number)", "HOOKLEDGER_API_LISTEN=127.0.0.1:\(apiPort)",
        "HOOKLEDGER_PUBLIC_URL=http://127.0.0.1:\(ports[0].number)",
        "HOOKLEDGER_PROVIDER_URL=http://127.0.0.1:\(relay?.port ?? simulator.port)",
        "HOOKLEDGER_PROVIDER_API_KEY=any-key", "HOOKLEDGER_RESULTS_ALLOW_HOSTS=127.0.0.1",
      ].filter { standard in !settings.contains { $0.hasPrefix(standard.prefix { $0 != "=" } + "=") } }
    try start()
  }

  deinit {
    relay?.close()
    for id in [server?.id, simulator.id].compactMap({ $0 }) {
      kill(id, SIGKILL)
      _ = try? Program.wait(for: id)
    }
  }

  /// Where the provider is to send callbacks.
  var publicURL: String { "http://127.0.0.1:\(ports[0].number)" }

  // MARK: - The server

  func start() throws {
    server = try ServerProcess.serve(data: data, arguments, environment)
  }

  /// Kills the server from any thread; `reap` has to follow.
  var killer: @Sendable () -> Void {
    guard let id = server?.id else { return {} }
    return { kill(id, SIGKILL) }
  }

  /// Waits for the end of the server: its exit status, or minus the signal that killed it.
  func reap() throws -> Int32? {
    defer { server = nil }
    return try server?.end()
  }

  func stop() throws -> Int32? {
    server?.send(SIGTERM)
    return try reap()
  }

  /// Lets the server write files up to a size only, in bytes; `nil` for any.
  func limitFiles(to bytes: UInt?) throws {
    typealias Function =
      @convention(c) (pid_t, UInt32, UnsafePointer<rlimit>?, UnsafeMutablePointer<rlimit>?) -> Int32
    // A GNU extension, which the Glibc module does not show.
    guard let id = server?.id, let symbol = dlsym(nil, "prlimit") else { throw Broken("no server, or no prlimit") }
    let prlimit = unsafeBitCast(symbol, to: Function.self)
    var limit = rlimit()
    guard prlimit(id, UInt32(RLIMIT_FSIZE.rawValue), nil, &limit) == 0 else { throw Broken.call("prlimit") }
    limit.rlim_cur = bytes ?? limit.rlim_max
    guard prlimit(id, UInt32(RLIMIT_FSIZE.rawValue), &limit, nil) == 0 else { throw Broken.call("prlimit") }
  }

  // MARK: - Asking

  func connect() throws -> ClientConnection { try ClientConnection(port: apiPort) }

  static func order(_ prompt: String = "a red kite") -> JSON {
    [
      "model": "sora-2-image-to-video",
      "input": ["prompt": .string(prompt), "image_urls": ["https://images.example.test/kite.png"]],
    ]
  }

  /// Submits one after the other; their ids.
  func submit(count: Int) throws -> [String] {
    let connection = try connect()
    return try (0..<count).map { number in
      let answer = try connection.post("/api/v1/tasks", Self.order("kite number \(number)"))
      guard let id = answer.json["id"]?.string ?? answer.json["task"]?.string else {
        throw Broken("submission answered with \(answer.status): \(answer.text)")
      }
      return id
    }
  }

  func task(_ id: String) throws -> JSON { try connect().get("/api/v1/tasks/\(id)").json }

  /// Every task of the server, the newest first.
  func tasks() throws -> [JSON] {
    let connection = try connect()
    var all: [JSON] = []
    var cursor = ""
    while true {
      let page = try connection.get("/api/v1/tasks?limit=250\(cursor)").json
      all += page["data"]?.array ?? []
      guard let next = page["nextCursor"]?.string else { return all }
      cursor = "&cursor=\(next)"
    }
  }

  /// The number of a metric without labels.
  func metric(_ name: String) throws -> Int? {
    let text = try connect().get("/metrics").text
    return text.split(separator: "\n").first { $0.hasPrefix("hookledger_\(name) ") }
      .flatMap { $0.split(separator: " ").last }.flatMap { Int($0) }
  }

  /// Runs a command against the server: its exit status, and what it printed.
  func run(_ arguments: [String]) throws -> (status: Int32, output: String) {
    try Program.run(arguments + ["--server", "http://127.0.0.1:\(apiPort)"])
  }

  // MARK: - Waiting

  /// Returns once the condition holds; asked again and again, but not for ever.
  func until(_ what: String, _ condition: () throws -> Bool) throws {
    let start = ContinuousClock.now
    while try !condition() {
      guard start.duration(to: .now) < .seconds(120) else { throw Broken("after two minutes: not yet \(what)") }
      usleep(10_000)
    }
  }

  /// Returns once the provider's record has confirmed the end of each of the tasks.
  func untilConfirmed(_ ids: [String]) throws {
    var open = ids
    let connection = try connect()
    try until("confirmed: \(open.count) of \(ids.count) tasks") {
      while let id = open.last {
        let task = try connection.get("/api/v1/tasks/\(id)").json
        guard task.isEnded, task["trust"] == "confirmed" else { return false }
        open.removeLast()
      }
      return true
    }
  }
}

extension JSON {
  /// Whether a task has ended at the provider.
  var isEnded: Bool { self["state"] == "success" || self["state"] == "fail" }
}
