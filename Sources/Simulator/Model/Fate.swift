// SPDX-License-Identifier: Apache-2.0

/// Everything about a task that is left to chance, drawn once and in a fixed order from a generator of its own: what
/// happens to a task does not depend on the other tasks, nor a fault on the rates of the others.
struct Fate: Hashable, Sendable {
  /// How the answer to createTask is lost.
  enum Loss: Int, CaseIterable, Sendable {
    /// The connection ends without a byte.
    case beforeFirstByte
    /// The connection ends within the body.
    case midway
    /// Nothing for a while, then the connection ends.
    case afterSilence
  }

  let taskID: String
  /// The id of no task, for bodies that lie.
  let strangerID: String
  /// Times at speed 1.
  let waiting: Duration
  /// `nil` for a task that is never seen to queue.
  let queuing: Duration?
  let generating: Duration
  /// For models without progress: whether the task goes from waiting to its end in one step, as many were seen to.
  let isNeverGenerating: Bool
  /// Percent at equal distances while generating.
  let progress: [Int]
  /// Results of models that may have several.
  let results: Int
  let loss: Loss
  let faults: Set<Fault>

  init(seed: UInt64, number: Int, rates: [Fault: Double]) {
    var generator = SplitMix64(seed: seed, stream: UInt64(number))
    taskID = generator.identifier()
    strangerID = generator.identifier()
    waiting = .milliseconds(generator.integer(in: 500...1500))
    let isQueuing = generator.unit() < 0.5
    let queued = Duration.milliseconds(generator.integer(in: 300...1000))
    queuing = isQueuing ? queued : nil
    generating = .milliseconds(generator.integer(in: 6000...9000))
    isNeverGenerating = generator.unit() < 0.5
    let steps = generator.integer(in: 4...7)
    progress = (1...steps).map { $0 * 100 / (steps + 1) + generator.integer(in: -6...6) }
    results = generator.integer(in: 1...2)
    loss = Loss(rawValue: generator.integer(in: 0...Loss.allCases.count - 1)) ?? .beforeFirstByte
    // One draw a fault, whatever its rate, so that they do not depend on each other.
    faults = Set(Fault.allCases.filter { generator.unit() < rates[$0] ?? 0 })
  }
}
