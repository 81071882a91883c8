// SPDX-License-Identifier: Apache-2.0

package import OpenSSL

/// The last part of a task's own callback address: 26 characters of ULID, a full stop, and 22 of validator.
///
/// The validator is the unpadded base64url of the first 16 bytes of HMAC-SHA256 under our token key, so that nobody can
/// make up the address of another task, and nothing in the address is the key itself. Nothing needs to be stored.
package enum CallbackToken {
  /// Characters in a token.
  package static let count = 49

  /// The token of a submission.
  package static func mint(_ submission: TaskID, key: HMACKey) -> String {
    var text: [UInt8] = []
    text.reserveCapacity(count)
    submission.appendULID(to: &text)
    let code = code(ofULID: text.span, key: key)
    text.append(UInt8(ascii: "."))
    Base64.url.encode(code.span.extracting(first: 16), to: &text)
    return String(decoding: text, as: UTF8.self)
  }

  /// The submission whose token this is, `nil` if it is nobody's. Takes the same time whichever character is wrong.
  package static func check(_ text: Span<UInt8>, key: HMACKey) -> TaskID? {
    guard text.count == count, text[26] == UInt8(ascii: ".") else { return nil }
    let ulid = text.extracting(first: 26)
    guard let submission = TaskID(ulid: ulid) else { return nil }
    var claimed = InlineArray<16, UInt8>(repeating: 0)
    var bytes = claimed.mutableSpan
    guard Base64.url.decode(text.extracting(last: 22), into: &bytes) else { return nil }
    return constantTimeEquals(claimed.span, code(ofULID: ulid, key: key).span.extracting(first: 16)) ? submission : nil
  }

  private static func code(ofULID ulid: Span<UInt8>, key: HMACKey) -> Digest {
    var message = InlineArray<40, UInt8>(repeating: 0)
    for (index, byte) in "callback-token".utf8.enumerated() { message[index] = byte }
    for index in ulid.indices { message[14 + index] = ulid[index] }
    return key.authenticate(message.span)
  }
}
