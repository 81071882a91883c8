// SPDX-License-Identifier: Apache-2.0

extension Scan {
  /// A string (RFC 8259 section 7) from its opening quotation mark to behind the closing one.
  @inline(__always)
  static func string(
    _ bytes: Span<UInt8>, from quote: Int
  ) throws(JSONError) -> (end: Int, hasEscapes: Bool) {
    var hasEscapes = false
    var i = quote &+ 1
    while true {
      i = plain(bytes, from: i)
      guard i < bytes.count else { throw JSONError(offset: bytes.count, reason: .unexpectedEnd) }
      let byte = bytes[i]
      if byte == ASCII.quote { return (i &+ 1, hasEscapes) }
      if byte == ASCII.backslash {
        hasEscapes = true
        // By far the most frequent escape: JSON text in a JSON string.
        if i &+ 1 < bytes.count, bytes[i &+ 1] == ASCII.quote { i &+= 2 } else { i = try escape(bytes, from: i).end }
      } else if byte >= 0x80 {
        i = try multibyte(bytes, from: i)
      } else {
        throw JSONError(offset: i, reason: .controlCharacter)
      }
    }
  }

  /// The offset of the first byte that is not a character by itself in a string: a quotation mark, a backslash, a
  /// control character or a part of a longer UTF-8 sequence. The end of the text without one.
  ///
  /// Eight bytes at a time. A byte's top bit is set in `word - 0x20…` if the byte is below 0x20 or above 0x9F, and in
  /// `(word ^ c…) - 0x01…` if it is c or above 0x7F, but for c + 0x80 (which is above 0x9F). Between them they find all
  /// that is sought. A borrow can only spoil bytes above one that was found, and the lowest is the one that counts.
  @inline(__always)
  static func plain(_ bytes: Span<UInt8>, from start: Int) -> Int {
    var i = start
    while i &+ 8 <= bytes.count {
      let word = Words.load(bytes, at: i)
      let found =
        (word &- Words.every(0x20)) | ((word ^ Words.every(ASCII.quote)) &- Words.every(1))
        | ((word ^ Words.every(ASCII.backslash)) &- Words.every(1))
      let mask = found & Words.every(0x80)
      if mask != 0 { return i &+ mask.trailingZeroBitCount &>> 3 }
      i &+= 8
    }
    while i < bytes.count {
      let byte = bytes[i]
      if byte < 0x20 || byte >= 0x80 || byte == ASCII.quote || byte == ASCII.backslash { break }
      i &+= 1
    }
    return i
  }

  /// One UTF-8 sequence of two to four bytes, as Unicode table 3-7 (RFC 3629 section 4) allows it: the second byte's
  /// range depends on the first, which is what rules out overlong forms, surrogates and all above U+10FFFF.
  static func multibyte(_ bytes: Span<UInt8>, from start: Int) throws(JSONError) -> Int {
    let length: Int
    let second: ClosedRange<UInt8>
    switch bytes[start] {
    case 0xC2...0xDF: (length, second) = (2, 0x80...0xBF)
    case 0xE0: (length, second) = (3, 0xA0...0xBF)
    case 0xED: (length, second) = (3, 0x80...0x9F)
    case 0xE1...0xEF: (length, second) = (3, 0x80...0xBF)
    case 0xF0: (length, second) = (4, 0x90...0xBF)
    case 0xF1...0xF3: (length, second) = (4, 0x80...0xBF)
    case 0xF4: (length, second) = (4, 0x80...0x8F)
    default: throw JSONError(offset: start, reason: .invalidUTF8)
    }
    guard start &+ length <= bytes.count, second.contains(bytes[start &+ 1]) else {
      throw JSONError(offset: start, reason: .invalidUTF8)
    }
    for i in 2..<length where bytes[start &+ i] & 0xC0 != 0x80 {
      throw JSONError(offset: start, reason: .invalidUTF8)
    }
    return start &+ length
  }

  /// One escape from its backslash on, with the character it stands for. A surrogate pair is one escape of 12 bytes;
  /// half a pair has no character and is refused, although the grammar alone would let it pass (RFC 8259 section 8.2).
  static func escape(
    _ bytes: Span<UInt8>, from backslash: Int
  ) throws(JSONError) -> (end: Int, scalar: Unicode.Scalar) {
    guard backslash &+ 1 < bytes.count else { throw JSONError(offset: bytes.count, reason: .unexpectedEnd) }
    let end = backslash &+ 2
    switch bytes[backslash &+ 1] {
    case ASCII.quote: return (end, "\"")
    case ASCII.backslash: return (end, "\\")
    case UInt8(ascii: "/"): return (end, "/")
    case UInt8(ascii: "b"): return (end, "\u{8}")
    case UInt8(ascii: "f"): return (end, "\u{C}")
    case UInt8(ascii: "n"): return (end, "\n")
    case UInt8(ascii: "r"): return (end, "\r")
    case UInt8(ascii: "t"): return (end, "\t")
    case UInt8(ascii: "u"): return try unicodeEscape(bytes, from: backslash)
    default: throw JSONError(offset: backslash, reason: .invalidEscape)
    }
  }

  private static func unicodeEscape(
    _ bytes: Span<UInt8>, from backslash: Int
  ) throws(JSONError) -> (end: Int, scalar: Unicode.Scalar) {
    let unit = try codeUnit(bytes, ofEscapeAt: backslash)
    let next = backslash &+ 6
    if let scalar = Unicode.Scalar(unit) { return (next, scalar) }
    guard unit < 0xDC00, next &+ 1 < bytes.count, bytes[next] == ASCII.backslash,
      bytes[next &+ 1] == UInt8(ascii: "u")
    else { throw JSONError(offset: backslash, reason: .loneSurrogate) }
    let low = try codeUnit(bytes, ofEscapeAt: next)
    guard 0xDC00...0xDFFF ~= low,
      let scalar = Unicode.Scalar(0x10000 &+ (unit &- 0xD800) << 10 &+ (low &- 0xDC00))
    else { throw JSONError(offset: backslash, reason: .loneSurrogate) }
    return (next &+ 6, scalar)
  }

  /// The UTF-16 code unit of `\uXXXX`.
  private static func codeUnit(_ bytes: Span<UInt8>, ofEscapeAt backslash: Int) throws(JSONError) -> UInt32 {
    var unit: UInt32 = 0
    for i in (backslash &+ 2)..<(backslash &+ 6) {
      guard i < bytes.count else { throw JSONError(offset: bytes.count, reason: .unexpectedEnd) }
      guard let digit = ASCII.hexValue(bytes[i]) else { throw JSONError(offset: backslash, reason: .invalidEscape) }
      unit = unit << 4 | digit
    }
    return unit
  }
}
