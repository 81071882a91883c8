// SPDX-License-Identifier: Apache-2.0

import COpenSSL

extension Base64 {
  /// Whether a text is that of a digest in the standard alphabet, in a time that depends on the text's length only.
  ///
  /// The digest, which may be a secret, is written and the texts are compared: calculated, eight characters at a time,
  /// without a branch or a table that would tell of it. As one digest has one text, that says as much as to compare what
  /// the text stands for.
  package static func isText(_ text: Span<UInt8>, of digest: Digest) -> Bool {
    guard text.count == 44 else { return false }
    let bytes = digest.span
    var difference: UInt64 = 0
    for group in 0..<5 {
      difference |= characters(of: bytes.word(at: 6 &* group).byteSwapped &>> 16) ^ text.word(at: 8 &* group)
    }
    // Two bytes are left, which are three characters and one of padding.
    let last = characters(of: UInt64(digest[30]) &<< 40 | UInt64(digest[31]) &<< 32) & 0xFF_FFFF
    difference |= (last | UInt64(UInt8(ascii: "=")) &<< 24) ^ text.word(at: 36) &>> 32
    return hookledger_is_zero(difference) != 0
  }

  /// The eight characters of six bytes, the first byte in the highest bits, the first character in the lowest.
  @inline(__always)
  private static func characters(of bytes: UInt64) -> UInt64 {
    // Halves of 24 bits, quarters of 12, and at last values of 6 move apart, each to the low end of its share.
    var values = bytes & 0xFF_FFFF | (bytes &>> 24) &<< 32
    values = values & 0x0FFF_0000_0FFF | (values & 0x00FF_F000_00FF_F000) &<< 4
    values = values & 0x003F_003F_003F_003F | (values & 0x0FC0_0FC0_0FC0_0FC0) &<< 2
    // From one range of characters to the next the distance to the values changes. No byte over- or underflows.
    var characters = values &+ every(UInt8(ascii: "A"))
    characters &+= above(25, values) &* 6
    characters &-= above(51, values) &* 75
    characters &-= above(61, values) &* 15
    characters &+= above(62, values) &* 3
    return characters.byteSwapped
  }

  /// One in each byte whose value, which is below 64, is above a limit.
  @inline(__always)
  private static func above(_ limit: UInt8, _ values: UInt64) -> UInt64 {
    (values &+ every(0x7F &- limit)) &>> 7 & every(1)
  }

  /// The byte in all eight places.
  @inline(__always)
  private static func every(_ byte: UInt8) -> UInt64 { UInt64(byte) &* 0x0101_0101_0101_0101 }
}

extension Span<UInt8> {
  /// The eight bytes from `offset` on, with the first in the lowest bits.
  @inline(__always)
  fileprivate func word(at offset: Int) -> UInt64 {
    let rest = extracting(offset..<count)
    // Stands for the checks of the eight, and the compiler makes one load of them.
    precondition(rest.count >= 8)
    var word: UInt64 = 0
    for index in 0..<8 { word |= UInt64(rest[index]) &<< (8 &* UInt64(index)) }
    return word
  }
}
