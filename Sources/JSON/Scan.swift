// SPDX-License-Identifier: Apache-2.0

/// Scanners of single tokens. Each takes the offset at which its token begins and returns the offset behind it.
enum Scan {
  @inline(__always)
  static func whiteSpace(_ bytes: Span<UInt8>, from start: Int) -> Int {
    var i = start
    while i < bytes.count, ASCII.isWhiteSpace(bytes[i]) { i &+= 1 }
    return i
  }

  /// `true`, `false` or `null`: four or five bytes whose first one the caller has seen.
  @inline(__always)
  static func word<let length: Int>(
    _ bytes: Span<UInt8>, from start: Int, _ word: InlineArray<length, UInt8>
  ) throws(JSONError) -> Int {
    for i in 1..<length {
      guard start &+ i < bytes.count else { throw JSONError(offset: bytes.count, reason: .unexpectedEnd) }
      guard bytes[start &+ i] == word[i] else { throw JSONError(offset: start &+ i, reason: .unexpectedByte) }
    }
    return start &+ length
  }

  /// A number (RFC 8259 section 6).
  @inline(__always)
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
}
