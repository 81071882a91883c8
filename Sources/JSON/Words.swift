// SPDX-License-Identifier: Apache-2.0

/// Eight bytes at a time, with the first in the lowest bits of the word.
package enum Words {
  /// The byte in all eight places.
  @inlinable @inline(__always)
  package static func every(_ byte: UInt8) -> UInt64 { UInt64(byte) &* 0x0101_0101_0101_0101 }

  /// The eight bytes from `offset` on. The compiler makes one instruction of it.
  @inlinable @inline(__always)
  package static func load(_ bytes: Span<UInt8>, at offset: Int) -> UInt64 {
    let bytes = bytes.extracting(offset..<offset &+ 8)
    var word: UInt64 = 0
    for i in 0..<8 { word |= UInt64(bytes[i]) &<< (8 &* UInt64(i)) }
    return word
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
