// SPDX-License-Identifier: Apache-2.0

private import JSON

// Appending to the lines of the journal and to task files in one piece each: what an array checks at every append would
// cost more than what is appended.

/// Whether nothing in the text needs an escape in a JSON string.
///
/// Eight bytes at once and without an early exit: of a word, `(word - n) & ~word` has some byte's top bit set if and only
/// if some byte is below n (for n up to 0x80), and a byte is c if `word ^ c` has a byte below 1 there.
private func isPlain(_ utf8: Span<UInt8>) -> Bool {
  unsafe utf8.withUnsafeBytes { bytes in
    var found: UInt64 = 0
    var place = 0
    while place &+ 8 <= bytes.count {
      found |= unsafe escapes(in: bytes.loadUnaligned(fromByteOffset: place, as: UInt64.self))
      place &+= 8
    }
    var rest = every(0x7F)
    while place < bytes.count {
      rest = rest &<< 8 | UInt64(unsafe bytes[place])
      place &+= 1
    }
    return (found | escapes(in: rest)) & every(0x80) == 0
  }
}

@inline(__always)
private func escapes(in word: UInt64) -> UInt64 {
  let quotes = word ^ every(UInt8(ascii: "\""))
  let backslashes = word ^ every(UInt8(ascii: "\\"))
  return (word &- every(0x20)) & ~word | (quotes &- every(1)) & ~quotes | (backslashes &- every(1))
    & ~backslashes
}

/// The eight hexadecimal digits of a 32-bit number, the first one in the highest bits.
private func hexDigits(_ value: UInt64) -> UInt64 {
  // One digit a byte, by halves; then all letters at once: a nibble above 9 carries into bit 4 when 6 is added.
  var nibbles = (value | value &<< 16) & 0x0000_FFFF_0000_FFFF
  nibbles = (nibbles | nibbles &<< 8) & 0x00FF_00FF_00FF_00FF
  nibbles = (nibbles | nibbles &<< 4) & 0x0F0F_0F0F_0F0F_0F0F
  let letters = ((nibbles &+ every(6)) &>> 4) & every(1)
  return nibbles &+ every(UInt8(ascii: "0")) &+ letters &* 0x27
}

extension [UInt8] {
  /// Appends `count` bytes, all of which `write` must fill.
  @inline(__always)
  private mutating func append(_ count: Int, _ write: (UnsafeMutablePointer<UInt8>) -> Void) {
    append(addingCapacity: count) { output in
      unsafe output.withUnsafeMutableBufferPointer { buffer, filled in
        guard let start = buffer.baseAddress else { return }
        unsafe write(start + filled)
        filled += count
      }
    }
  }

  /// Appends a member's name, quoted, with the colon behind it and, unless it is the first, the comma before it.
  mutating func append(name: StaticString, isFirst: Bool) {
    let start = isFirst ? 0 : 1
    let length = name.utf8CodeUnitCount
    unsafe append(start + length + 3) { place in
      if !isFirst { unsafe place[0] = UInt8(ascii: ",") }
      unsafe place[start] = UInt8(ascii: "\"")
      unsafe (place + start + 1).update(from: name.utf8Start, count: length)
      unsafe place[start + 1 + length] = UInt8(ascii: "\"")
      unsafe place[start + 2 + length] = UInt8(ascii: ":")
    }
  }

  /// Appends a literal and an integer behind it.
  mutating func append(literal: StaticString, integer value: Int64) {
    let head = literal.utf8CodeUnitCount
    let sign = value < 0 ? 1 : 0
    let digits = JSON.digitCount(value.magnitude)
    unsafe append(head + sign + digits) { place in
      unsafe place.update(from: literal.utf8Start, count: head)
      if sign == 1 { unsafe place[head] = UInt8(ascii: "-") }
      var rest = value.magnitude
      for digit in stride(from: head + sign + digits - 1, through: head + sign, by: -1) {
        unsafe place[digit] = UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: rest % 10)
        rest /= 10
      }
    }
  }

  /// Appends a literal, 8 or 16 hexadecimal digits, and another literal.
  mutating func append(literal: StaticString, hex value: UInt64, digits: Int, _ end: StaticString) {
    let (head, tail) = (literal.utf8CodeUnitCount, end.utf8CodeUnitCount)
    unsafe append(head + digits + tail) { place in
      unsafe place.update(from: literal.utf8Start, count: head)
      let digitsStart = unsafe UnsafeMutableRawPointer(place + head)
      if digits == 16 {
        unsafe digitsStart.storeBytes(of: hexDigits(value >> 32).bigEndian, as: UInt64.self)
      }
      unsafe digitsStart.storeBytes(
        of: hexDigits(value & 0xFFFF_FFFF).bigEndian, toByteOffset: digits - 8, as: UInt64.self)
      unsafe (place + head + digits).update(from: end.utf8Start, count: tail)
    }
  }

  /// Appends the characters of a literal of two or more.
  mutating func append(literal: StaticString) {
    unsafe append(contentsOf: UnsafeBufferPointer(start: literal.utf8Start, count: literal.utf8CodeUnitCount))
  }

  /// Appends words of 64 bits, least significant byte first.
  mutating func append(littleEndian words: InlineArray<8, UInt64>) {
    unsafe append(64) { place in
      for number in words.indices {
        unsafe UnsafeMutableRawPointer(place + 8 * number).storeBytes(of: words[number].littleEndian, as: UInt64.self)
      }
    }
  }

  mutating func append(copying span: Span<UInt8>) {
    unsafe span.withUnsafeBufferPointer { unsafe append(contentsOf: $0) }
  }

  /// Appends a JSON string: as `JSON.appendQuoted`, but in one piece where nothing needs an escape.
  mutating func append(quoted text: String) {
    let utf8 = text.utf8
    append(quoted: utf8.span)
  }

  /// Appends a literal and a JSON string behind it, in one piece where nothing needs an escape.
  mutating func append(literal: StaticString, quoted text: String) {
    let utf8 = text.utf8
    append(literal: literal, quoted: utf8.span)
  }

  /// Appends a literal and a JSON string behind it, in one piece where nothing needs an escape.
  mutating func append(literal: StaticString, quoted value: Span<UInt8>) {
    guard isPlain(value) else {
      append(literal: literal)
      return JSON.appendQuoted(value, to: &self)
    }
    let head = literal.utf8CodeUnitCount
    unsafe append(head + value.count + 2) { place in
      unsafe place.update(from: literal.utf8Start, count: head)
      unsafe place[head] = UInt8(ascii: "\"")
      unsafe value.withUnsafeBufferPointer { value in
        if let source = value.baseAddress { unsafe (place + head + 1).update(from: source, count: value.count) }
      }
      unsafe place[head + 1 + value.count] = UInt8(ascii: "\"")
    }
  }

  /// Appends a JSON string: as `JSON.appendQuoted`, but in one piece where nothing needs an escape.
  mutating func append(quoted utf8: Span<UInt8>) {
    append(literal: "", quoted: utf8)
  }
}
