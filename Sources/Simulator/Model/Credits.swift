// SPDX-License-Identifier: Apache-2.0

package import JSON

/// An amount of the provider's money, exact to the hundredth.
package struct Credits: Hashable, Comparable, Sendable, CustomStringConvertible {
  package var hundredths: Int64

  package init(hundredths: Int64) {
    self.hundredths = hundredths
  }

  /// The nearest amount; one beyond what 64 bits hold becomes the greatest.
  package init(_ value: Double) {
    hundredths = Int64(exactly: (value * 100).rounded()) ?? .max
  }

  package static let zero = Credits(hundredths: 0)

  package static func < (left: Self, right: Self) -> Bool { left.hundredths < right.hundredths }
  package static func + (left: Self, right: Self) -> Self { Self(hundredths: left.hundredths + right.hundredths) }
  package static func - (left: Self, right: Self) -> Self { Self(hundredths: left.hundredths - right.hundredths) }

  /// A decimal number without spare zeros: `5916.25`, `30`.
  package var description: String {
    let (whole, part) = hundredths.magnitude.quotientAndRemainder(dividingBy: 100)
    let sign = hundredths < 0 ? "-" : ""
    if part == 0 { return "\(sign)\(whole)" }
    return "\(sign)\(whole).\(part / 10)\(part % 10 == 0 ? "" : String(part % 10))"
  }

  package var json: JSON {
    JSONNumber(text: description).map(JSON.number) ?? 0
  }
}
