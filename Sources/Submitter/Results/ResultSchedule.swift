// SPDX-License-Identifier: Apache-2.0

package import Callbacks

/// What stands in the way of a result.
package enum ResultTrouble: Error, Hashable, Sendable {
  /// It may be otherwise soon, or once the operator has done something: network, disk, a host that is not listed.
  case passing(String)
  /// The link has ended and no other was to be had, or what it leads to is no file that may be kept.
  case gone(String)

  package var words: String {
    switch self {
    case .passing(let words), .gone(let words): words
    }
  }
}

/// When a result that could not be had is asked for again.
///
/// The provider's pages promise links for 24 hours and media for 14 days (task detail page; Getting Started). So a link
/// that has ended is tried for a day: the provider's storage may lag behind its callback. A trouble of another kind is no
/// word about the file: it is tried, less and less often, until the media must be gone.
package enum ResultSchedule {
  /// Waits after the first, second … answer that the link has ended; about 24 hours in all.
  static let afterGone: [Duration] = [
    .seconds(10), .seconds(60), .seconds(600), .seconds(3600), .seconds(6 * 3600), .seconds(17 * 3600),
  ]
  /// Waits after a passing trouble; the last one again and again.
  static let afterPassing: [Duration] = [
    .seconds(5), .seconds(15), .seconds(60), .seconds(300), .seconds(900), .seconds(3600),
  ]
  /// How long after its task's end a result is tried at all.
  static let life = Duration.seconds(14 * 24 * 3600)

  /// - Parameters:
  ///   - gone: how many tries in all ended in ``ResultTrouble/gone``, this one included.
  ///   - passing: how many in a row ended in ``ResultTrouble/passing``.
  ///   - end: when the task ended.
  /// - Returns: the next try; `nil` if there is none: the result is lost.
  package static func nextTry(
    after trouble: ResultTrouble, gone: Int, passing: Int, end: Timestamp, now: Timestamp
  ) -> Timestamp? {
    let wait: Duration
    switch trouble {
    case .gone:
      guard gone <= afterGone.count else { return nil }
      wait = afterGone[max(0, gone - 1)]
    case .passing:
      wait = afterPassing[min(max(0, passing - 1), afterPassing.count - 1)]
    }
    let next = now.advanced(by: wait)
    return next <= end.advanced(by: life) ? next : nil
  }
}

extension Timestamp {
  func advanced(by time: Duration) -> Timestamp {
    Timestamp(
      milliseconds: milliseconds + time.components.seconds * 1000 + time.components.attoseconds / 1_000_000_000_000_000)
  }
}
