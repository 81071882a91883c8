// SPDX-License-Identifier: Apache-2.0

import Callbacks
import JSON
import Synchronization
import Testing

@testable import Simulator

/// 2025-10-09T08:53:20Z
let epoch: Int64 = 1_760_000_000_000

let videoOrder: JSON = [
  "model": "sora-2-image-to-video", "callBackUrl": "http://receiver.test/c",
  "progressCallBackUrl": "http://receiver.test/p",
  "input": ["prompt": "a red kite", "image_urls": ["https://files.example.test/kite.png"]],
]

extension JSON {
  /// The object with some members set, or taken away by `nil`.
  func with(_ changes: KeyValuePairs<String, JSON?>) -> JSON {
    var members = object ?? JSONObject()
    for (key, value) in changes { members[key] = value }
    return .object(members)
  }
}

/// Log lines.
final class Lines: Sendable {
  private let lines = Mutex<[String]>([])

  var all: [String] { lines.withLock { $0 } }

  var sink: @Sendable (String) -> Void {
    { line in self.lines.withLock { $0.append(line) } }
  }
}

/// A callback that the model wanted sent.
struct Sent {
  let delivery: Int
  let time: Duration
  let url: String
  let headers: [String: String]
  let bytes: [UInt8]
  let body: JSON

  var isCompletion: Bool { url.hasSuffix("/c") }
  var data: JSON? { body["data"] }
}

/// The model with a clock that the test moves, and a receiver that answers as the test says.
struct Bench {
  var model: ProviderModel
  var elapsed = Duration.zero
  var sent: [Sent] = []
  /// What the receiver says to a try, by the tries so far.
  var receiver: (Int) -> DeliveryOutcome = { _ in .answered(200) }
  let lines: Lines

  init(
    _ faults: [Fault: Double] = [:], key: String? = "test-hmac-key",
    _ change: (inout SimulatorOptions) -> Void = { _ in }
  ) {
    lines = Lines()
    var options = SimulatorOptions(seed: 11, log: lines.sink)
    options.hmacKey = key
    options.faults = faults
    change(&options)
    model = ProviderModel(options: options)
  }

  var now: Moment { Moment(elapsed: elapsed, unix: Timestamp(milliseconds: epoch + elapsed.milliseconds)) }

  mutating func create(_ order: JSON = videoOrder) -> CreateReply {
    model.create(order.compact(), baseURL: "http://files.test", at: now)
  }

  /// Creates a task and answers its id.
  mutating func task(_ order: JSON = videoOrder) throws -> String {
    let reply = create(order)
    guard case .envelope(let envelope) = reply.answer else { throw Unexpected(what: "\(reply.answer)") }
    return try #require(envelope["data"]?["taskId"]?.string, "\(envelope)")
  }

  /// Runs until nothing is planned before this time, which becomes the present.
  mutating func run(until end: Duration = .seconds(3600)) {
    while let next = model.nextTime, next <= end {
      elapsed = max(elapsed, next)
      for outgoing in model.advance(to: now) {
        sent.append(
          Sent(
            delivery: outgoing.delivery, time: elapsed, url: outgoing.url,
            headers: Dictionary(uniqueKeysWithValues: outgoing.headers.map { ($0.name, $0.value) }),
            bytes: outgoing.body, body: (try? JSON.parse(outgoing.body)) ?? .null))
        _ = model.deliveryEnded(outgoing.delivery, receiver(sent.count), at: now)
      }
    }
    elapsed = end
  }

  mutating func record(_ id: String) throws -> JSON {
    try JSON.parse(model.record(of: id))
  }

  var completions: [Sent] { sent.filter(\.isCompletion) }
  var progress: [Sent] { sent.filter { !$0.isCompletion } }
}

struct Unexpected: Error {
  let what: String
}

extension Duration {
  var milliseconds: Int64 { components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000 }
}

/// What the product makes of a body.
func report(_ body: [UInt8], _ kind: CallbackKind) throws -> TaskReport {
  var reader = TaskReportReader()
  return try reader.read(body.span, kind: kind)
}
