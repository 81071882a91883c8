// SPDX-License-Identifier: Apache-2.0

package import Callbacks
package import JSON

/// The stand-in's own account of what it did: what tests compare the product's with.
package struct SimulatorBook: Sendable {
  /// A task that was created and charged, whether or not its creator was told so.
  package struct Entry: Sendable {
    package let taskID: String
    /// From 1, in the order of the createTask requests that were left to chance.
    package let number: Int
    package let model: String
    package let state: ProviderState
    package let faults: [Fault]
    package let charged: Credits
    package let refunded: Credits
    package let isAnswerLost: Bool
    package let callBackURL: String?
    package let progressCallBackURL: String?
    package let created: Timestamp
    package let ended: Timestamp?
    /// Requests for its files.
    package let downloads: Int
    /// Requests for files that are not its own, but that a changed callback named.
    package let decoyDownloads: Int
  }

  /// A callback that was sent at least once.
  package struct Callback: Sendable {
    package let taskID: String
    package let kind: CallbackKind
    package let url: String
    package let signature: SignatureForm
    /// One a try, `nil` while there is no answer yet.
    package let outcomes: [DeliveryOutcome?]
  }

  package let seed: UInt64
  package let balance: Credits
  package let tasks: [Entry]
  package let callbacks: [Callback]
  /// createTask requests that made no task, by code.
  package let refusals: [Int: Int]

  /// All charges less the refunds.
  package var spent: Credits { tasks.reduce(.zero) { $0 + $1.charged - $1.refunded } }

  /// Callback addresses that more than one task was created with. Where each submission has an address of its own,
  /// every one of these was paid twice.
  package var repeatedCallBackURLs: [String] {
    var seen: Set<String> = []
    var repeated: [String] = []
    for url in tasks.compactMap(\.callBackURL) where !seen.insert(url).inserted && !repeated.contains(url) {
      repeated.append(url)
    }
    return repeated
  }
}

extension SimulatorBook {
  /// The book as `GET /simulator/book` answers it.
  package var json: JSON {
    [
      "seed": JSON(String(seed)),
      "balance": balance.json,
      "spent": spent.json,
      "refusals": .object(JSONObject(refusals.sorted { $0.key < $1.key }.map { (String($0.key), JSON($0.value)) })),
      "repeatedCallBackUrls": .array(repeatedCallBackURLs.map { JSON($0) }),
      "tasks": .array(tasks.map(\.json)),
      "callbacks": .array(callbacks.map(\.json)),
    ]
  }
}

extension SimulatorBook.Entry {
  fileprivate var json: JSON {
    [
      "taskId": JSON(taskID),
      "number": JSON(number),
      "model": JSON(model),
      "state": JSON(state.rawValue),
      "faults": .array(faults.map { JSON($0.rawValue) }),
      "charged": charged.json,
      "refunded": refunded.json,
      "answerLost": .bool(isAnswerLost),
      "callBackUrl": callBackURL.map { JSON($0) } ?? .null,
      "progressCallBackUrl": progressCallBackURL.map { JSON($0) } ?? .null,
      "createTime": JSON(created.milliseconds),
      "completeTime": ended.map { JSON($0.milliseconds) } ?? .null,
      "downloads": JSON(downloads),
      "decoyDownloads": JSON(decoyDownloads),
    ]
  }
}

extension SimulatorBook.Callback {
  fileprivate var json: JSON {
    [
      "taskId": JSON(taskID),
      "kind": JSON(kind.rawValue),
      "url": JSON(url),
      "signature": JSON(signature.rawValue),
      "attempts": .array(outcomes.map { $0?.json ?? .null }),
    ]
  }
}

extension DeliveryOutcome {
  fileprivate var json: JSON {
    switch self {
    case .answered(let status): JSON(status)
    case .failed(let reason): JSON(reason)
    }
  }
}

extension ProviderModel {
  /// What was done so far.
  var book: SimulatorBook {
    SimulatorBook(
      seed: options.seed, balance: balance, tasks: tasks.map(\.entry), callbacks: deliveries.map(callback),
      refusals: refusals)
  }

  private func callback(_ delivery: Delivery) -> SimulatorBook.Callback {
    SimulatorBook.Callback(
      taskID: tasks[delivery.task].id, kind: delivery.kind, url: delivery.url, signature: delivery.signature,
      outcomes: delivery.attempts.map(\.outcome))
  }
}

extension SimulatedTask {
  fileprivate var entry: SimulatorBook.Entry {
    SimulatorBook.Entry(
      taskID: id, number: number, model: model, state: state, faults: Fault.allCases.filter(has), charged: charged,
      refunded: refunded, isAnswerLost: isAnswerLost, callBackURL: callBackURL,
      progressCallBackURL: progressCallBackURL, created: created, ended: ended,
      downloads: fileRequests.values.reduce(0, +), decoyDownloads: decoyRequests)
  }
}
