// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Glibc
import Reactor
import Simulator

/// `hookledger simulate`
struct SimulateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "simulate",
    abstract: "Run a local stand-in for the provider: no account, no network, no cost.",
    discussion: """
      It answers createTask, recordInfo, credits, download-url and uploads, and posts \
      signed progress and completion callbacks. Nobody outside the provider has ever \
      published a progress callback: its shape here is a guess.

      Faults, as NAME (always) or NAME=RATE (0 to 1, for each task):
      \(Self.faults)

        hookledger simulate --hmac-key test-key --speed 5
        hookledger simulate --fault lost=0.1 --fault duplicate --seed 7
      """)

  @Option(help: ArgumentHelp("Address and port to listen on.", valueName: "address"))
  var listen = "127.0.0.1:8090"

  @Option(help: ArgumentHelp("Sign callbacks with this key; without it they come unsigned.", valueName: "key"))
  var hmacKey: String?

  @Option(
    help: ArgumentHelp("How many times as fast as usual tasks run; at 1 one takes 7 to 12 s.", valueName: "factor"))
  var speed = 1.0

  @Option(help: ArgumentHelp("What goes wrong, and how often; repeatable.", valueName: "name[=rate]"))
  var fault: [FaultRate] = []

  @Option(help: ArgumentHelp("The same seed gives the same tasks and the same faults again.", valueName: "number"))
  var seed: UInt64?

  func validate() throws {
    guard speed > 0, speed.isFinite else { throw ValidationError("--speed must be above 0") }
  }

  func run() throws {
    Signals.block([SIGTERM, SIGINT])
    var options = SimulatorOptions(seed: seed) { Console.standard.writeError("\($0)\n") }
    options.listen = listen
    options.hmacKey = hmacKey
    options.speed = speed
    for rate in fault { options.faults[rate.fault] = rate.rate }
    do {
      let loop = try Loop()
      let service = try SimulatorService(loop: loop, options: options)
      let signals = try Signals(loop: loop, [SIGTERM, SIGINT]) { _ in loop.stop() }
      Console.standard.writeError("simulating the provider on http://\(service.address), seed \(options.seed)\n")
      try loop.run()
      signals.close()
    } catch {
      throw CommandError("the simulator does not start: \(error)")
    }
  }

  private static var faults: String {
    let width = Fault.allCases.map(\.rawValue.count).max() ?? 0
    return Fault.allCases.map { fault in
      "  \(fault.rawValue)" + String(repeating: " ", count: width - fault.rawValue.count) + "  \(fault.summary)"
    }.joined(separator: "\n")
  }
}

extension FaultRate: ExpressibleByArgument {
  package init?(argument: String) {
    guard let rate = try? FaultRate(argument) else { return nil }
    self = rate
  }
}
