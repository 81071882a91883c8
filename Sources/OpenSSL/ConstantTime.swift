// SPDX-License-Identifier: Apache-2.0

import COpenSSL

/// Whether two byte strings are equal, in a time that depends on their lengths only (CRYPTO_memcmp(3)).
package func constantTimeEquals(_ a: Span<UInt8>, _ b: Span<UInt8>) -> Bool {
  guard a.count == b.count else { return false }
  return unsafe a.withUnsafeBytes { a in
    unsafe b.withUnsafeBytes { b in unsafe CRYPTO_memcmp(a.baseAddress, b.baseAddress, a.count) == 0 }
  }
}
