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
    // What is left fits one block with its padding: laid out here, it need not be collected in the state first.
    let bits = (UInt64(state.Nh) &<< 32 | UInt64(state.Nl)) &+ UInt64(last.count) &* 8
    let block = Self.lastBlock(last, bits: bits)
    unsafe block.span.withUnsafeBytes { unsafe hookledger_sha256_compress(&state, $0.baseAddress) }
    return digest
  }

  /// The bytes of a message that its last block has room for beside the padding (FIPS 180-4, 5.1.1).
  private static let roomBeforePadding = 64 - 1 - 8

  /// The message's last bytes, a one bit, zeros, and the message's length in bits in the last eight bytes.
  private static func lastBlock(_ bytes: Span<UInt8>, bits: UInt64) -> InlineArray<64, UInt8> {
    var block = InlineArray<64, UInt8>(repeating: 0)
    var text = block.mutableSpan
    var begin = text._mutatingExtracting(0..<bytes.count)
    for index in bytes.indices { begin[index] = bytes[index] }
    block[bytes.count] = 0x80
    for place in 0..<8 { block[56 + place] = UInt8(truncatingIfNeeded: bits &>> UInt64(56 - 8 * place)) }
    return block
  }

  /// The chaining value as the digest that it is behind the last block.
  private var digest: Digest {
    let (a, b, c, d, e, f, g, h) = state.h
    let words: InlineArray<8, UInt32> = [a, b, c, d, e, f, g, h]
    var digest = Digest(repeating: 0)
    for index in words.indices {
      let word = words[index]
      digest[4 &* index] = UInt8(truncatingIfNeeded: word &>> 24)
      digest[4 &* index &+ 1] = UInt8(truncatingIfNeeded: word &>> 16)
      digest[4 &* index &+ 2] = UInt8(truncatingIfNeeded: word &>> 8)
      digest[4 &* index &+ 3] = UInt8(truncatingIfNeeded: word)
    }
    return digest
  }

  /// The digest of one message.
  package static func hash(_ bytes: Span<UInt8>) -> Digest {
    SHA256().finalize(with: bytes)
  }
}
