// SPDX-License-Identifier: Apache-2.0

internal import JSON

/// An amount of the provider's money, exact to the millionth: what is added up over years must not drift as binary
/// fractions do.
package struct CreditAmount: Hashable, Comparable, Sendable {
  /// Millionths of a credit. Sums of what `init(_:)` lets through cannot overflow.
  package var millionths: Int128

  package init(millionths: Int128) {
    self.millionths = millionths
  }

  package static let zero = CreditAmount(millionths: 0)

  /// Far above any account, and small enough for 64 bits.
  private static let limit: Int128 = 1_000_000_000_000_000_000
  /// Digits beyond these are below any amount within the limit.
  private static let maxDigits = 30

  /// Reads a number as JSON writes it; half a millionth and more is rounded up, away from zero. `nil` for any other text,
  /// and for amounts beyond a million million credits.
  package init?(_ text: String) {
    if let few = Self.plain(text) {
      millionths = few
      return
    }
    guard text.utf8.count <= 100, JSONNumber(text: text) != nil else { return nil }
    let parts = text.split(maxSplits: 1) { $0 == "e" || $0 == "E" }
    var digits: Int128 = 0
    var count = 0
    var scale = 6
    var isFraction = false
    for byte in parts[0].utf8 where byte != UInt8(ascii: "-") {
      guard byte != UInt8(ascii: ".") else {
        isFraction = true
        continue
      }
      guard count < Self.maxDigits else {
        if !isFraction { scale += 1 }
        continue
      }
      digits = digits * 10 + Int128(byte - UInt8(ascii: "0"))
      if digits > 0 { count += 1 }
      if isFraction { scale -= 1 }
    }
    guard let exponent = parts.count > 1 ? Int(parts[1]) : 0, let size = Self.shift(digits, by: scale, exponent),
      size <= Self.limit
    else { return nil }
    millionths = text.utf8.first == UInt8(ascii: "-") ? -size : size
  }

  /// What almost every amount is: some digits, and at most six behind a point.
  private static func plain(_ text: String) -> Int128? {
    withBytes(of: text) { plain($0) }
  }

  private static func plain(_ bytes: Span<UInt8>) -> Int128? {
    guard 1...15 ~= bytes.count, bytes[0] != UInt8(ascii: "0") || bytes.count == 1 else { return nil }
    var digits: Int64 = 0
    var places: Int?
    for index in bytes.indices {
      if bytes[index] == UInt8(ascii: "."), places == nil, index > 0 {
        places = 0
        continue
      }
      let digit = bytes[index] &- UInt8(ascii: "0")
      guard digit < 10 else { return nil }
      digits = digits * 10 + Int64(digit)
      if let known = places { places = known + 1 }
    }
    guard places != 0, places ?? 0 <= 6 else { return nil }
    for _ in (places ?? 0)..<6 { digits *= 10 }
    return Int128(digits)
  }

  /// The digits times a power of ten; `nil` if that is too large.
  private static func shift(_ digits: Int128, by scale: Int, _ exponent: Int) -> Int128? {
    guard digits > 0 else { return 0 }
    let (places, isBeyond) = scale.addingReportingOverflow(exponent)
    guard !isBeyond, places <= maxDigits else { return exponent < 0 ? 0 : nil }
    // The last of the digits that are cut off decides on rounding.
    guard places > -2 * maxDigits else { return 0 }
    var result = digits
    var rest: Int128 = 0
    for _ in 0..<max(0, -places) { (result, rest) = result.quotientAndRemainder(dividingBy: 10) }
    if rest >= 5 { result += 1 }
    for _ in 0..<max(0, places) {
      guard result <= limit else { return nil }
      result *= 10
    }
    return result
  }

  package static func < (a: CreditAmount, b: CreditAmount) -> Bool { a.millionths < b.millionths }

  package static func + (a: CreditAmount, b: CreditAmount) -> CreditAmount {
    CreditAmount(millionths: a.millionths + b.millionths)
  }

  package static func - (a: CreditAmount, b: CreditAmount) -> CreditAmount {
    CreditAmount(millionths: a.millionths - b.millionths)
  }
}

extension CreditAmount: CustomStringConvertible {
  /// A JSON number without spare zeros: `5916.25`, `30`, `-0.000001`.
  package var description: String {
    let (whole, part) = millionths.magnitude.quotientAndRemainder(dividingBy: 1_000_000)
    var text = millionths < 0 ? "-\(whole)" : "\(whole)"
    guard part > 0 else { return text }
    var digits = String(part)
    digits = String(repeating: "0", count: 6 - digits.count) + digits
    while digits.last == "0" { digits.removeLast() }
    text += ".\(digits)"
    return text
  }
}
