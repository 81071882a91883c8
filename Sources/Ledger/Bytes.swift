// SPDX-License-Identifier: Apache-2.0

private import CLinux
private import Glibc

// Reading many bytes at once, where a loop over an array would be several times slower. Ranges must lie within the
// array: all of them come from offsets that were found in it.

/// CRC-32C of the bytes in a range.
func checksum(_ bytes: [UInt8], _ range: Range<Int>) -> UInt32 {
  precondition(range.lowerBound >= 0 && range.upperBound <= bytes.count)
  return unsafe bytes.withUnsafeBytes { unsafe crc32c(UnsafeRawBufferPointer(rebasing: $0[range])) }
}

func crc32c(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
  unsafe hl_crc32c(0, bytes.baseAddress, bytes.count)
}

/// Calls `use` with the UTF-8 of a text, which costs less than to make a `UTF8Span` of it.
@inline(__always)
func withBytes<Result>(of text: borrowing String, _ use: (Span<UInt8>) -> Result) -> Result {
  let result = unsafe text.utf8.withContiguousStorageIfAvailable { unsafe use(Span(_unsafeElements: $0)) }
  if let result { return result }
  // No text of this program lies in more than one piece.
  let utf8 = text.utf8Span
  return use(utf8.span)
}

/// Offset of the first `byte` from `start` on.
func offset(of byte: UInt8, in bytes: [UInt8], from start: Int) -> Int? {
  offset(of: byte, in: bytes, start..<max(start, bytes.count))
}

/// Offset of the first `byte` in a range.
func offset(of byte: UInt8, in bytes: [UInt8], _ range: Range<Int>) -> Int? {
  guard range.lowerBound >= 0, range.upperBound <= bytes.count else { return nil }
  return unsafe bytes.withUnsafeBytes { buffer -> Int? in
    guard let base = buffer.baseAddress,
      let found = unsafe memchr(base + range.lowerBound, Int32(byte), range.count)
    else { return nil }
    return unsafe UnsafeRawPointer(found) - base
  }
}

/// Offset of the first `byte` in a span.
func offset(of byte: UInt8, in span: Span<UInt8>) -> Int? {
  unsafe span.withUnsafeBytes { bytes -> Int? in
    guard let base = bytes.baseAddress, let found = unsafe memchr(base, Int32(byte), bytes.count) else { return nil }
    return unsafe UnsafeRawPointer(found) - base
  }
}

/// Whether all bytes from `start` on are the same.
func isUniform(_ bytes: [UInt8], from start: Int) -> Bool {
  unsafe bytes.withUnsafeBytes { buffer in
    guard start >= 0, buffer.count - start > 1, let base = buffer.baseAddress else { return true }
    return unsafe memcmp(base + start, base + start + 1, buffer.count - start - 1) == 0
  }
}

/// The value of eight hexadecimal digits in lower case; `nil` if there is anything else among them.
func hexadecimal(_ bytes: [UInt8], at place: Int) -> UInt64? {
  guard place >= 0, place + 8 <= bytes.count else { return nil }
  let word = unsafe bytes.withUnsafeBytes { unsafe $0.loadUnaligned(fromByteOffset: place, as: UInt64.self) }
  return eightHexadecimalDigits(UInt64(littleEndian: word))
}

/// The value of eight hexadecimal digits in lower case, the first one in the least significant byte. Without a branch for
/// each: digits of checksums follow no pattern that a processor could foresee.
@inline(__always)
func eightHexadecimalDigits(_ word: UInt64) -> UInt64? {
  let isLetter = word >> 6 & every(1)
  let values = (word & every(0x0F)) &+ isLetter &* 9
  let isAboveNine = (values &+ every(6)) >> 4 & every(1)
  // Nothing but a digit comes out again as it went in.
  guard values & every(0xF0) == 0, values &+ every(UInt8(ascii: "0")) &+ isAboveNine &* 39 == word else {
    return nil
  }
  var packed = values.byteSwapped
  packed = (packed | packed >> 4) & 0x00FF_00FF_00FF_00FF
  packed = (packed | packed >> 8) & 0x0000_FFFF_0000_FFFF
  return (packed | packed >> 16) & 0xFFFF_FFFF
}

/// Eight words of 64 bits, least significant byte first.
func littleEndianWords(_ bytes: [UInt8], at place: Int) -> InlineArray<8, UInt64> {
  precondition(place >= 0 && place + 64 <= bytes.count)
  return unsafe bytes.withUnsafeBytes { buffer in
    InlineArray { unsafe UInt64(littleEndian: buffer.loadUnaligned(fromByteOffset: place + $0 * 8, as: UInt64.self)) }
  }
}

/// Whether the bytes at `place`, up to `end`, begin with the literal.
func hasLiteral(_ literal: StaticString, _ bytes: [UInt8], at place: Int, end: Int) -> Bool {
  let count = literal.utf8CodeUnitCount
  guard place >= 0, place + count <= min(end, bytes.count) else { return false }
  return unsafe bytes.withUnsafeBytes { buffer in
    guard let base = buffer.baseAddress else { return false }
    // Most literals that are looked for differ in the third byte from what is there: `,"a` and `,"b`.
    if count > 2, unsafe buffer[place + 2] != literal.utf8Start[2] { return false }
    return unsafe memcmp(base + place, literal.utf8Start, count) == 0
  }
}

/// The bytes in a range as text; what is not UTF-8 becomes U+FFFD.
func text(_ bytes: [UInt8], _ range: Range<Int>) -> String {
  precondition(range.lowerBound >= 0 && range.upperBound <= bytes.count)
  return unsafe bytes.withUnsafeBufferPointer { buffer in
    unsafe String(decoding: UnsafeBufferPointer(rebasing: buffer[range]), as: UTF8.self)
  }
}

/// The bytes as text; what is not UTF-8 becomes U+FFFD.
func text(_ span: Span<UInt8>) -> String {
  unsafe span.withUnsafeBufferPointer { unsafe String(decoding: $0, as: UTF8.self) }
}

/// Whether the text is these bytes.
func isSame(_ text: String, _ span: Span<UInt8>) -> Bool {
  let utf8 = text.utf8
  let bytes = utf8.span
  guard bytes.count == span.count else { return false }
  return unsafe bytes.withUnsafeBytes { bytes in
    unsafe span.withUnsafeBytes { span in
      guard let a = bytes.baseAddress, let b = span.baseAddress else { return true }
      return unsafe memcmp(a, b, bytes.count) == 0
    }
  }
}

/// The byte in all eight places of a word.
@inline(__always)
func every(_ byte: UInt8) -> UInt64 { UInt64(byte) &* 0x0101_0101_0101_0101 }
