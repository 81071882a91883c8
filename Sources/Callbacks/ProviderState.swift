// SPDX-License-Identifier: Apache-2.0

/// What the provider says a task is doing.
///
/// An open set: the provider documents five words and has sent others, so that a word unknown to us is kept as it came
/// and is never terminal (kie.ai, "Get Task Details").
package enum ProviderState: Hashable, Sendable {
  /// Accepted, not yet in the queue.
  case waiting
  /// In the queue.
  case queuing
  /// Being made.
  case generating
  /// Ended with a result.
  case success
  /// Ended without a result.
  case fail
  /// A word that is none of these; made by ``init(rawValue:)`` alone.
  case other(String)

  /// The state with exactly this word; words of the provider are read with ``init(reading:)``.
  package init(rawValue: String) {
    self = Self.documented(rawValue) ?? .other(rawValue)
  }

  /// The state that a word of the provider means.
  ///
  /// The documented words count in any case and `failed` is `fail`, both of which have been seen; anything else stays as
  /// it is. `nil` for an empty word.
  package init?(reading word: String) {
    guard !word.isEmpty else { return nil }
    self = Self.known(word) ?? Self.known(word.lowercased()) ?? .other(word)
  }

  /// The state whose documented word stands in a body as it is documented; `nil` for any other word, and for one that is
  /// longer than eight bytes: those are for ``init(reading:)``.
  init?(shortWord word: Span<UInt8>) {
    switch (word.count, word.shortWord) {
    case (7, 0x73_7365_6363_7573): self = .success
    case (4, 0x6C69_6166): self = .fail
    case (7, 0x67_6E69_7469_6177): self = .waiting
    case (7, 0x67_6E69_7565_7571): self = .queuing
    default: return nil
    }
  }

  private static func known(_ word: String) -> ProviderState? {
    documented(word) ?? (word == "failed" ? .fail : nil)
  }

  private static func documented(_ word: String) -> ProviderState? {
    switch word {
    case "success": .success
    case "waiting": .waiting
    case "queuing": .queuing
    case "generating": .generating
    case "fail": .fail
    default: nil
    }
  }

  /// The word itself.
  package var rawValue: String {
    switch self {
    case .waiting: "waiting"
    case .queuing: "queuing"
    case .generating: "generating"
    case .success: "success"
    case .fail: "fail"
    case .other(let word): word
    }
  }

  /// Whether the task has ended: only ``success`` and ``fail`` say so.
  package var isTerminal: Bool {
    switch self {
    case .success, .fail: true
    default: false
    }
  }
}
