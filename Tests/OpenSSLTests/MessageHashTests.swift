// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import OpenSSL

@Suite struct MessageHashTests {
  private static let code = SHA256.hash(Array("a key".utf8).span)
  private static func hash(_ message: some Sequence<UInt8>, _ code: Digest = code) -> UInt64 {
    let bytes = Array(message)
    return MessageHash(key: code).hash(bytes.span)
  }

  private static let message = (0..<1100).map { UInt8(truncatingIfNeeded: $0 &* 167 &+ $0 >> 3) }

  /// The same by the definition: numbers of 128 bits, and SipHash of the bytes of their sums.
  private static func plainly(_ message: ArraySlice<UInt8>) -> UInt64 {
    let source = HMACKey(code.span)
    func words(_ bytes: some Collection<UInt8>) -> [UInt64] {
      var words = [UInt64](repeating: 0, count: (bytes.count + 7) / 8)
      for (place, byte) in bytes.enumerated() { words[place / 8] |= UInt64(byte) << UInt64(8 * (place % 8)) }
      return words
    }
    let key = (0..<16).flatMap { number in
      let number = [UInt8(number)]
      let code = source.authenticate(number.span)
      return words(code.indices.map { code[$0] })
    }
    var sums: [UInt8] = []
    var rest = message
    while !rest.isEmpty {
      var block = words(rest.prefix(512))
      if block.count % 2 == 1 { block.append(0) }
      var sum: UInt128 = 0
      for pair in 0..<(block.count / 2) {
        sum &+= UInt128(block[2 * pair] &+ key[2 * pair]) * UInt128(block[2 * pair + 1] &+ key[2 * pair + 1])
      }
      for byte in 0..<16 { sums.append(UInt8(truncatingIfNeeded: sum >> (8 * byte))) }
      rest = rest.dropFirst(512)
    }
    for byte in 0..<8 { sums.append(UInt8(truncatingIfNeeded: message.count >> (8 * byte))) }
    let last: [UInt8] = [16]
    return SipHash(key: source.authenticate(last.span)).hash(sums.span)
  }

  @Test func `hashes every length as it is defined`() {
    for count in 0...Self.message.count {
      #expect(Self.hash(Self.message[..<count]) == Self.plainly(Self.message[..<count]))
    }
  }

  @Test func `carries beyond 64 bits`() {
    let ones = [UInt8](repeating: 0xFF, count: 1024)
    #expect(Self.hash(ones) == Self.plainly(ones[...]))
  }

  @Test func `every byte of the message and of the key, and the length count`() {
    var message = Self.message
    var seen: Set = [Self.hash(message)]
    for place in message.indices {
      message[place] ^= 1
      #expect(seen.insert(Self.hash(message)).inserted)
      message[place] ^= 1
    }
    for place in Self.code.indices {
      var code = Self.code
      code[place] ^= 0x80
      #expect(seen.insert(Self.hash(message, code)).inserted)
    }
    let zeros = [UInt8](repeating: 0, count: 1100)
    for count in 0...zeros.count { #expect(seen.insert(Self.hash(zeros[..<count])).inserted) }
  }
}
