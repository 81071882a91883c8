// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import OpenSSL

/// One message under one key, and the (possibly truncated) code it must have.
struct HMACVector: Sendable, CustomTestStringConvertible {
  let name: String
  let key: [UInt8]
  let message: [UInt8]
  let tag: String

  var testDescription: String { name }
}

/// RFC 4231 sections 4.2 to 4.8, the SHA-256 lines.
let rfc4231: [HMACVector] = [
  HMACVector(
    name: "case 1", key: [UInt8](repeating: 0x0B, count: 20),
    message: Array("Hi There".utf8),
    tag: "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"),
  HMACVector(
    name: "case 2", key: Array("Jefe".utf8),
    message: Array("what do ya want for nothing?".utf8),
    tag: "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"),
  HMACVector(
    name: "case 3", key: [UInt8](repeating: 0xAA, count: 20),
    message: [UInt8](repeating: 0xDD, count: 50),
    tag: "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"),
  HMACVector(
    name: "case 4", key: Array(1...25),
    message: [UInt8](repeating: 0xCD, count: 50),
    tag: "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"),
  HMACVector(
    name: "case 5", key: [UInt8](repeating: 0x0C, count: 20),
    message: Array("Test With Truncation".utf8),
    tag: "a3b6167473100ee06e0c796c2955552b"),
  HMACVector(
    name: "case 6", key: [UInt8](repeating: 0xAA, count: 131),
    message: Array("Test Using Larger Than Block-Size Key - Hash Key First".utf8),
    tag: "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"),
  HMACVector(
    name: "case 7", key: [UInt8](repeating: 0xAA, count: 131),
    message: Array(
      ("This is a test using a larger than block-size key and a larger than block-size "
        + "data. The key needs to be hashed before being used by the HMAC algorithm.").utf8),
    tag: "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"),
]

@Suite struct HMACTests {
  @Test(arguments: rfc4231)
  func `RFC 4231 vectors come out`(vector: HMACVector) {
    #expect(hmac(HMACKey(vector.key), vector.message).hasPrefix(vector.tag))
  }

  @Test func `a key gives the same code again after other messages`() {
    let key = HMACKey(rfc4231[1].key)
    let first = hmac(key, rfc4231[1].message)
    _ = hmac(key, [1, 2, 3])
    _ = hmac(key, [])
    #expect(hmac(key, rfc4231[1].message) == first)
  }

  @Test(arguments: [63, 64, 65, 128])
  func `only a key longer than a block stands for its own hash`(length: Int) {
    let key = [UInt8](repeating: 0x42, count: length)
    let hashed = SHA256.hash(key.span)
    let message = Array("message".utf8)
    let direct = hmac(HMACKey(key), message)
    let viaHash = hmac(HMACKey(hashed.span), message)
    #expect((direct == viaHash) == (length > 64))
  }

  @Test func `a message of any length has the code of the definition`() {
    // RFC 2104, 2: the hash of the masked key and the hash of the otherwise masked key and the message.
    let key = (0..<64).map { UInt8($0) }
    let message = (0..<150).map { UInt8(truncatingIfNeeded: $0 &* 37) }
    let ready = HMACKey(key)
    for count in message.indices {
      let first = key.map { $0 ^ 0x36 } + message[..<count]
      let inner = SHA256.hash(first.span)
      let second = key.map { $0 ^ 0x5C } + inner.indices.map { inner[$0] }
      #expect(hmac(ready, Array(message[..<count])) == sha256(second), "\(count) bytes")
    }
  }

  @Test func `an empty key and an empty message have a code`() {
    // By RFC 2104: both are the block of zeros, masked.
    let key = HMACKey([])
    #expect(
      hmac(key, [])
        == "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad")
  }

  @Test func `many threads may use one key at once`() async {
    let vector = rfc4231[6]
    let key = HMACKey(vector.key)
    let agreements = await withTaskGroup(of: Int.self) { group in
      for _ in 0..<4 {
        group.addTask {
          (0..<200).count { _ in hmac(key, vector.message) == vector.tag }
        }
      }
      return await group.reduce(0, +)
    }
    #expect(agreements == 800)
  }
}
