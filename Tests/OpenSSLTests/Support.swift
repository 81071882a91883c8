// SPDX-License-Identifier: Apache-2.0

@testable import OpenSSL

// The doors take spans, which an expectation cannot capture; these take and give plain values.

func sameBytes(_ a: [UInt8], _ b: [UInt8]) -> Bool { constantTimeEquals(a.span, b.span) }

func sha256(_ message: [UInt8]) -> String { Hex.encode(SHA256.hash(message.span).span) }

func sha256(_ message: String) -> String { sha256(Array(message.utf8)) }

func text(_ hash: SHA256) -> String { Hex.encode(hash.finalize().span) }

func hmac(_ key: HMACKey, _ message: [UInt8]) -> String { Hex.encode(key.authenticate(message.span).span) }

extension Base64 {
  func text(_ bytes: [UInt8]) -> String { encode(bytes.span) }

  func bytes(_ text: String) -> [UInt8]? { decode(Array(text.utf8).span) }

  func digest(_ text: String) -> [UInt8]? {
    var digest = [UInt8](repeating: 0, count: 32)
    var bytes = digest.mutableSpan
    return decode(Array(text.utf8).span, into: &bytes) ? digest : nil
  }
}

extension HMACKey {
  convenience init(_ key: [UInt8]) { self.init(key.span) }
}
