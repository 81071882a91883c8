// SPDX-License-Identifier: Apache-2.0

extension Span<UInt8> {
  /// Up to eight bytes, with the first in the lowest bits, and zeros above them; 0 if there are more.
  @inline(__always)
  var shortWord: UInt64 {
    guard count <= 8 else { return 0 }
    var word: UInt64 = 0
    for index in indices { word |= UInt64(self[index]) &<< (8 &* UInt64(index)) }
    return word
  }

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
