// SPDX-License-Identifier: Apache-2.0

/// Eight bytes at a time, with the first in the lowest bits of the word.
///
/// The compiler makes one instruction of eight loads or stores if nothing can go wrong between them; so each function
/// looks at the bounds once and by a comparison with the span's own count.
package enum Words {
  /// The byte in all eight places.
  @inlinable @inline(__always)
  package static func every(_ byte: UInt8) -> UInt64 { UInt64(byte) &* 0x0101_0101_0101_0101 }

  /// The first eight bytes, of which there must be so many.
  @inlinable @inline(__always)
  package static func first(_ bytes: Span<UInt8>) -> UInt64 {
    precondition(bytes.count >= 8)
    var word: UInt64 = 0
    for i in 0..<8 { word |= UInt64(bytes[i]) &<< (8 &* UInt64(i)) }
    return word
  }

  /// The first `count` bytes, 0 to 8, and zeros above them.
  @inlinable @inline(__always)
  package static func first(_ count: Int, of bytes: Span<UInt8>) -> UInt64 {
    guard count < 8 else { return first(bytes) }
    var word: UInt64 = 0
    for i in 0..<count { word |= UInt64(bytes[i]) &<< (8 &* UInt64(i)) }
    return word
  }

  /// The eight bytes from `offset` on.
  @inlinable @inline(__always)
  package static func load(_ bytes: Span<UInt8>, at offset: Int) -> UInt64 {
    first(bytes.extracting(droppingFirst: offset))
  }

  /// Replaces the eight bytes from `offset` on, for which there must be room.
  @inlinable @inline(__always)
  package static func store(_ word: UInt64, to bytes: inout MutableSpan<UInt8>, at offset: Int) {
    var bytes = bytes._mutatingExtracting(droppingFirst: offset)
    precondition(bytes.count >= 8)
    for i in 0..<8 { bytes[i] = UInt8(truncatingIfNeeded: word &>> (8 &* UInt64(i))) }
  }
}

extension MutableSpan<UInt8> {
  /// Replaces the bytes from `offset` on with those of `source`, for which there must be room.
  @inline(__always)
  package mutating func write(_ source: Span<UInt8>, at offset: Int) {
    // Of two spans of one length the compiler makes a block copy.
    var target = _mutatingExtracting(offset..<offset &+ source.count)
    for i in source.indices { target[i] = source[i] }
  }
}
