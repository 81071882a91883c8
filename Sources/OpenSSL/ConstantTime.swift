// SPDX-License-Identifier: Apache-2.0

import COpenSSL

/// Whether two byte strings are equal, in a time that depends on their lengths only (CRYPTO_memcmp(3)).
package func constantTimeEquals(_ a: Span<UInt8>, _ b: Span<UInt8>) -> Bool {
  guard a.count == b.count else { return false }
  return unsafe a.withUnsafeBytes { a in
    unsafe b.withUnsafeBytes { b in unsafe CRYPTO_memcmp(a.baseAddress, b.baseAddress, a.count) == 0 }
  }
}

/// Whether two codes are equal, in a time that depends on nothing.
package func constantTimeEquals(_ a: Digest, _ b: Digest) -> Bool {
  hookledger_equal_codes(
    a.word(at: 0), a.word(at: 8), a.word(at: 16), a.word(at: 24),
    b.word(at: 0), b.word(at: 8), b.word(at: 16), b.word(at: 24)) != 0
}

extension Digest {
  @inline(__always)
  fileprivate func word(at offset: Int) -> UInt64 {
    var word: UInt64 = 0
    for index in 0..<8 { word |= UInt64(self[offset &+ index]) &<< UInt64(8 &* index) }
    return word
  }
}
