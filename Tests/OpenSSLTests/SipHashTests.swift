// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import OpenSSL

@Suite struct SipHashTests {
  /// Made by another implementation: `PYTHONHASHSEED=0 python3 -c 'print(hash(bytes(range(n))))'`, whose key is zero.
  static let vectors: [(count: Int, hash: UInt64)] = [
    (1, 0x68A9_1412_8E01_E473), (7, 0x2F09_8AB0_C751_325A), (8, 0xEAD4_11E6_7EBE_2EEA),
    (9, 0x7592_7F9D_9512_4362), (15, 0xF30E_B725_BB91_C9EA), (16, 0x8972_1884_33A5_C5B7),
    (31, 0x1697_3944_3111_D49B), (32, 0x31EF_8061_C910_629B), (33, 0x7FB7_1D24_DFA4_C9F6), (40, 0x95BC_321A_B41D_8206),
    (63, 0x385D_3E39_E5F3_7359), (64, 0x75E0_5FD5_BBC8_70C6), (200, 0x7176_378E_FD9E_8A23),
  ]

  @Test(arguments: vectors) func `hashes as others do`(count: Int, hash: UInt64) {
    let message = (0..<count).map { UInt8($0) }
    #expect(SipHash(key: Digest(repeating: 0)).hash(message.span) == hash)
  }

  @Test func `every byte of the key and of the message counts`() {
    var message = (0..<23).map { UInt8($0) }
    let known = SipHash(key: Digest(repeating: 0)).hash(message.span)
    for index in 0..<16 {
      var key = Digest(repeating: 0)
      key[index] = 1
      #expect(SipHash(key: key).hash(message.span) != known)
    }
    for index in message.indices {
      message[index] ^= 0x80
      #expect(SipHash(key: Digest(repeating: 0)).hash(message.span) != known)
      message[index] ^= 0x80
    }
  }
}
