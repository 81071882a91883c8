// SPDX-License-Identifier: Apache-2.0

private import CLinux
private import Glibc

// Reading many bytes at once, where a loop over an array would be several times slower. Ranges must lie within the
// array: all of them come from offsets that were found in it.

/// CRC-32C of the bytes in a range.
func checksum(_ bytes: [UInt8], _ range: Range<Int>) -> UInt32 {
  precondition(range.lowerBound >= 0 && range.upperBound <= bytes.count)
  return unsafe bytes.withUnsafeBytes { buffer in
    unsafe hl_crc32c(0, buffer.baseAddress.map { unsafe $0 + range.lowerBound }, range.count)
  }
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

/// Whether all bytes from `start` on are the same.
func isUniform(_ bytes: [UInt8], from start: Int) -> Bool {
  unsafe bytes.withUnsafeBytes { buffer in
    guard start >= 0, buffer.count - start > 1, let base = buffer.baseAddress else { return true }
    return unsafe memcmp(base + start, base + start + 1, buffer.count - start - 1) == 0
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
