// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import HTTPClient
import JSON
import Logging
import OpenSSL
import Provider
import Reactor
import Receiver
import Simulator

/// `hookledger demo`
struct DemoCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "demo",
    abstract: "The whole job on embedded defaults: a simulated provider, a server, and a sample task.",
    discussion: """
      Needs no account and no network. Everything listens on loopback, on free ports. \
      Exit status 0 when the task ends in success.

        hookledger demo
        hookledger demo --keep
      """)

  @Flag(help: "Go on serving when the task has ended, until Ctrl-C.")
  var keep = false

  @Option(
    help: ArgumentHelp("Where state is kept. (default: a new folder among the temporary files)", valueName: "folder"))
  var dataDirectory: String?

  private static let speed = 3.0
  private static let timeout = Duration.seconds(60)
  private static let settlingTime = Duration.seconds(10)

  func run() async throws {
    let directory = try dataDirectory ?? System.makeTemporaryDirectory("hookledger-demo")
    let demo: Demo
    do {
      demo = try await Demo.start(directory: directory, speed: Self.speed)
    } catch {
      throw CommandError("the demo does not start: \(error)")
    }
    Console.standard.write(demo.introduction)
    let task = try await submit(demo)
    Console.standard.write(try demo.summary(of: task))
    guard keep else {
      await demo.stop()
      return try task.requireSuccess()
    }
    Console.standard.write(demo.invitation(task))
    // Nothing needs to be finished: what has been acknowledged is on disk at any moment.
    System.waitForInterrupt()
  }

  private func submit(_ demo: Demo) async throws(CommandError) -> JSON {
    let created = try await demo.api.post(["tasks"], body: Demo.sample).json
    guard let id = created["id"]?.string else { throw CommandError("the server gave the task no id") }
    Console.standard.write("task \(id) created, the provider calls it \(created["providerTaskId"]?.string ?? "?")\n")
    let ended = try await TaskWatch(api: demo.api, id: id, timeout: Self.timeout).untilEnd()
    return ended.taskState == "success" ? try await settled(id, demo) : ended
  }

  /// The provider's own record and the media follow the callback by a moment: the task as it is when both are there.
  private func settled(_ id: String, _ demo: Demo) async throws(CommandError) -> JSON {
    let start = ContinuousClock.now
    while true {
      let task = try await demo.api.get(["tasks", id]).json
      let files = task["result"]?["files"]?.array ?? []
      if task["trust"] == "confirmed", !files.isEmpty { return task }
      if start.duration(to: .now) > Self.settlingTime { return task }
      try? await Task.sleep(for: .milliseconds(50))
    }
  }
}

/// A simulated provider and a server beside each other, each on a thread of its own.
private struct Demo {
  let directory: String
  let api: LocalAPI
  let simulator: Mailbox<SimulatorService>
  let receiver: Mailbox<ReceiverService>
  let addresses: (provider: SocketAddress, open: SocketAddress, local: SocketAddress)

  static let sample: JSON = [
    "model": "sora-2-image-to-video",
    "input": [
      "prompt": "A paper kite rises over a harbour at dawn, the camera following slowly",
      "image_urls": ["https://images.example.test/kite.png"], "aspect_ratio": "landscape", "n_frames": "10",
    ],
  ]

  /// Starts both.
  static func start(directory: String, speed: Double) async throws -> Demo {
    let secret = try randomBytes(16)
    let key = Hex.encode(secret.span)
    let simulator = try startSimulator(key: key, speed: speed)
    let provider = await simulator.ask { $0.address }
    let receiver = try startReceiver(directory: directory, key: key, provider: provider)
    let (open, local) = await receiver.ask { service in
      service.usePublicURL("http://\(service.publicAddress)")
      return (service.publicAddress, service.apiAddress)
    }
    let client = try HTTPClient(HTTPClientConfiguration(userAgent: "hookledger/\(hookledgerVersion)"))
    return Demo(
      directory: directory, api: LocalAPI(base: "http://\(local)", authorization: nil, client: client),
      simulator: simulator, receiver: receiver, addresses: (provider, open, local))
  }

  private static func startSimulator(key: String, speed: Double) throws -> Mailbox<SimulatorService> {
    var options = SimulatorOptions()
    options.listen = "127.0.0.1:0"
    options.hmacKey = key
    options.speed = speed
    let thread = try LoopThread(name: "simulator") { [options] loop in
      try SimulatorService(loop: loop, options: options)
    }
    return thread.mailbox
  }

  private static func startReceiver(
    directory: String, key: String, provider: SocketAddress
  ) throws -> Mailbox<ReceiverService> {
    var settings = Settings()
    settings.public.listen = ListenAddress(host: "127.0.0.1", port: 0)
    settings.api.listen = ListenAddress(host: "127.0.0.1", port: 0)
    settings.callbacks.hmacKeys = [Secret(key)]
    settings.provider.url = try WebURL.parse("http://\(provider)")
    settings.provider.uploadURL = settings.provider.url
    settings.provider.apiKey = Secret("demo")
    settings.results.allowHosts.append(HostName("127.0.0.1"))
    settings.data.directory = directory
    settings.log.level = .warning
    settings.log.format = .text
    let thread = try LoopThread(name: "receiver") { [settings] loop in
      try ReceiverService(loop: loop, settings: settings, logger: Logger(settings.log))
    }
    return thread.mailbox
  }

  var introduction: String {
    """
    provider (simulated)  http://\(addresses.provider)
    callbacks arrive at   http://\(addresses.open)/callbacks/…
    local API             http://\(addresses.local)/api/v1
    data folder           \(directory)

    """
  }

  /// What the task made, and where all of it stands.
  func summary(of task: JSON) throws(CommandError) -> String {
    let id = task["id"]?.string ?? ""
    var text = "state \(task.taskState), trust \(task["trust"]?.string ?? "none")\n"
    for url in task["result"]?["urls"]?.array ?? [] { text += "result   \(url.string ?? "")\n" }
    for file in task["result"]?["files"]?.array ?? [] {
      text += "saved    \(directory)/\(file["path"]?.string ?? "")\n"
    }
    text += "journal  \(directory)/journal/0000000000000001.jsonl\n"
    text += "task     \(directory)/tasks/\(id.suffix(2).lowercased())/\(id).json\n"
    return text
  }

  func invitation(_ task: JSON) -> String {
    let base = "http://\(addresses.local)"
    let id = task["id"]?.string ?? ""
    return """

      still serving; try in another terminal, and end with Ctrl-C here:
        curl \(base)/api/v1/tasks/\(id)
        curl \(base)/api/v1/tasks/\(id)/events
        curl \(base)/api/v1/requests
        hookledger submit --server \(base) --prompt "A kite" --image-url https://a.test/1.png --wait

      """
  }

  /// Lets what is under way finish, and the task files catch up.
  func stop() async {
    await withCheckedContinuation { done in
      receiver.post { $0.stop(within: .seconds(5)) { done.resume() } }
    }
  }
}

extension Mailbox {
  /// An answer from what lives on the loop.
  fileprivate func ask<Answer: Sendable>(_ question: @escaping @Sendable (Context) -> Answer) async -> Answer {
    await withCheckedContinuation { answer in
      post { answer.resume(returning: question($0)) }
    }
  }
}
