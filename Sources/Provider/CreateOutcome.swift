// SPDX-License-Identifier: Apache-2.0

package import HTTPClient
internal import JSON

/// How a createTask call ended. Four ends, because money hangs on telling them apart.
package enum CreateOutcome: Hashable, Sendable {
  /// The task exists; its id with the provider, and the answer as it came.
  case accepted(taskID: String, raw: [UInt8])
  /// The provider said no. ``ProviderRefusal/retry`` tells whether the request may be sent again.
  case refused(ProviderRefusal)
  /// The provider cannot have seen the request: it may be sent again.
  case notSent(HTTPClientError.Reason)
  /// The task may exist and cost money: never to be sent again by itself. Its callback tells, if it comes.
  case unknown(reason: String, raw: [UInt8])
}

extension CreateOutcome {
  init(_ result: Result<Envelope, HTTPClientError>) {
    switch result {
    case .failure(.notSent(let reason)): self = .notSent(reason)
    case .failure(.answerLost(let reason)): self = .unknown(reason: "answer lost: \(reason)", raw: [])
    case .success(let envelope): self.init(envelope)
    }
  }

  private init(_ envelope: Envelope) {
    if let refusal = envelope.refusal {
      self = .refused(refusal)
    } else if envelope.verdict == .done {
      if let taskID = envelope.taskID {
        self = .accepted(taskID: taskID, raw: envelope.raw)
      } else {
        self = .unknown(reason: "accepted without a task id", raw: envelope.raw)
      }
    } else {
      self = .unknown(reason: "unclear answer: \(envelope.summary)", raw: envelope.raw)
    }
  }
}

extension Envelope {
  /// The id of the created task: documented as `data.taskId`; the other spellings are those of neighbouring products.
  fileprivate var taskID: String? {
    let candidates = [data?["taskId"], data?["task_id"], data?["recordId"], json?["taskId"], json?["task_id"]]
    return candidates.lazy.compactMap { $0?.string }.first(where: isUsable)
  }
}

/// Opaque, but it must fit into a query and a journal line.
private func isUsable(_ taskID: String) -> Bool {
  (1...256).contains(taskID.utf8.count) && taskID.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F }
}
