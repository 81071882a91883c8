// SPDX-License-Identifier: Apache-2.0

import COpenSSL

/// The 32 bytes that SHA-256 and HMAC-SHA256 give.
package typealias Digest = InlineArray<32, UInt8>

/// SHA-256 (FIPS 180-4) of a message that comes in parts. A value without heap memory: a copy forks the computation.
package struct SHA256: Sendable {
  private var state = SHA256_CTX()

  /// The state before the first byte.
  package init() {
    unsafe hookledger_sha256_init(&state)
  }

  /// Adds the next bytes of the message.
  package mutating func update(_ bytes: Span<UInt8>) {
    unsafe bytes.withUnsafeBytes { unsafe hookledger_sha256_update(&state, $0.baseAddress, $0.count) }
  }

  /// The digest of all that was added.
  package consuming func finalize() -> Digest {
    var digest = Digest(repeating: 0)
    var bytes = digest.mutableSpan
    unsafe bytes.withUnsafeMutableBufferPointer { unsafe hookledger_sha256_final(&state, $0.baseAddress) }
    return digest
  }

  /// The digest of one message.
  package static func hash(_ bytes: Span<UInt8>) -> Digest {
    var hash = SHA256()
    hash.update(bytes)
    return hash.finalize()
  }
}
