// SPDX-License-Identifier: Apache-2.0

internal import Callbacks

/// The provider's limit of 20 new tasks in any 10 s, which refuses what is beyond it.
///
/// A request counts at the provider from some moment between its leaving and its answer, so it counts here until the span
/// has passed since its answer: then no delay on the way can push too many into one span.
struct CreateWindow {
  static let limit = 20
  static let span: Int64 = 10_000

  private var unanswered = 0
  /// When requests were answered, oldest first.
  private var answered: [Timestamp] = []

  /// The moment from which on one more may leave; `nil` when that depends on an answer.
  mutating func opening(at now: Timestamp) -> Timestamp? {
    answered.removeAll { now.milliseconds - $0.milliseconds >= Self.span }
    guard unanswered + answered.count >= Self.limit else { return now }
    let needed = unanswered + answered.count - Self.limit
    return needed < answered.count ? answered[needed].advanced(byMilliseconds: Self.span) : nil
  }

  mutating func leave() { unanswered += 1 }

  mutating func answer(at now: Timestamp) {
    unanswered -= 1
    answered.append(now)
  }

  /// The request did not leave after all.
  mutating func withdraw() { unanswered -= 1 }
}
