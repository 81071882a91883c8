// SPDX-License-Identifier: Apache-2.0

import JSON
import Provider
import Reactor
import Receiver
import Simulator
import Testing

/// The provider's stand-in on a thread and a port of its own.
struct SimulatedProvider {
  let url: String

  init(_ faults: [Fault: Double] = [:], speed: Double = 100) async throws {
    var options = SimulatorOptions(seed: 5)
    options.listen = "127.0.0.1:0"
    options.hmacKey = ServiceFixture.key
    options.speed = speed
    options.faults = faults
    let thread = try LoopThread(name: "simulator") { [options] loop in
      try SimulatorService(loop: loop, options: options)
    }
    let address = await withCheckedContinuation { found in
      thread.mailbox.post { found.resume(returning: "\($0.address)") }
    }
    url = "http://\(address)"
  }

  /// Makes it the provider of a server, which may fetch files from it.
  func use(_ settings: inout Settings) throws {
    settings.provider.url = try WebURL.parse(url)
    settings.provider.uploadURL = settings.provider.url
    settings.provider.apiKey = Secret("test")
    settings.results.allowHosts.append(HostName("127.0.0.1"))
  }
}

extension ServiceFixture {
  static let order: JSON = [
    "model": "sora-2-image-to-video",
    "input": ["prompt": "a red kite", "image_urls": ["https://files.example.test/kite.png"]],
  ]

  /// Creates a task and waits until the provider's own record of its end is booked.
  func confirmedTask() async throws -> JSON {
    await usePublicURL()
    let created = try await post("/api/v1/tasks", Self.order)
    let id = try #require(created.json["id"]?.string, "\(created.json)")
    let ended = try await get("/api/v1/tasks/\(id)?wait=30s")
    try #require(ended.json["state"] == "success", "\(ended.json)")
    return try await post("/api/v1/tasks/\(id)/refresh", .null).json
  }

  /// Asks for a task until it is as wanted; the test's time limit bounds it.
  func task(_ id: String, until isWanted: (JSON) -> Bool) async throws -> JSON {
    while true {
      let task = try await get("/api/v1/tasks/\(id)").json
      if isWanted(task) { return task }
      await Task.yield()
    }
  }
}
