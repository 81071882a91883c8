// SPDX-License-Identifier: Apache-2.0

import CVector

/// Sixteen bytes of a message as two words, with the first byte in the lowest bits, of which a vector is made.
///
/// What is found among them is told by a bit for each byte, that of the first byte lowest.
struct SixteenBytes {
  let low: UInt64
  let high: UInt64

  /// The sixteen bytes from `offset` on.
  @inline(__always)
  init(_ bytes: Span<UInt8>, at offset: Int) {
    let rest = bytes.extracting(offset..<bytes.count)
    // Stands for the checks of the sixteen, and the compiler makes one load of them.
    precondition(rest.count >= 16)
    var words: (UInt64, UInt64) = (0, 0)
    for index in 0..<8 {
      words.0 |= UInt64(rest[index]) &<< (8 &* UInt64(index))
      words.1 |= UInt64(rest[8 &+ index]) &<< (8 &* UInt64(index))
    }
    (low, high) = words
  }

  init(low: UInt64, high: UInt64) {
    self.low = low
    self.high = high
  }

  /// All bytes but letters and "-".
  @inline(__always)
  var others: UInt32 { hookledger_not_name(low, high) }

  /// All bytes but letters, digits, "-", ".", "_" and "/".
  @inline(__always)
  var notOfPath: UInt32 { hookledger_not_path(low, high) }

  /// All bytes but letters, digits, "-", "." and "_".
  @inline(__always)
  var notOfHost: UInt32 { hookledger_not_host(low, high) }

  /// All bytes but printable ASCII; in the upper half quotation marks and backslashes.
  @inline(__always)
  var notPlain: UInt32 { hookledger_not_plain(low, high) }

  /// Whether the bytes are those of `text`, which is lower-case, but for the case of letters.
  @inline(__always)
  func isEqualIgnoringCase(_ text: SixteenBytes) -> Bool {
    hookledger_not_equal_but_case(low, high, text.low, text.high) == 0
  }
}

extension Span<UInt8> {
  /// The first byte from `start` on that `others` tells of, as long as there are sixteen to look at; the caller goes on
  /// from there by itself.
  @inline(__always)
  func first(from start: Int, _ others: (SixteenBytes) -> UInt32) -> Int {
    var index = start
    while count &- index >= 16 {
      let found = others(SixteenBytes(self, at: index))
      if found != 0 { return index &+ found.trailingZeroBitCount }
      index &+= 16
    }
    return index
  }
}
