// SPDX-License-Identifier: Apache-2.0

/// Eight bytes at a time, with the first in the lowest bits of the word.
///
/// What is found of a word is told by the top bits of its bytes.
enum Words {
  /// The byte in all eight places.
  @inline(__always)
  static func every(_ byte: UInt8) -> UInt64 { UInt64(byte) &* 0x0101_0101_0101_0101 }

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

  /// The number of the first byte that `found` tells of.
  @inline(__always)
  static func first(_ found: UInt64) -> Int { found.trailingZeroBitCount &>> 3 }

  /// The letters a to z in both cases.
  @inline(__always)
  static func letters(_ word: UInt64) -> UInt64 {
    // Without the top bits no sum carries into the next byte.
    let low = (word | every(0x20)) & every(0x7F)
    let atLeastA = low &+ every(0x80 - UInt8(ascii: "a"))
    let aboveZ = low &+ every(0x7F - UInt8(ascii: "z"))
    return atLeastA & ~aboveZ & ~word & every(0x80)
  }

  /// The bytes that are `byte`, which is ASCII.
  @inline(__always)
  static func bytes(_ byte: UInt8, in word: UInt64) -> UInt64 {
    let difference = word ^ every(byte)
    return ~((difference & every(0x7F)) &+ every(0x7F) | difference) & every(0x80)
  }

  /// At least the bytes that a field value must not hold, and the tabs and bytes above ASCII that it may. Only the first
  /// of them is to be trusted: a borrow can spoil those behind it.
  @inline(__always)
  static func notPrintable(_ word: UInt64) -> UInt64 {
    ((word &- every(0x20)) | ((word ^ every(0x7F)) &- every(0x01)) | word) & every(0x80)
  }

  /// Whether two words are the same but for the case of letters.
  @inline(__always)
  static func areEqualIgnoringCase(_ word: UInt64, _ other: UInt64) -> Bool {
    let difference = word ^ other
    // The bit that tells the two cases of a letter apart is 0x20.
    return difference == 0 || difference & ~(letters(word) &>> 2) == 0
  }
}
