// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import OpenSSL

@Suite struct SHA256Tests {
  @Test(arguments: [
    ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    (
      "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
    ),
  ])
  func `FIPS 180 examples come out`(message: String, digest: String) {
    #expect(sha256(message) == digest)
  }

  @Test func `a message cut at any byte has the digest of the whole`() {
    let message = (0..<150).map { UInt8($0) }
    let whole = sha256(message)
    for cut in 0...message.count {
      var hash = SHA256()
      hash.update(Array(message[..<cut]).span)
      hash.update(Array(message[cut...]).span)
      #expect(text(hash) == whole, "cut at \(cut)")
    }
  }

  @Test(arguments: [0, 1, 63, 64, 128])
  func `a last part of any length counts as when it is added before the end`(begin: Int) {
    let bytes = (0..<200).map { UInt8(truncatingIfNeeded: $0 &* 37) }
    for count in 0...130 {
      var hash = SHA256()
      hash.update(Array(bytes[..<begin]).span)
      let last = Array(bytes[begin..<min(bytes.count, begin + count)])
      let atOnce = hash.finalize(with: last.span)
      hash.update(last.span)
      #expect(Hex.encode(atOnce.span) == text(hash), "\(begin) and \(count) bytes")
    }
  }

  @Test func `a copy goes on by itself`() {
    var hash = SHA256()
    hash.update(Array("ab".utf8).span)
    var other = hash
    other.update(Array("x".utf8).span)
    hash.update(Array("c".utf8).span)
    #expect(text(hash) == sha256("abc"))
    #expect(text(other) == sha256("abx"))
  }
}
