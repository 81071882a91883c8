// SPDX-License-Identifier: Apache-2.0

/// Scanners of single tokens, each at the front of what is left of a text. Where eight bytes are left they are looked at
/// in one word, which is right for nearly every token; what is rare, the end of the text, and every fault are for the
/// scanners that go byte by byte.
enum Scan {
  /// The offset of the first byte from `start` on that is no white space; the end of the text without one.
  @inline(never)
  static func whiteSpace(_ text: Span<UInt8>, from start: UInt32) -> UInt32 {
    var i = start
    while Int(i) < text.count, ASCII.isWhiteSpace(text[Int(i)]) { i &+= 1 }
    return i
  }

  /// A number, `true`, `false` or `null`.
  struct Scalar {
    let kind: JSONKind
    var isTrue = false
    let count: Int
  }

  /// The scalar at the front of `rest`, which is not empty and the end of `text`.
  @inline(never)
  static func scalar(_ rest: Span<UInt8>, of text: Span<UInt8>) throws(JSONError) -> Scalar {
    switch rest[0] {
    case ASCII.zero...ASCII.nine, ASCII.minus: Scalar(kind: .number, count: try number(rest, of: text))
    case UInt8(ascii: "n"): Scalar(kind: .null, count: try literal(rest, of: text, ASCII.null))
    case UInt8(ascii: "t"): Scalar(kind: .bool, isTrue: true, count: try literal(rest, of: text, ASCII.true))
    case UInt8(ascii: "f"): Scalar(kind: .bool, count: try literal(rest, of: text, ASCII.false))
    default: throw unexpectedByte(text, at: text.count &- rest.count)
    }
  }

  /// `true`, `false` or `null`: four or five bytes whose first one the caller has seen. Returns their number.
  @inline(__always)
  static func literal(
    _ rest: Span<UInt8>, of text: Span<UInt8>, _ literal: ASCII.Literal
  ) throws(JSONError) -> Int {
    let isWhole = rest.count >= 8 && (Words.first(rest) ^ literal.word) &<< UInt64(64 &- 8 &* literal.count) == 0
    if !isWhole { try check(rest, of: text, literal) }
    return literal.count
  }

  private static func check(_ rest: Span<UInt8>, of text: Span<UInt8>, _ literal: ASCII.Literal) throws(JSONError) {
    for i in 1..<literal.count {
      guard i < rest.count else { throw JSONError(offset: text.count, reason: .unexpectedEnd) }
      guard rest[i] == UInt8(truncatingIfNeeded: literal.word &>> UInt64(8 &* i)) else {
        throw JSONError(offset: text.count &- rest.count &+ i, reason: .unexpectedByte)
      }
    }
  }

  /// A number (RFC 8259 section 6) whose first byte, a digit or the sign, the caller has seen. Returns its length.
  @inline(__always)
  static func number(_ rest: Span<UInt8>, of text: Span<UInt8>) throws(JSONError) -> Int {
    let digits = rest[0] == ASCII.minus ? rest.extracting(droppingFirst: 1) : rest
    var behind = digits
    skipDigits(&behind)
    let count = digits.count &- behind.count
    let isInteger =
      count > 0 && (count == 1 || digits[0] != ASCII.zero) && behind.count > 0 && behind[0] != ASCII.point
      && behind[0] | 0x20 != UInt8(ascii: "e")
    if isInteger { return rest.count &- behind.count }
    let start = text.count &- rest.count
    return try number(text, from: start) &- start
  }

  @inline(__always)
  private static func skipDigits(_ rest: inout Span<UInt8>) {
    while rest.count >= 8 {
      // Digits become 0 to 9. A carry out of a byte that is none can only spoil bytes above it.
      let values = Words.first(rest) ^ Words.every(ASCII.zero)
      let others = (values | (values &+ Words.every(0x80 &- 10))) & Words.every(0x80)
      guard others == 0 else {
        rest = rest.extracting(droppingFirst: others.trailingZeroBitCount &>> 3)
        return
      }
      rest = rest.extracting(droppingFirst: 8)
    }
    while rest.count > 0, ASCII.isDigit(rest[0]) { rest = rest.extracting(droppingFirst: 1) }
  }

  /// A number (RFC 8259 section 6), byte by byte. Returns the offset behind it.
  static func number(_ bytes: Span<UInt8>, from start: Int) throws(JSONError) -> Int {
    var i = start
    if bytes[i] == ASCII.minus { i &+= 1 }
    let integer = i
    i = digits(bytes, from: i)
    let hasLeadingZero = i &- integer > 1 && bytes[integer] == ASCII.zero
    guard i > integer, !hasLeadingZero else { throw fault(bytes, at: hasLeadingZero ? integer &+ 1 : i) }

    if i < bytes.count, bytes[i] == ASCII.point {
      let fraction = i &+ 1
      i = digits(bytes, from: fraction)
      guard i > fraction else { throw fault(bytes, at: i) }
    }
    if i < bytes.count, bytes[i] | 0x20 == UInt8(ascii: "e") {
      i &+= 1
      if i < bytes.count, bytes[i] == ASCII.plus || bytes[i] == ASCII.minus { i &+= 1 }
      let exponent = i
      i = digits(bytes, from: exponent)
      guard i > exponent else { throw fault(bytes, at: i) }
    }
    return i
  }

  @inline(__always)
  private static func digits(_ bytes: Span<UInt8>, from start: Int) -> Int {
    var i = start
    while i < bytes.count, ASCII.isDigit(bytes[i]) { i &+= 1 }
    return i
  }

  private static func fault(_ bytes: Span<UInt8>, at offset: Int) -> JSONError {
    JSONError(offset: offset, reason: offset < bytes.count ? .invalidNumber : .unexpectedEnd)
  }

  /// The byte does not belong there.
  static func unexpectedByte(_ text: Span<UInt8>, at offset: Int) -> JSONError {
    let startsWithMark = offset == 0 && text.count >= 3 && text[0] == 0xEF && text[1] == 0xBB && text[2] == 0xBF
    return JSONError(offset: offset, reason: startsWithMark ? .byteOrderMark : .unexpectedByte)
  }

  /// There should be more of the text.
  static func end(of text: Span<UInt8>) -> JSONError {
    let isEmpty = Int(whiteSpace(text, from: 0)) == text.count
    return JSONError(offset: text.count, reason: isEmpty ? .emptyText : .unexpectedEnd)
  }
}
