// SPDX-License-Identifier: Apache-2.0

internal import Callbacks
private import Glibc
internal import JSON

/// Reads a journal line piece by piece, in the order in which it was written, looking at no more of it than needed. Its
/// checksum has been found right, so the line is one that this program wrote: what does not come as expected was written
/// by another version, and is for a parser.
///
/// A million lines a second are read so when a journal is replayed, so it looks at the bytes where they stand. It lives
/// only as long as the closure that it is lent to, and reads nothing from `end` on.
@safe struct LineReader: ~Copyable {
  private let base: UnsafeRawPointer
  private(set) var place: Int
  private let end: Int
  /// See `event(seq:isForFold:)`.
  var leavesOut = false

  /// Lends a reader of the range's bytes to `work`, and answers what that makes of them.
  static func read<Result>(
    _ bytes: [UInt8], _ range: Range<Int>, _ work: (inout LineReader) -> Result?
  ) -> Result? {
    precondition(range.lowerBound >= 0 && range.upperBound <= bytes.count)
    return unsafe bytes.withUnsafeBytes { buffer in
      guard let base = buffer.baseAddress else { return nil }
      var reader = unsafe LineReader(base: base, place: range.lowerBound, end: range.upperBound)
      return work(&reader)
    }
  }

  private init(base: UnsafeRawPointer, place: Int, end: Int) {
    unsafe self.base = base
    self.place = place
    self.end = end
  }

  @inline(__always)
  private func byte(_ place: Int) -> UInt8 { unsafe base.load(fromByteOffset: place, as: UInt8.self) }

  /// Eight bytes, the first one least significant.
  @inline(__always)
  private func word(_ place: Int) -> UInt64 {
    UInt64(littleEndian: unsafe base.loadUnaligned(fromByteOffset: place, as: UInt64.self))
  }

  // MARK: - Literals

  /// Whether the literal comes next; if so it is passed over.
  @inline(__always)
  mutating func skip(_ literal: StaticString) -> Bool {
    guard sees(literal) else { return false }
    place &+= literal.utf8CodeUnitCount
    return true
  }

  /// Whether the literal comes next.
  @inline(__always)
  func sees(_ literal: StaticString) -> Bool {
    let count = literal.utf8CodeUnitCount
    guard count <= end &- place else { return false }
    // Most literals that are looked for differ in the third byte from what is there: `,"a` and `,"b`.
    if count > 2, unsafe byte(place &+ 2) != literal.utf8Start[2] { return false }
    return unsafe memcmp(base + place, literal.utf8Start, count) == 0
  }

  @inline(__always)
  mutating func skip(_ byte: UInt8) -> Bool {
    guard sees(byte) else { return false }
    place &+= 1
    return true
  }

  @inline(__always)
  func sees(_ byte: UInt8) -> Bool { place < end && self.byte(place) == byte }

  // MARK: - Numbers

  /// An integer of at most 18 digits.
  mutating func integer() -> Int64? {
    let isNegative = skip(UInt8(ascii: "-"))
    let start = place
    let limit = min(end, start &+ 18)
    var value: Int64 = 0
    if start &+ 16 <= limit {
      value = sixteenBytes()
      if place &- start < 16 { return place > start ? isNegative ? -value : value : nil }
    }
    while place < limit, case let digit = byte(place) &- UInt8(ascii: "0"), digit < 10 {
      value = value &* 10 &+ Int64(digit)
      place &+= 1
    }
    guard place > start else { return nil }
    return isNegative ? -value : value
  }

  /// The value of the digits that the next sixteen bytes begin with, which are passed over.
  @inline(__always)
  private mutating func sixteenBytes() -> Int64 {
    let first = Self.digits(word(place))
    guard first.count == 8 else {
      place &+= first.count
      guard first.count > 0 else { return 0 }
      // With zeros before them they are eight.
      return Self.value(of: first.word &<< UInt64(64 &- 8 &* first.count))
    }
    let second = Self.digits(word(place &+ 8))
    place &+= 8 &+ second.count
    guard second.count > 0 else { return Self.value(of: first.word) }
    let all = (UInt128(second.word) &<< 64 | UInt128(first.word)) &<< UInt128(64 &- 8 &* second.count)
    return Self.value(of: UInt64(truncatingIfNeeded: all)) &* 100_000_000
      &+ Self.value(of: UInt64(truncatingIfNeeded: all &>> 64))
  }

  /// Eight bytes with what digits stand for, and how many of them are digits before the first one that is none.
  @inline(__always)
  private static func digits(_ bytes: UInt64) -> (word: UInt64, count: Int) {
    let word = bytes ^ 0x3030_3030_3030_3030
    let others = ((word & 0x7F7F_7F7F_7F7F_7F7F) &+ 0x7676_7676_7676_7676 | word) & 0x8080_8080_8080_8080
    return (word, others.trailingZeroBitCount >> 3)
  }

  /// The number of eight digits: pairs of them are put together, then pairs of pairs.
  @inline(__always)
  private static func value(of digits: UInt64) -> Int64 {
    let twos = (digits &* 10 &+ digits >> 8) & 0x00FF_00FF_00FF_00FF
    let fours = (twos &* 100 &+ twos >> 16) & 0x0000_FFFF_0000_FFFF
    return Int64((fours &* 10_000 &+ fours >> 32) & 0xFFFF_FFFF)
  }

