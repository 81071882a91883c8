// SPDX-License-Identifier: Apache-2.0

/// How far a report is to be believed, in rising order.
package enum Trust: String, CaseIterable, Comparable, Sendable {
  /// Unsigned, but on the secret address of one of our submissions: a reason to ask the provider.
  case hint
  /// Signed by the provider for this task. The signature does not cover the rest of the body.
  case signed
  /// Fetched from the provider itself.
  case confirmed

  private var rank: Int {
    switch self {
    case .hint: 0
    case .signed: 1
    case .confirmed: 2
    }
  }

  package static func < (a: Trust, b: Trust) -> Bool { a.rank < b.rank }
}
