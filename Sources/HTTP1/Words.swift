// SPDX-License-Identifier: Apache-2.0

/// Eight bytes at a time, with the first in the lowest bits of the word.
enum Words {
  /// The eight bytes from `offset` on.
  @inline(__always)
  static func load(_ bytes: Span<UInt8>, at offset: Int) -> UInt64 {
    let rest = bytes.extracting(offset..<bytes.count)
    // Stands for the checks of the eight, and the compiler makes one load of them.
    precondition(rest.count >= 8)
    var word: UInt64 = 0
    for index in 0..<8 { word |= UInt64(rest[index]) &<< (8 &* UInt64(index)) }
    return word
  }

  /// Of bytes of a token, which are letters, digits and marks, the letters in lower case. Of the other bytes of tokens some
  /// become others of them, but none becomes a letter or "-" (RFC 9110, 5.6.2).
  @inline(__always)
  static func lowercased(_ word: UInt64) -> UInt64 { word | 0x2020_2020_2020_2020 }

  /// The four bytes from `offset` on.
  @inline(__always)
  static func loadHalf(_ bytes: Span<UInt8>, at offset: Int) -> UInt64 {
    let rest = bytes.extracting(offset..<bytes.count)
    precondition(rest.count >= 4)
    var word: UInt64 = 0
    for index in 0..<4 { word |= UInt64(rest[index]) &<< (8 &* UInt64(index)) }
    return word
  }
}
