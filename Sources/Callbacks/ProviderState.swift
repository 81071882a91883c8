// SPDX-License-Identifier: Apache-2.0

/// What the provider says a task is doing.
///
/// An open set: the provider documents five words and has sent others, so that a word unknown to us is kept as it came
/// and is never terminal (kie.ai, "Get Task Details").
package struct ProviderState: RawRepresentable, Hashable, Sendable {
  /// The word itself.
  package let rawValue: String

  /// The state with exactly this word; words of the provider are read with ``init(reading:)``.
  package init(rawValue: String) {
    self.rawValue = rawValue
  }

  /// The state that a word of the provider means.
  ///
  /// The documented words count in any case and `failed` is `fail`, both of which have been seen; anything else stays as
  /// it is. `nil` for an empty word.
  package init?(reading word: String) {
    guard !word.isEmpty else { return nil }
    self = Self.known(word) ?? Self.known(word.lowercased()) ?? ProviderState(rawValue: word)
  }

  private static func known(_ word: String) -> ProviderState? {
    switch word {
    case "success": .success
    case "waiting": .waiting
    case "queuing": .queuing
    case "generating": .generating
    case "fail", "failed": .fail
    default: nil
    }
  }

  /// Accepted, not yet in the queue.
  package static let waiting = ProviderState(rawValue: "waiting")
  /// In the queue.
  package static let queuing = ProviderState(rawValue: "queuing")
  /// Being made.
  package static let generating = ProviderState(rawValue: "generating")
  /// Ended with a result.
  package static let success = ProviderState(rawValue: "success")
  /// Ended without a result.
  package static let fail = ProviderState(rawValue: "fail")

  /// Whether the task has ended: only ``success`` and ``fail`` say so.
  package var isTerminal: Bool { self == .success || self == .fail }
}
