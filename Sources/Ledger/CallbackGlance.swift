// SPDX-License-Identifier: Apache-2.0

internal import Callbacks

/// What the index keeps of a callback on the shared address, read without making the event. By far the most lines of a
/// journal that is replayed may be such ones.
struct CallbackGlance {
  /// What the callback told of the task's state.
  enum Told {
    /// The task has ended.
    case end
    /// Nothing, or what progress may not say.
    case nothing
    /// A state on the way.
    case state(OpenStage)

    /// Where an open task stands then; `nil` if it has ended.
    func stage(after stage: OpenStage) -> OpenStage? {
      switch self {
      case .end: nil
      case .nothing: stage
      case .state(let told): told
      }
    }
  }

  /// The states on the way that the provider documents.
  enum OpenStage {
    case waiting, queuing, generating

    var rawValue: String {
      switch self {
      case .waiting: TaskStage.waiting.rawValue
      case .queuing: TaskStage.queuing.rawValue
      case .generating: TaskStage.generating.rawValue
      }
    }
  }

  /// What it says of an end, if it is one; else its first members count alone.
  var end: CallbackEnd
  var isCompletion: Bool
  /// Where the provider's id stands among the bytes.
  var name: Range<Int>
  /// Where the model's name stands among the bytes.
  var model: Range<Int>?
  var told = Told.nothing
}

extension LineReader {
  /// The callback on the line; `nil` for any other line, and for one in which something is unusual: those are for
  /// `event(seq:)`. The raw request is not looked at.
  mutating func glance() -> CallbackGlance? {
    guard JournalLine.skipHead(&self), skip(JournalField.at), let at = integer(), skip(JournalField.type) else {
      return nil
    }
    let isCompletion = skip("callback\"")
    guard isCompletion || skip("progress\""), skip(JournalField.trust), let trust = trust(), skip(JournalField.digest),
      let digest = hex(), pass(JournalField.signedAt, Self.passInteger), skip(JournalField.report),
      let name = quoted(), !name.hasEscape, !name.range.isEmpty
    else { return nil }
    var news = CallbackGlance(
      end: CallbackEnd(
        at: Timestamp(milliseconds: at), isSigned: trust != .hint, digest: digest,
        providerKey: withSpan(name.range) { TaskIndex.key($0) }, isSuccess: false),
      isCompletion: isCompletion, name: name.range)
    guard readReport(&news), sees(JournalField.request) else { return nil }
    return news
  }

  /// The members of the report behind the provider's id.
  private mutating func readReport(_ news: inout CallbackGlance) -> Bool {
    if skip(JournalField.model) {
      guard let model = quoted(), !model.hasEscape else { return false }
      news.model = model.range
    }
    if skip(JournalField.state), !readState(&news) { return false }
    let isEnd = if case .end = news.told { true } else { false }
    guard pass(JournalField.progress, Self.passInteger), pass(JournalField.progressText, Self.passString) else {
      return false
    }
    news.end.hasURLs = sees(JournalField.urls)
    guard pass(JournalField.urls, Self.passStrings) else { return false }
    let hasOther = sees(JournalField.watermarkURLs)
    guard pass(JournalField.watermarkURLs, Self.passStrings) else { return false }
    // A success without a result is no end.
    guard !news.end.isSuccess || news.end.hasURLs || hasOther || sees(JournalField.object) else { return false }
    guard pass(JournalField.object, Self.passString), pass(JournalField.failCode, Self.passString),
      pass(JournalField.failMessage, Self.passString)
    else { return false }
    if !isEnd {
      guard pass(JournalField.credits, Self.passString) else { return false }
    } else if skip(JournalField.credits) {
      guard let credits = quoted(), !credits.hasEscape else { return false }
      news.end.charge = CreditAmount(text(credits.range))
    }
    return passRest()
  }

  /// - Returns: false for a word that the provider does not document.
  private mutating func readState(_ news: inout CallbackGlance) -> Bool {
    if skip("\"success\"") {
      news.end.isSuccess = news.isCompletion
      news.told = news.isCompletion ? .end : .nothing
    } else if skip("\"generating\"") {
      news.told = .state(.generating)
    } else if skip("\"fail\"") {
      news.told = news.isCompletion ? .end : .nothing
    } else if skip("\"waiting\"") {
      news.told = .state(.waiting)
    } else if skip("\"queuing\"") {
      news.told = .state(.queuing)
    } else {
      return false
    }
    return true
  }
}
