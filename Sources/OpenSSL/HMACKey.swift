// SPDX-License-Identifier: Apache-2.0

/// A key of HMAC-SHA256 (RFC 2104, FIPS 198-1), ready for use.
///
/// Both hash states behind the key block are computed once and copied for each message, which saves two of the four
/// compressions of a short message and every allocation. Any thread may use one key at any time.
package final class HMACKey: Sendable {
  private let inner: SHA256
  private let outer: SHA256

  /// A key of any length; one longer than a block of 64 bytes is hashed first, as the RFC demands.
  package init(_ key: Span<UInt8>) {
    var block = InlineArray<64, UInt8>(repeating: 0)
    if key.count > 64 {
      let digest = SHA256.hash(key)
      for index in digest.indices { block[index] = digest[index] }
    } else {
      for index in key.indices { block[index] = key[index] }
    }
    inner = Self.state(of: block, masked: 0x36)
    outer = Self.state(of: block, masked: 0x5C)
  }

  /// The authentication code of a message.
  package func authenticate(_ message: Span<UInt8>) -> Digest {
    let digest = inner.finalize(with: message)
    return outer.finalize(with: digest.span)
  }

  private static func state(of block: InlineArray<64, UInt8>, masked mask: UInt8) -> SHA256 {
    var block = block
    for index in block.indices { block[index] ^= mask }
    var hash = SHA256()
    hash.update(block.span)
    return hash
  }
}
