// SPDX-License-Identifier: Apache-2.0

package import Callbacks
internal import Ledger
internal import Provider

/// What became of a question about one task.
package enum RefreshOutcome: Sendable {
  /// The provider answered, and what it said is booked.
  case asked
  /// There is nothing to ask, in plain words.
  case notPossible(String)
  /// The provider gave no usable answer, in plain words.
  case failed(String)
}

/// What became of a question about the balance.
package enum CreditsOutcome: Sendable {
  /// Credits left, as the provider wrote the number.
  case balance(String)
  case notPossible(String)
  case failed(String)
}

extension Submitter {
  /// Asks the provider for its own record of the task, and books it: the record confirms or corrects what callbacks
  /// said.
  package func refresh(_ id: TaskID) async -> RefreshOutcome {
    guard let provider = current.provider else {
      return .notPossible("no API key of the provider is set, so it cannot be asked: provider.apiKey")
    }
    guard let task = ledger.task(id) else { return .notPossible("there is no such task") }
    guard let providerTaskID = task.providerTaskID else {
      return .notPossible("the provider's id of this task is not known, so it cannot be asked for it")
    }
    return switch await reconciler.askNow(task, providerTaskID, provider) {
    case .booked: .asked
    case .notFound: .failed("the provider does not know the task \(providerTaskID) (yet)")
    case .refused(let refusal): .failed("\(refusal)")
    case .failed(let why): .failed(why)
    }
  }

  /// A callback about the task was rightly signed, but long ago: it proves nothing, but there may be news.
  package func hint(submission: TaskID?, providerTaskID: String?) {
    guard hasProvider else { return }
    Task { await reconciler.hint(submission, providerTaskID) }
  }

  /// Asks the provider what is left on the account.
  package func credits() async -> CreditsOutcome {
    guard let provider = current.provider else {
      return .notPossible("no API key of the provider is set: provider.apiKey")
    }
    do throws(ProviderError) {
      return .balance(try await account.ask(provider))
    } catch {
      return .failed("\(error)")
    }
  }
}
