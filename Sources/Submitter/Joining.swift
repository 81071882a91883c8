// SPDX-License-Identifier: Apache-2.0

package import Callbacks
internal import Ledger
internal import Provider

/// What became of a join by hand.
package enum JoinOutcome: Sendable {
  /// Booked; the task's state tells the rest.
  case joined
  /// It cannot be, in plain words.
  case notPossible(String)
  /// The provider gave no usable answer, in plain words.
  case failed(String)
  /// The provider's record does not name our callback address; in plain words.
  case unproven(String)
}

/// The operator's way out of `unknown`, when no callback ever names the task.
extension Submitter {
  /// Gives a task whose answer was lost the id under which the provider has it.
  ///
  /// Proof is the provider's own record of that id: its `param` repeats the callback address, and the token in there can
  /// be of nobody else's making. Without that proof only an operator who insists gets it booked, and the task says so.
  package func join(_ id: TaskID, _ providerTaskID: String, isInsisting: Bool) async -> JoinOutcome {
    guard let task = ledger.task(id) else { return .notPossible("there is no such task") }
    if let obstacle = obstacle(task, providerTaskID) { return .notPossible(obstacle) }
    let configuration = current
    guard let provider = configuration.provider else {
      return isInsisting
        ? await book(task, providerTaskID, nil, isProven: false)
        : .notPossible(
          "no API key of the provider is set (provider.apiKey), so nothing can prove it; insist to join anyway")
    }
    switch await provider.recordInfo(taskID: providerTaskID) {
    case .record(let record, let raw):
      let token = CallbackToken.mint(task.id, key: configuration.tokenKey)
      let isProven = raw.contains(Array(token.utf8))
      guard isProven || isInsisting else {
        return .unproven(
          "the provider's record of \(providerTaskID) does not name the callback address of this task: "
            + "it is another task, unless you know better and insist")
      }
      return await book(task, providerTaskID, record, isProven: isProven)
    case .notFound: return .failed("the provider does not know the task \(providerTaskID)")
    case .refused(let refusal): return .failed("\(refusal)")
    case .unparseable where isInsisting: return await book(task, providerTaskID, nil, isProven: false)
    case .unparseable: return .failed("the provider's record of \(providerTaskID) cannot be read")
    case .unavailable(let why): return .failed("the provider was not reached: \(why)")
    }
  }

  /// Closes a task whose answer was lost and that the operator did not find at the provider.
  package func disown(_ id: TaskID) async -> JoinOutcome {
    guard let task = ledger.task(id) else { return .notPossible("there is no such task") }
    guard task.state == .unknown, task.providerTaskID == nil else {
      return .notPossible("only a task in state unknown can be closed by hand; this one is \(task.state.rawValue)")
    }
    do throws(LedgerError) {
      try await ledger.append(
        .refused(task: task.id, code: nil, message: "closed by the operator: the provider never made it"))
      return .joined
    } catch {
      return .failed("\(error)")
    }
  }

  private func obstacle(_ task: TaskState, _ providerTaskID: String) -> String? {
    if let known = task.providerTaskID, known != providerTaskID { return "the provider calls this task \(known)" }
    guard task.state != .submitting else { return "the task is just being submitted" }
    guard task.input != nil else { return "the task was not submitted by this server" }
    guard let holder = ledger.task(providerTaskID: providerTaskID), holder.id != task.id, holder.input != nil else {
      return nil
    }
    return "the provider's \(providerTaskID) is task \(holder.id)"
  }

  private func book(
    _ task: TaskState, _ providerTaskID: String, _ record: TaskReport?, isProven: Bool
  ) async -> JoinOutcome {
    do throws(LedgerError) {
      try await ledger.append(.joined(task: task.id, providerTaskID: providerTaskID, isProven: isProven))
      if let record { try await ledger.append(.record(task: task.id, report: record)) }
      return .joined
    } catch {
      return .failed("\(error)")
    }
  }
}

extension [UInt8] {
  fileprivate func contains(_ pattern: [UInt8]) -> Bool {
    guard count >= pattern.count else { return false }
    return indices.dropLast(pattern.count - 1).contains { place in
      self[place] == pattern[0] && self[place..<place + pattern.count].elementsEqual(pattern)
    }
  }
}
