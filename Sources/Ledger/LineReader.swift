// SPDX-License-Identifier: Apache-2.0

internal import Callbacks
internal import JSON

/// Reads a journal line piece by piece, in the order in which it was written, looking at no more of it than needed. Its
/// checksum has been found right, so the line is one that this program wrote: what does not come as expected was written
/// by another version, and is for a parser.
struct LineReader {
  private let bytes: [UInt8]
  private var place: Int
  private let end: Int

  init(_ bytes: [UInt8], _ range: Range<Int>) {
    self.bytes = bytes
    place = range.lowerBound
    end = range.upperBound
  }

  /// Whether the literal comes next; if so it is passed over.
  mutating func skip(_ literal: StaticString) -> Bool {
    guard hasLiteral(literal, bytes, at: place, end: end) else { return false }
    place += literal.utf8CodeUnitCount
    return true
  }

  /// Whether the literal comes next.
  func sees(_ literal: StaticString) -> Bool { hasLiteral(literal, bytes, at: place, end: end) }

  mutating func skip(_ byte: UInt8) -> Bool {
    guard place < end, bytes[place] == byte else { return false }
    place += 1
    return true
  }

  /// An integer of at most 18 digits.
  mutating func integer() -> Int64? {
    let isNegative = skip(UInt8(ascii: "-"))
    let start = place
    var value: Int64 = 0
    while place < end, place < start + 18, case let digit = bytes[place] &- UInt8(ascii: "0"), digit < 10 {
      value = value * 10 + Int64(digit)
      place += 1
    }
    guard place > start else { return nil }
    return isNegative ? -value : value
  }

  /// A quoted string.
  mutating func string() -> String? {
    guard place < end, bytes[place] == UInt8(ascii: "\"") else { return nil }
    let start = place
    guard let close = closingQuote(from: start + 1) else { return nil }
    place = close + 1
    guard offset(of: UInt8(ascii: "\\"), in: bytes, start..<close) != nil else {
      return text(bytes, start + 1..<close)
    }
    return (try? JSON.parse(bytes.span.extracting(start...close)))?.string
  }

  /// Offset of the quotation mark that ends the string whose contents begin at `start`.
  private func closingQuote(from start: Int) -> Int? {
    var from = start
    while let quote = offset(of: UInt8(ascii: "\""), in: bytes, from..<end) {
      var backslashes = 0
      while quote - backslashes > start, bytes[quote - backslashes - 1] == UInt8(ascii: "\\") { backslashes += 1 }
      if backslashes.isMultiple(of: 2) { return quote }
      from = quote + 1
    }
    return nil
  }

  /// An array of strings.
  mutating func strings() -> [String]? {
    guard skip(UInt8(ascii: "[")) else { return nil }
    var all: [String] = []
    while let text = string() {
      all.append(text)
      if !skip(UInt8(ascii: ",")) { break }
    }
    return skip(UInt8(ascii: "]")) ? all : nil
  }

  /// A task's id as a quoted string.
  mutating func taskID() -> TaskID? {
    guard skip("\"tsk_"), place + 26 < end, let id = ulid(at: place) else { return nil }
    place += 26
    return skip(UInt8(ascii: "\"")) ? id : nil
  }

  /// The same as `TaskID(ulid:)`, on bytes where they stand: half of all lines name a task.
  private func ulid(at start: Int) -> TaskID? {
    var high: UInt64 = 0
    var low: UInt64 = 0
    for offset in start..<start + 26 {
      let value = Self.crockford[Int(bytes[offset])]
      guard value < 32 else { return nil }
      high = high << 5 | low >> 59
      low = low << 5 | UInt64(value)
    }
    return bytes[start] < UInt8(ascii: "8") ? TaskID(high: high, low: low) : nil
  }

  /// Values of Crockford's 32 digits by their bytes; 255 for everything else.
  private static let crockford: [UInt8] = {
    var values = Array(repeating: UInt8.max, count: 256)
    for (value, digit) in "0123456789ABCDEFGHJKMNPQRSTVWXYZ".utf8.enumerated() { values[Int(digit)] = UInt8(value) }
    return values
  }()

  /// Sixteen hexadecimal digits and the quotation mark behind them.
  mutating func hex() -> UInt64? {
    guard place + 17 <= end, let value = hexadecimal(bytes, place..<place + 16) else { return nil }
    place += 16
    return skip(UInt8(ascii: "\"")) ? value : nil
  }

  /// An object, as it is written.
  mutating func object() -> String? {
    guard place < end, bytes[place] == UInt8(ascii: "{") else { return nil }
    let start = place
    var depth = 0
    while place < end {
      switch bytes[place] {
      case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
      case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
      case UInt8(ascii: "\""):
        guard let close = closingQuote(from: place + 1) else { return nil }
        place = close
      default: break
      }
      place += 1
      if depth == 0 { return text(bytes, start..<place) }
    }
    return nil
  }
}

/// The value of hexadecimal digits in lower case; `nil` if there is anything else among them.
func hexadecimal(_ bytes: [UInt8], _ range: Range<Int>) -> UInt64? {
  var value: UInt64 = 0
  for place in range {
    switch bytes[place] {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): value = value << 4 | UInt64(bytes[place] - UInt8(ascii: "0"))
    case UInt8(ascii: "a")...UInt8(ascii: "f"): value = value << 4 | UInt64(bytes[place] - UInt8(ascii: "a") + 10)
    default: return nil
    }
  }
  return value
}
