// SPDX-License-Identifier: Apache-2.0

package import Callbacks

/// All that is known of one task: the fold of its events, and the content of its file.
package struct TaskState: Sendable, Hashable {
  package let id: TaskID
  package var providerTaskID: String?
  package var model: String
  package var state: TaskStage
  package var trust: Trust?
  /// Percent, 0...100.
  package var progress: Int?
  /// Compact JSON text; `nil` for a task created elsewhere.
  package var input: String?
  package var result: TaskResult?
  package var failure: TaskFailure?
  /// What the provider says was charged, as it wrote the number.
  package var credits: String?
  package let createdAt: Timestamp
  package var updatedAt: Timestamp
  package var completedAt: Timestamp?
  package var idempotency: Idempotency?
  /// What a person should look at: contradictions, lost answers, lost results. In plain words.
  package var alerts: [String] = []
  /// Oldest first; the journal has all of it, this a bounded part: progress up to `historyLimit` entries, the rest up to
  /// twice as many.
  package var history: [HistoryEntry] = []
  /// History entries that were left out beyond the limit.
  package var historyOmitted = 0
  /// Ids of tasks that turned out to be this one.
  package var aliases: [TaskID] = []
  /// `seq` of the last event folded in.
  package var seq: UInt64

  static let historyLimit = 500

  package init(id: TaskID, model: String, state: TaskStage, createdAt: Timestamp, seq: UInt64) {
    self.id = id
    self.model = model
    self.state = state
    self.createdAt = createdAt
    self.updatedAt = createdAt
    self.seq = seq
  }

  /// Whether a result file is still owed: success, and neither all files nor the word that they are lost.
  package var awaitsResult: Bool {
    guard state == .success, let result else { return false }
    return !result.isLost && result.files.count < result.urls.count
  }
}

/// Where a task stands: our own words around the provider's.
///
/// The provider's vocabulary is open: a word nobody has seen yet is kept as it is and is not terminal.
package enum TaskStage: Hashable, Sendable {
  /// The request is on its way.
  case submitting
  /// Sent, the answer lost; never sent again by itself.
  case unknown
  /// The provider said no; nothing was charged.
  case refused
  case waiting
  case queuing
  case generating
  case success
  case fail
  /// A word of the provider that is none of these; made by ``init(rawValue:)`` alone.
  case other(String)

  package init(rawValue: String) {
    self =
      switch rawValue {
      case "success": .success
      case "submitting": .submitting
      case "waiting": .waiting
      case "queuing": .queuing
      case "generating": .generating
      case "fail": .fail
      case "unknown": .unknown
      case "refused": .refused
      default: .other(rawValue)
      }
  }

  /// A word of the provider. One that means something else with us counts as waiting: the provider may not make a task
  /// refused by saying so.
  init(_ provider: ProviderState) {
    self =
      switch provider {
      case .waiting: .waiting
      case .queuing: .queuing
      case .generating: .generating
      case .success: .success
      case .fail: .fail
      case .other("submitting"), .other("unknown"), .other("refused"): .waiting
      case .other(let word): .other(word)
      }
  }

  /// The word itself.
  package var rawValue: String {
    switch self {
    case .submitting: "submitting"
    case .unknown: "unknown"
    case .refused: "refused"
    case .waiting: "waiting"
    case .queuing: "queuing"
    case .generating: "generating"
    case .success: "success"
    case .fail: "fail"
    case .other(let word): word
    }
  }

  /// Nothing more will happen to the task itself.
  package var isTerminal: Bool {
    switch self {
    case .success, .fail, .refused: true
    default: false
    }
  }
}

/// What a finished task made.
package struct TaskResult: Sendable, Hashable {
  package var urls: TextList
  package var watermarkURLs: TextList
  /// `resultObject` of the provider as compact JSON text.
  package var object: String?
  package var files: [SavedFile]
  /// The media could not be had: said loudly, never passed off as done.
  package var isLost: Bool

  package init(urls: TextList, watermarkURLs: TextList, object: String?, files: [SavedFile] = [], isLost: Bool = false)
  {
    self.urls = urls
    self.watermarkURLs = watermarkURLs
    self.object = object
    self.files = files
    self.isLost = isLost
  }
}

/// Why a task failed or was refused, in the provider's own words.
package struct TaskFailure: Sendable, Hashable {
  package var code: String?
  package var message: String?

  package init(code: String?, message: String?) {
    self.code = code
    self.message = message
  }
}

/// One line of a task's history.
package struct HistoryEntry: Sendable, Hashable {
  package let seq: UInt64
  package let at: Timestamp
  package let type: EventType
  /// In plain words: the state it told, the reason it gave.
  package var detail: String { words.text }
  let words: Words
  /// The body's digest, for callbacks.
  let digest: UInt64?
  /// Unix seconds of the signature, for signed callbacks.
  let signedAt: Int64?

  /// What `detail` is made of when somebody asks.
  enum Words: Sendable, Hashable {
    case text(String)
    /// What a callback told.
    case told(ProviderState?, percent: Int?, Trust)

    init(_ news: CallbackNews) {
      self = .told(news.report.state, percent: news.report.progress, news.trust)
    }

    var text: String {
      switch self {
      case .text(let text): text
      case .told(let state, let percent, let trust):
        "\(state?.rawValue ?? "no state")\(percent.map { ", \($0) %" } ?? ""), \(trust.rawValue)"
      }
    }

    static func == (a: Words, b: Words) -> Bool { a.text == b.text }

    func hash(into hasher: inout Hasher) { hasher.combine(text) }
  }
}
