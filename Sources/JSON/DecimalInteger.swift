// SPDX-License-Identifier: Apache-2.0

/// The integer value of a number's text.
enum DecimalInteger {
  /// The value of `text`, a number by RFC 8259 section 6, if it is an integer that fits; exact, without floating point.
  static func int64(_ text: Span<UInt8>) -> Int64? {
    if let few = digits(text) { return few }
    let isNegative = text[0] == ASCII.minus
    var significand: UInt64 = 0
    // Zeros are held back until a digit follows them, so that a number is only too big when its value is.
    var heldZeros = 0
    var fractionDigits = 0
    var inFraction = false
    var i = isNegative ? 1 : 0
    while i < text.count, text[i] | 0x20 != UInt8(ascii: "e") {
      let byte = text[i]
      i += 1
      guard byte != ASCII.point else {
        inFraction = true
        continue
      }
      if inFraction { fractionDigits += 1 }
      heldZeros += 1
      guard byte != ASCII.zero else { continue }
      guard let shifted = scaled(significand, byPowerOfTen: heldZeros) else { return nil }
      let (sum, overflow) = shifted.addingReportingOverflow(UInt64(byte &- ASCII.zero))
      guard !overflow else { return nil }
      significand = sum
      heldZeros = 0
    }
    if significand == 0 { return 0 }
    let exponent = heldZeros - fractionDigits + Self.exponent(text, from: i + 1)
    guard exponent >= 0, let magnitude = scaled(significand, byPowerOfTen: exponent) else { return nil }
    return isNegative ? Int64(negating: magnitude) : Int64(exactly: magnitude)
  }

  /// What almost every integer is: up to 16 digits, and nothing else.
  @inline(__always)
  private static func digits(_ text: Span<UInt8>) -> Int64? {
    guard text.count >= 8 else { return fewDigits(text) }
    guard text.count <= 16, let low = eightDigits(Words.load(text, at: text.count &- 8) ^ Words.every(ASCII.zero))
    else { return nil }
    // What comes before the last eight, with zeros before it.
    let missing = UInt64(16 &- text.count)
    guard let high = eightDigits((Words.first(text) ^ Words.every(ASCII.zero)) << (8 &* missing)) else { return nil }
    return high &* 100_000_000 &+ low
  }

  /// Less than eight.
  @inline(__always)
  private static func fewDigits(_ text: Span<UInt8>) -> Int64? {
    var value: Int64 = 0
    for i in text.indices {
      let digit = text[i] &- ASCII.zero
      guard digit < 10 else { return nil }
      value = value &* 10 &+ Int64(digit)
    }
    return value
  }

  /// The number that eight digits make, each of them in a byte, if all are digits: put together in pairs, then in pairs
  /// of pairs.
  @inline(__always)
  private static func eightDigits(_ digits: UInt64) -> Int64? {
    guard (digits | (digits &+ Words.every(0x80 &- 10))) & Words.every(0x80) == 0 else { return nil }
    let pairs = (digits &* 10 &+ digits &>> 8) & 0x00FF_00FF_00FF_00FF
    let fours = (pairs &* 100 &+ pairs &>> 16) & 0x0000_FFFF_0000_FFFF
    return Int64(truncatingIfNeeded: (fours &* 10_000 &+ fours &>> 32) & 0xFFFF_FFFF)
  }

  private static func scaled(_ value: UInt64, byPowerOfTen exponent: Int) -> UInt64? {
    if value == 0 { return 0 }
    // 10^20 does not fit, so nothing but zero survives that many steps.
    guard exponent < 20 else { return nil }
    var value = value
    for _ in 0..<exponent {
      let (product, overflow) = value.multipliedReportingOverflow(by: 10)
      guard !overflow else { return nil }
      value = product
    }
    return value
  }

  /// The exponent's value, held within ±10^12: beyond that no text is long enough to make up for it.
  private static func exponent(_ text: Span<UInt8>, from start: Int) -> Int {
    var i = start
    guard i < text.count else { return 0 }
    let isNegative = text[i] == ASCII.minus
    if isNegative || text[i] == ASCII.plus { i += 1 }
    var value = 0
    while i < text.count {
      value = Swift.min(value * 10 + Int(text[i] &- ASCII.zero), 1_000_000_000_000)
      i += 1
    }
    return isNegative ? -value : value
  }
}

extension Int64 {
  /// Minus `magnitude`, if that fits.
  fileprivate init?(negating magnitude: UInt64) {
    guard magnitude <= Int64.min.magnitude else { return nil }
    self = Int64(truncatingIfNeeded: 0 &- magnitude)
  }
}
