// SPDX-License-Identifier: Apache-2.0

/// A set of ASCII characters as two words, so that membership is a shift and a mask without a table in memory.
/// The tests spell every set out as text and compare.
struct ByteSet {
  /// Bit n is the character n.
  let low: UInt64
  /// Bit n is the character n + 64.
  let high: UInt64

  @inline(__always)
  func contains(_ byte: UInt8) -> Bool {
    let word = byte < 64 ? low : high
    return byte < 128 && (word &>> UInt64(byte & 63)) & 1 != 0
  }

  /// RFC 9110, 5.6.2: `tchar`.
  static var token: ByteSet { ByteSet(low: 0x03FF_6CFA_0000_0000, high: 0x57FF_FFFF_C7FF_FFFE) }
  /// RFC 3986, 3.3: `pchar` without `pct-encoded`, and "/".
  static var path: ByteSet { ByteSet(low: 0x2FFF_FFD2_0000_0000, high: 0x47FF_FFFE_87FF_FFFF) }
  /// RFC 3986, 3.4: `query` without `pct-encoded`.
  static var query: ByteSet { ByteSet(low: 0xAFFF_FFD2_0000_0000, high: 0x47FF_FFFE_87FF_FFFF) }
  /// RFC 3986, 3.2.2: `reg-name` without `pct-encoded` and without ",".
  static var registeredName: ByteSet { ByteSet(low: 0x2BFF_6FD2_0000_0000, high: 0x47FF_FFFE_87FF_FFFE) }
  /// What an `Authority` may have in it: `registeredName`, "%", ":" and the brackets of an IP literal.
  static var authority: ByteSet { ByteSet(low: 0x2FFF_6FF2_0000_0000, high: 0x47FF_FFFE_AFFF_FFFE) }
  /// RFC 9110, 5.6.4: `qdtext` without `obs-text`.
  static var quotedText: ByteSet { ByteSet(low: 0xFFFF_FFFB_0000_0200, high: 0x7FFF_FFFF_EFFF_FFFF) }
}

extension UInt8 {
  static var tab: UInt8 { 0x09 }
  static var lineFeed: UInt8 { 0x0A }
  static var carriageReturn: UInt8 { 0x0D }
  static var space: UInt8 { 0x20 }

  /// OWS, RFC 9110, 5.6.3.
  @inline(__always)
  var isBlank: Bool { self == .space || self == .tab }

  @inline(__always)
  var isDigit: Bool { self &- 0x30 < 10 }

  @inline(__always)
  var isLetter: Bool { (self | 0x20) &- 0x61 < 26 }

  /// What a field value may hold: VCHAR, SP, HTAB and obs-text (RFC 9110, 5.5).
  @inline(__always)
  var isFieldContent: Bool { (self >= 0x20 && self != 0x7F) || self == .tab }

  /// The value of a hexadecimal digit in either case.
  @inline(__always)
  var hexValue: UInt8? {
    if isDigit { return self &- 0x30 }
    let letter = (self | 0x20) &- 0x61
    return letter < 6 ? letter &+ 10 : nil
  }

  /// Letters A-Z as a-z, everything else as it is.
  @inline(__always)
  var lowercased: UInt8 { self &- 0x41 < 26 ? self | 0x20 : self }
}

extension Span<UInt8> {
  /// `range` without SP and HTAB at either end.
  @inline(__always)
  func trimmingBlanks(_ range: Range<Int>) -> Range<Int> {
    var lower = range.lowerBound
    var upper = range.upperBound
    while lower < upper, self[lower].isBlank { lower += 1 }
    while upper > lower, self[upper - 1].isBlank { upper -= 1 }
    return lower..<upper
  }
}
