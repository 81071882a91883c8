// SPDX-License-Identifier: Apache-2.0

extension Scan {
  /// How a string is written.
  struct WrittenString {
    /// The offset behind its closing quotation mark.
    let end: UInt32
    let hasEscapes: Bool
  }

  /// A string (RFC 8259 section 7) whose opening quotation mark stands before `start`.
  ///
  /// - Parameter blocks: what has been seen of the text.
  @inline(__always)
  static func string(
    _ text: Span<UInt8>, from start: UInt32, _ blocks: inout StringBlocks
  ) throws(JSONError) -> WrittenString {
    // Most strings are plain, and the first mark is their end.
    let mark = mark(text, from: start, &blocks)
    if Int(mark) < text.count, text[Int(mark)] == ASCII.quote {
      return WrittenString(end: mark &+ 1, hasEscapes: false)
    }
    return try string(text, fromMark: mark, &blocks)
  }

  /// The offset of the first byte from `start` on that has a mark; the end of the text has one.
  @inline(__always)
  static func mark(_ text: Span<UInt8>, from start: UInt32, _ blocks: inout StringBlocks) -> UInt32 {
    var offset = start
    while true {
      let marks = blocks.marks(from: offset, in: text).all
      if marks != 0 { return offset &+ UInt32(truncatingIfNeeded: marks.trailingZeroBitCount) }
      offset = blocks.end
    }
  }

  /// The rest of a string, from the first mark on that is not its end.
  @inline(never)
  private static func string(
    _ text: Span<UInt8>, fromMark mark: UInt32, _ blocks: inout StringBlocks
  ) throws(JSONError) -> WrittenString {
    var offset = mark
    var hasEscapes = false
    while true {
      let (marks, stops) = blocks.marks(from: offset, in: text)
      // A mark before the first stop is an escape's.
      if marks & (0 &- marks) & ~stops != 0 { hasEscapes = true }
      guard stops != 0 else {
        offset = blocks.end
        continue
      }
      offset &+= UInt32(truncatingIfNeeded: stops.trailingZeroBitCount)
      if Int(offset) < text.count, text[Int(offset)] == ASCII.quote {
        return WrittenString(end: offset &+ 1, hasEscapes: hasEscapes)
      }
      let step = try step(text, from: Int(offset))
      offset = UInt32(truncatingIfNeeded: step.end)
      if step.isEscape { hasEscapes = true }
      if step.isEnd { return WrittenString(end: offset, hasEscapes: hasEscapes) }
    }
  }

  /// What stands in a string from `start` on, byte by byte: characters by themselves, and then the closing quotation
  /// mark, or one escape, or a run of other characters.
  @inline(never)
  private static func step(
    _ text: Span<UInt8>, from start: Int
  ) throws(JSONError) -> (end: Int, isEscape: Bool, isEnd: Bool) {
    var i = start
    while i < text.count {
      let byte = text[i]
      switch byte {
      case ASCII.quote: return (i &+ 1, false, true)
      case ASCII.backslash: return (try escape(text, from: i).end, true, false)
      case 0x80...:
        repeat { i = try multibyte(text, from: i) } while i < text.count && text[i] >= 0x80
        return (i, false, false)
      case ..<0x20: throw JSONError(offset: i, reason: .controlCharacter)
      default: i &+= 1
      }
    }
    throw JSONError(offset: text.count, reason: .unexpectedEnd)
  }

  /// The offset of the first byte that is not a character by itself in a string: a quotation mark, a backslash, a
  /// control character or a part of a longer UTF-8 sequence. The end of the text without one.
  @inline(__always)
  static func plain(_ bytes: Span<UInt8>, from start: Int) -> Int {
    var rest = bytes.extracting(droppingFirst: start)
    while rest.count >= 8 {
      let found = special(Words.first(rest))
      if found != 0 { return bytes.count &- rest.count &+ found.trailingZeroBitCount &>> 3 }
      rest = rest.extracting(droppingFirst: 8)
    }
    while rest.count > 0 {
      let byte = rest[0]
      if byte < 0x20 || byte >= 0x80 || byte == ASCII.quote || byte == ASCII.backslash { break }
      rest = rest.extracting(droppingFirst: 1)
    }
    return bytes.count &- rest.count
  }

  /// Marks the first byte of a word that is not a character by itself in a string, in the byte's top bit; above it
  /// there may be marks that mean nothing. 0 if there is none.
  ///
  /// A byte's top bit is set in `(word ^ 0x02…) - 0x21…` if the byte is a control character or the quotation mark, which
  /// trades places with the space, or if it is above 0xA2; and in `(word ^ c…) - 0x01…` if it is c or above 0x7F, but
  /// for c + 0x80. Between them they find all that is sought. A borrow can only spoil bytes above one that was found,
  /// and the lowest is the one that counts.
  @inline(__always)
  private static func special(_ word: UInt64) -> UInt64 {
    let found =
      ((word ^ Words.every(0x02)) &- Words.every(0x21)) | ((word ^ Words.every(ASCII.backslash)) &- Words.every(1))
    return found & Words.every(0x80)
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
