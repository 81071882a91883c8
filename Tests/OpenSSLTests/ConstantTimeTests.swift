// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import OpenSSL

@Suite struct ConstantTimeTests {
  @Test func `equal bytes are equal, empty ones too`() {
    let bytes = (0..<32).map { UInt8($0) }
    let copy = bytes
    let empty: [UInt8] = []
    #expect(sameBytes(bytes, copy))
    #expect(sameBytes(empty, empty))
  }

  @Test func `any flipped bit makes a difference`() {
    let bytes = (0..<32).map { UInt8($0) }
    for index in bytes.indices {
      for bit in 0..<8 {
        var other = bytes
        other[index] ^= 1 << UInt8(bit)
        #expect(!sameBytes(bytes, other))
      }
    }
  }

  @Test func `bytes of different length differ`() {
    let bytes: [UInt8] = [1, 2, 3]
    #expect(!sameBytes(bytes, bytes.dropLast()))
    #expect(!sameBytes(bytes.dropLast(), bytes))
    #expect(!sameBytes([], bytes))
  }
}
