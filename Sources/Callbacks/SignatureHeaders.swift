// SPDX-License-Identifier: Apache-2.0

import OpenSSL

/// The forms of the two header values (kie.ai, "Webhook Verification").
enum SignatureHeaders {
  /// The seconds of `X-Webhook-Timestamp`: 1 to 12 ASCII digits without sign, space or leading zero.
  static func seconds(_ text: Span<UInt8>) -> Int64? {
    guard 1...12 ~= text.count, text.count == 1 || text[0] != UInt8(ascii: "0") else { return nil }
    var seconds: Int64 = 0
    for index in text.indices {
      let digit = text[index] &- UInt8(ascii: "0")
      guard digit < 10 else { return nil }
      seconds = seconds &* 10 &+ Int64(digit)
    }
    return seconds
  }

  /// Whether it has the form of `X-Webhook-Signature`: the canonical padded base64 of 32 bytes, 44 characters.
  static func isDigest(_ text: Span<UInt8>) -> Bool {
    var digest = Digest(repeating: 0)
    var bytes = digest.mutableSpan
    return Base64.standard.decode(text, into: &bytes)
  }
}
