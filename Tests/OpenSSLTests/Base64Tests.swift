// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import OpenSSL

@Suite struct Base64Tests {
  @Test(arguments: [
    ("", "", ""), ("f", "Zg==", "Zg"), ("fo", "Zm8=", "Zm8"), ("foo", "Zm9v", "Zm9v"), ("foob", "Zm9vYg==", "Zm9vYg"),
    ("fooba", "Zm9vYmE=", "Zm9vYmE"), ("foobar", "Zm9vYmFy", "Zm9vYmFy"),
  ])
  func `RFC 4648 vectors go both ways`(plain: String, standard: String, url: String) {
    let bytes = Array(plain.utf8)
    #expect(Base64.standard.text(bytes) == standard)
    #expect(Base64.url.text(bytes) == url)
    #expect(Base64.standard.bytes(standard) == bytes)
    #expect(Base64.url.bytes(url) == bytes)
  }

  @Test(arguments: [Base64.standard, .url])
  func `every length and every byte value survive`(alphabet: Base64) {
    let all = (0...255).map { UInt8($0) }
    for length in 0...all.count {
      let bytes = Array(all.reversed().prefix(length))
      #expect(alphabet.bytes(alphabet.text(bytes)) == bytes)
    }
  }

  @Test func `the alphabets differ in the last two characters only`() {
    let bytes: [UInt8] = [0xFB, 0xEF, 0xFF]
    #expect(Base64.standard.text(bytes) == "++//")
    #expect(Base64.url.text(bytes) == "--__")
    #expect(Base64.standard.bytes("--__") == nil)
    #expect(Base64.url.bytes("++//") == nil)
  }

  @Test(arguments: [
    "Z", "Zg", "Zg=", "Zg===", "=", "==", "====", "Z===", "Zg==Zg==", "Zm9v====", "Zm9v=", "=Zm9", "Z=m9", " Zm9v",
    "Zm9v\n",
    "Zm 9", "Zh==", "Zm9=", "Zm9vYh==", "Zmé=",
  ])
  func `standard text that is not canonical is refused`(text: String) {
    #expect(Base64.standard.bytes(text) == nil)
  }

  @Test(arguments: ["Z", "Zg==", "Zm8=", "Zm9vY", "Zh", "Zm9", "Zm9v\n"])
  func `url text that is not canonical is refused`(text: String) {
    #expect(Base64.url.bytes(text) == nil)
  }

  @Test func `no byte outside the alphabet is read`() {
    let alphabet = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    for byte in UInt8.min...UInt8.max {
      #expect(
        (Base64.standard.bytes(String(decoding: [65, 65, byte, 65], as: UTF8.self)) != nil) == alphabet.contains(byte))
    }
  }

  @Test func `no byte outside the alphabet is read at any place of a digest`() {
    let alphabet = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    let text = Array(Base64.standard.text((0..<32).map { UInt8($0 &* 7) }).utf8)
    for place in 0..<42 {
      for byte in UInt8.min...UInt8.max {
        var other = text
        other[place] = byte
        var digest = [UInt8](repeating: 0, count: 32)
        var bytes = digest.mutableSpan
        let isRead = Base64.standard.decode(other.span, into: &bytes)
        #expect(isRead == alphabet.contains(byte))
        if isRead { #expect(Base64.standard.text(digest) == String(decoding: other, as: UTF8.self)) }
      }
    }
  }

  @Test(arguments: [Base64.standard, .url])
  func `a digest is read from its own text only`(alphabet: Base64) throws {
    let bytes = (0..<33).map { UInt8(truncatingIfNeeded: $0 &* 37) }
    for count in 30...33 {
      let text = alphabet.text(Array(bytes.prefix(count)))
      #expect(alphabet.digest(text) == (count == 32 ? Array(bytes.prefix(32)) : nil))
    }
  }

  @Test func `a digest's own text is known, and no other`() {
    for seed in UInt8.min...UInt8.max {
      let bytes = (0..<32).map { UInt8(truncatingIfNeeded: $0 &* 37) ^ seed }
      let text = Array(Base64.standard.text(bytes).utf8)
      #expect(isText(text, bytes))
      #expect(!isText(Array(Base64.url.text(bytes).utf8), bytes))
      #expect(!isText(text.dropLast(), bytes))
      #expect(!isText(text + [UInt8(ascii: "=")], bytes))
    }
    #expect(!isText([], [UInt8](repeating: 0, count: 32)))
  }

  @Test func `any other character makes it the text of another digest`() {
    let bytes = (0..<32).map { UInt8(truncatingIfNeeded: $0 &* 41) }
    let text = Array(Base64.standard.text(bytes).utf8)
    for place in text.indices {
      for byte in UInt8.min...UInt8.max where byte != text[place] {
        var other = text
        other[place] = byte
        #expect(!isText(other, bytes))
      }
    }
  }

  @Test func `every six bits have their character at every place`() {
    for value in UInt8(0)..<64 {
      for place in 0..<43 {
        // Behind the last byte there are two bits of padding, which are zero.
        guard place < 42 || value % 4 == 0 else { continue }
        var bytes = [UInt8](repeating: 0, count: 33)
        let bits = UInt16(value) << UInt16(10 - place * 6 % 8)
        bytes[place * 6 / 8] = UInt8(bits >> 8)
        bytes[place * 6 / 8 + 1] = UInt8(bits & 0xFF)
        let digest = Array(bytes[..<32])
        #expect(isText(Array(Base64.standard.text(digest).utf8), digest))
      }
    }
  }

  private func isText(_ text: [UInt8], _ bytes: [UInt8]) -> Bool {
    var digest = Digest(repeating: 0)
    for index in bytes.indices { digest[index] = bytes[index] }
    return Base64.isText(text.span, of: digest)
  }

  @Test func `bits left over in the last character of a digest are refused`() {
    let text = Array(Base64.standard.text([UInt8](repeating: 0, count: 32)).utf8)
    for byte in Array("BCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8) {
      var other = text
      other[42] = byte
      #expect(
        (Base64.standard.digest(String(decoding: other, as: UTF8.self)) != nil)
          == ("EIMQUYcgkosw048".utf8.contains(byte)))
    }
  }
}

@Suite struct HexTests {
  @Test func `every byte goes both ways in lower case`() {
    let all = (0...255).map { UInt8($0) }
    let text = Hex.encode(all.span)
    #expect(text == text.lowercased())
    #expect(Hex.decode(text) == all)
    #expect(Hex.decode(text.uppercased()) == all)
  }

  @Test(arguments: ["0", "abc", "0g", "g0", " 00", "0x00", "é", "@0", "/0", ":0", "`0", "G0"])
  func `a text that is no whole number of bytes is refused`(text: String) {
    #expect(Hex.decode(text) == nil)
  }
}
