// SPDX-License-Identifier: Apache-2.0

internal import Callbacks

/// Finished tasks whose whole story is one callback since the start, and whose file does not have it yet. Their states
/// follow from the callback alone, so they are made when the file is due or somebody asks: until then the callback takes
/// less memory, and whoever waits for an answer need not wait for the fold. When many wait already, the callback is left
/// in the journal instead (`DeferredTasks`).
struct UnfoldedTasks {
  /// So many may wait in memory, each with some 800 bytes: far more than do while files keep up with the callbacks, so
  /// that those are never read back; and so few that a storm of callbacks soon goes on in memory that it had before.
  static let usualLimit = 4096

  private var events = NumberedValues<Event?>()

  var count: Int { events.count }

  /// The task's only event; `nil` under a number that is free.
  subscript(number: Int) -> Event? { events[number] }

  /// - Returns: the task's number.
  mutating func add(_ event: Event) -> Int { events.add(event) }

  /// The task is in its file, or its state in memory.
  mutating func remove(_ number: Int) {
    events[number] = nil
    events.remove(number)
  }
}

extension Book {
  /// Enters a task that nobody has heard of and that ended with the callback in which it is first named, without folding
  /// that: the same as `apply`, only sooner done. Where many such wait already, the event itself is left in the journal.
  ///
  /// - Parameter place: where the event's line stands; `nil` where that has no place.
  /// - Returns: what the event did; `nil`, and nothing is changed, if it is another kind of event.
  @inline(__always)
  mutating func enter(_ event: Event, at place: @autoclosure () -> JournalPlace?) -> Change? {
    guard case .callback(let news) = event.what, let end = CallbackEnd(news, event),
      index.ordinal(ofKey: end.providerKey) == nil
    else { return nil }
    let id = Self.foreignTask(at: event.at, event.seq)
    let ordinal = index.enter(id, end, model: news.report.model ?? "", seq: event.seq)
    if unfolded.count >= unfoldedLimit, let place = place() {
      index.setDeferral(ordinal, deferred.add(place))
    } else {
      index.setUnfolded(ordinal, unfolded.add(event))
    }
    unwritten.append(ordinal)
    return Change(task: id, effect: .ended)
  }
}

extension CallbackEnd {
  /// The same of a callback that has just come in; `nil` for one that is not on the shared address or ends nothing.
  fileprivate init?(_ news: CallbackNews, _ event: Event) {
    guard news.isCompletion, news.submission == nil else { return nil }
    if case .confirmed = news.trust { return nil }
    let isSuccess: Bool
    switch news.report.state {
    case .success where news.namesResult: isSuccess = true
    case .fail: isSuccess = false
    default: return nil
    }
    self.init(
      at: event.at, isSigned: !news.isHint, digest: news.digest, providerKey: event.providerKey, isSuccess: isSuccess,
      hasURLs: news.report.urls.first != nil, charge: news.report.credits.flatMap { CreditAmount($0) })
  }
}

extension CallbackNews {
  /// The same as the report's, of which no copy is made for it.
  fileprivate var namesResult: Bool {
    report.urls.first != nil || report.watermarkURLs.first != nil || report.object != nil
  }
}

extension TaskState {
  /// The task of that id whose whole story is this event.
  init(_ id: TaskID, of event: Event) {
    self.init(id, bornBy: event)
    _ = apply(event)
  }
}
