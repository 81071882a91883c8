// SPDX-License-Identifier: Apache-2.0

/// SipHash-1-3 (Aumasson and Bernstein, 2012): 64 bits of a message that nobody without the key can make collide.
///
/// To know a short message again, not to prove anything to others. For long ones there is ``MessageHash``.
package struct SipHash: Sendable {
  private let key: (UInt64, UInt64)

  /// A hash under the first 16 bytes of a code.
  package init(key code: Digest) {
    var words: (UInt64, UInt64) = (0, 0)
    for index in 0..<8 {
      words.0 |= UInt64(code[index]) << UInt64(8 * index)
      words.1 |= UInt64(code[index + 8]) << UInt64(8 * index)
    }
    key = words
  }

  /// The hash of one message.
  package func hash(_ message: Span<UInt8>) -> UInt64 {
    var state = begin()
    let tail = message.count & ~7
    unsafe message.withUnsafeBytes { bytes in
      var place = 0
      while place < tail {
        unsafe state.add(UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: place, as: UInt64.self)))
        place &+= 8
      }
    }
    var last: UInt64 = 0
    for place in tail..<message.count { last |= UInt64(message[place]) << UInt64(8 * (place - tail)) }
    return state.end(length: message.count, last)
  }

  /// A hash of words that follow one by one.
  func begin() -> State {
    State(
      key.0 ^ 0x736F_6D65_7073_6575, key.1 ^ 0x646F_7261_6E64_6F6D, key.0 ^ 0x6C79_6765_6E65_7261,
      key.1 ^ 0x7465_6462_7974_6573)
  }

  struct State {
    private var a: UInt64
    private var b: UInt64
    private var c: UInt64
    private var d: UInt64

    fileprivate init(_ a: UInt64, _ b: UInt64, _ c: UInt64, _ d: UInt64) {
      self.a = a
      self.b = b
      self.c = c
      self.d = d
    }

    @inline(__always)
    private mutating func round() {
      a &+= b
      c &+= d
      b = (b &<< 13 | b &>> 51) ^ a
      d = (d &<< 16 | d &>> 48) ^ c
      a = a &<< 32 | a &>> 32
      c &+= b
      a &+= d
      b = (b &<< 17 | b &>> 47) ^ c
      d = (d &<< 21 | d &>> 43) ^ a
      c = c &<< 32 | c &>> 32
    }

    @inline(__always)
    mutating func add(_ word: UInt64) {
      d ^= word
      round()
      a ^= word
    }

    /// The hash of `length` bytes: all words, and those in `last`, which are fewer than eight.
    @inline(__always)
    mutating func end(length: Int, _ last: UInt64 = 0) -> UInt64 {
      add(last | UInt64(truncatingIfNeeded: length) << 56)
      c ^= 0xFF
      round()
      round()
      round()
      return a ^ b ^ c ^ d
    }
  }
}
