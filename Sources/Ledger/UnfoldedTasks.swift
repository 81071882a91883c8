// SPDX-License-Identifier: Apache-2.0

internal import Callbacks

/// Finished tasks whose whole story is one callback since the start, and whose file does not have it yet. Their states
/// follow from the callback alone, so they are made when the file is due or somebody asks: until then the callback takes
/// less memory, and whoever waits for an answer need not wait for the fold.
///
/// Numbers come in blocks: one more moves none of those that are there, while everybody waits for the ledger.
struct UnfoldedTasks {
  private static let shift = 9
  private static let mask = 1 << shift - 1

  private var blocks: [[Event?]] = []
  /// Numbers that are or were taken: all below.
  private var end = 0
  private var free: [Int] = []

  var count: Int { end - free.count }

  /// The task's only event; `nil` under a number that is free.
  subscript(number: Int) -> Event? { blocks[number >> Self.shift][number & Self.mask] }

  /// - Returns: the task's number.
  mutating func add(_ event: Event) -> Int {
    if let number = free.popLast() {
      blocks[number >> Self.shift][number & Self.mask] = event
      return number
    }
    if end & Self.mask == 0 {
      blocks.append([])
      // The first block of a small ledger grows as it needs.
      if end > 0 { blocks[end >> Self.shift].reserveCapacity(1 << Self.shift) }
    }
    blocks[end >> Self.shift].append(event)
    end += 1
    return end - 1
  }

  /// The task is in its file, or its state in memory.
  mutating func remove(_ number: Int) {
    blocks[number >> Self.shift][number & Self.mask] = nil
    free.append(number)
    if count == 0 { self = UnfoldedTasks() }
  }
}

extension Book {
  /// Enters a task that nobody has heard of and that ended with the callback in which it is first named, without folding
  /// that: the same as `apply`, only sooner done.
  ///
  /// - Returns: what the event did; `nil`, and nothing is changed, if it is another kind of event.
  mutating func enter(_ event: Event) -> Change? {
    guard case .callback(let news) = event.what, let end = CallbackEnd(news, event),
      index.ordinal(ofKey: end.providerKey) == nil
    else { return nil }
    let id = Self.foreignTask(at: event.at, event.seq)
    let ordinal = index.enter(id, end, model: news.report.model ?? "", seq: event.seq)
    index.setUnfolded(ordinal, unfolded.add(event))
    unwritten.append(ordinal)
    return Change(task: id, effect: .ended)
  }
}

extension CallbackEnd {
  /// The same of a callback that has just come in; `nil` for one that is not on the shared address or ends nothing.
  fileprivate init?(_ news: CallbackNews, _ event: Event) {
    guard news.isCompletion, news.submission == nil else { return nil }
    if case .confirmed = news.trust { return nil }
    let word = news.report.state?.rawValue
    let isSuccess = word == ProviderState.success.rawValue
    guard isSuccess ? news.report.namesResult : word == ProviderState.fail.rawValue else { return nil }
    self.init(
      at: event.at, isSigned: !news.isHint, digest: news.digest, providerKey: event.providerKey, model: nil,
      isSuccess: isSuccess, hasURLs: !news.report.urls.isEmpty, charge: news.report.credits.flatMap { CreditAmount($0) }
    )
  }
}

extension TaskState {
  /// The task of that id whose whole story is this event.
  init(_ id: TaskID, of event: Event) {
    self.init(id, bornBy: event)
    _ = apply(event)
  }
}
