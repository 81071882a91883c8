// SPDX-License-Identifier: Apache-2.0

/// How the provider's stand-in behaves.
package struct SimulatorOptions: Sendable {
  /// Address and port to listen on; port 0 lets the kernel choose one.
  package var listen = "127.0.0.1:8090"
  /// The key that signs callbacks, as text; without one they come unsigned, as at the provider.
  package var hmacKey: String?
  /// How many times as fast as usual time passes for tasks, more than 0. At 1 a task takes 7 to 12 s.
  package var speed = 1.0
  /// What goes wrong, and with which probability (0 ... 1) for each task.
  package var faults: [Fault: Double] = [:]
  /// Decides, together with a task's number, all that happens to the task, its id included.
  package var seed: UInt64
  /// Where result links point to, without a slash at the end; by default the host that the task was created through.
  package var publicURL: String?
  /// The only API key that is accepted; by default any is.
  package var apiKey: String?
  /// Tasks that may be created in any 10 s (of tasks' time, see `speed`); `nil` for any number. More get code 429.
  package var createsPerTenSeconds: Int? = 20
  /// Tasks that may be under way at once; `nil` for any number. More get code 429.
  package var runningTasks: Int? = 100
  /// The balance to begin with, to the hundredth.
  package var credits = 100_000.25
  /// Hears of everything worth a line, refusals above all; never of a key or of the path of a callback's address.
  package var log: @Sendable (String) -> Void

  /// The defaults, with a seed from the system unless one is given.
  package init(seed: UInt64? = nil, log: @escaping @Sendable (String) -> Void = { _ in }) {
    self.seed = seed ?? UInt64.random(in: .min ... .max)
    self.log = log
  }
}