  /// Sixteen hexadecimal digits in lower case and the quotation mark behind them.
  mutating func hex() -> UInt64? {
    guard place &+ 17 <= end, byte(place &+ 16) == UInt8(ascii: "\"") else { return nil }
    guard let high = eightHexadecimalDigits(word(place)), let low = eightHexadecimalDigits(word(place &+ 8)) else {
      return nil
    }
    place &+= 17
    return high << 32 | low
  }

  // MARK: - Strings

  /// A quoted string.
  mutating func string() -> String? {
    guard let inside = quoted() else { return nil }
    return inside.hasEscape ? unescaped(inside.range) : text(inside.range)
  }

  /// Passes over a quoted string.
  ///
  /// - Returns: what is between its quotation marks, and whether there is a backslash among it.
  @inline(__always)
  mutating func quoted() -> (range: Range<Int>, hasEscape: Bool)? {
    guard sees(UInt8(ascii: "\"")) else { return nil }
    let start = place &+ 1
    guard let first = offset(of: UInt8(ascii: "\""), start..<end) else { return nil }
    guard let escape = offset(of: UInt8(ascii: "\\"), start..<first) else {
      place = first &+ 1
      return (start..<first, false)
    }
    guard let close = closingQuote(from: escape) else { return nil }
    place = close &+ 1
    return (start..<close, true)
  }

  /// Offset of the quotation mark that ends the string of which `start` is a byte that no backslash stands before.
  private func closingQuote(from start: Int) -> Int? {
    var place = start
    while place < end, byte(place) != UInt8(ascii: "\"") { place &+= byte(place) == UInt8(ascii: "\\") ? 2 : 1 }
    return place < end ? place : nil
  }

  private func offset(of byte: UInt8, _ range: Range<Int>) -> Int? {
    unsafe memchr(base + range.lowerBound, Int32(byte), range.count).map { unsafe UnsafeRawPointer($0) - base }
  }

  private func unescaped(_ inside: Range<Int>) -> String? {
    let quoted = unsafe UnsafeRawBufferPointer(start: base + inside.lowerBound - 1, count: inside.count + 2)
    let bytes = unsafe [UInt8](quoted)
    return (try? JSON.parse(bytes.span))?.string
  }

  /// An array of strings.
  mutating func strings() -> TextList? {
    guard skip(UInt8(ascii: "[")) else { return nil }
    var all = TextList()
    while let text = string() {
      all.append(text)
      if !skip(UInt8(ascii: ",")) { break }
    }
    return skip(UInt8(ascii: "]")) ? all : nil
  }

  /// Up to 32 bytes from `start` on as words, the first byte least significant, with zeros behind them.
  func words(_ start: Int, count: Int) -> InlineArray<4, UInt64> {
    var words: InlineArray<4, UInt64> = [0, 0, 0, 0]
    for number in 0..<min(4, (count &+ 7) / 8) {
      let first = start &+ 8 &* number
      let last = min(first &+ 8, start &+ count)
      if first &+ 8 <= end {
        let behind = UInt64(8 &* (first &+ 8 &- last))
        words[number] = (word(first) &<< behind) &>> behind
      } else {
        for place in first..<last { words[number] |= UInt64(byte(place)) &<< UInt64(8 &* (place &- first)) }
      }
    }
    return words
  }

  /// Calls `work` with the bytes in a range that was found here.
  @inline(__always)
  func withSpan<Result>(_ range: Range<Int>, _ work: (Span<UInt8>) -> Result) -> Result {
    let start = unsafe (base + range.lowerBound).assumingMemoryBound(to: UInt8.self)
    return unsafe work(Span(_unsafeStart: start, count: range.count))
  }

  /// The bytes in a range that was found here as text; what is not UTF-8 becomes U+FFFD.
  func text(_ range: Range<Int>) -> String {
    let start = unsafe (base + range.lowerBound).assumingMemoryBound(to: UInt8.self)
    return unsafe String(decoding: UnsafeBufferPointer(start: start, count: range.count), as: UTF8.self)
  }

  /// A task's id as a quoted string.
  mutating func taskID() -> TaskID? {
    guard skip("\"tsk_"), place &+ 26 < end, byte(place &+ 26) == UInt8(ascii: "\"") else { return nil }
    var high: UInt64 = 0
    var low: UInt64 = 0
    for offset in 0..<26 {
      let value = Self.crockford[Int(byte(place &+ offset))]
      guard value < 32 else { return nil }
      high = high << 5 | low >> 59
      low = low << 5 | UInt64(value)
    }
    guard byte(place) < UInt8(ascii: "8") else { return nil }
    place &+= 27
    return TaskID(high: high, low: low)
  }

  /// Values of Crockford's 32 digits by their bytes; 255 for everything else.
  private static let crockford: InlineArray<256, UInt8> = {
    var values = InlineArray<256, UInt8>(repeating: .max)
    for (value, digit) in "0123456789ABCDEFGHJKMNPQRSTVWXYZ".utf8.enumerated() { values[Int(digit)] = UInt8(value) }
    return values
  }()

  /// An object, as it is written.
  mutating func object() -> String? {
    guard sees(UInt8(ascii: "{")) else { return nil }
    let start = place
    var depth = 0
    while place < end {
      switch byte(place) {
      case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
      case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
      case UInt8(ascii: "\""):
        guard let close = closingQuote(from: place &+ 1) else { return nil }
        place = close
      default: break
      }
      place &+= 1
      if depth == 0 {
        return text(start..<place)
      }
    }
    return nil
  }
}
