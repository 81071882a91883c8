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

  /// The digest of all that was added and of `last` behind it.
  package consuming func finalize(with last: Span<UInt8>) -> Digest {
    guard state.num == 0, last.count <= Self.roomBeforePadding else {
      update(last)
      return finalize()
    }
    var digest = Digest(repeating: 0)
    var bytes = digest.mutableSpan
    unsafe bytes.withUnsafeMutableBufferPointer { digest in
      unsafe last.withUnsafeBytes {
        unsafe hookledger_sha256_final_block(&state, $0.baseAddress, $0.count, digest.baseAddress)
      }
    }
    return digest
  }

  /// The bytes of a message that its last block has room for beside the padding.
  private static let roomBeforePadding = 64 - 1 - 8

  /// The digest of one message.
  package static func hash(_ bytes: Span<UInt8>) -> Digest {
    SHA256().finalize(with: bytes)
  }
}
