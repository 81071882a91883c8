// SPDX-License-Identifier: Apache-2.0

extension Span<UInt8> {
  /// The first eight bytes, of which there must be so many, with the first in the lowest bits. One instruction; the same
  /// function of another module would be a call.
  @inline(__always)
  var firstWord: UInt64 {
    precondition(count >= 8)
    var word: UInt64 = 0
    for index in 0..<8 { word |= UInt64(self[index]) &<< (8 &* UInt64(index)) }
    return word
  }
}
