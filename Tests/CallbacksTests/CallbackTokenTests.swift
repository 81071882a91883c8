// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Callbacks

@Suite struct CallbackTokenTests {
  @Test func `a minted token names its submission`() {
    let text = token(testSubmission)
    #expect(text.utf8.count == CallbackToken.count)
    #expect(text.hasPrefix(testSubmission.description.dropFirst(4)))
    #expect(submission(ofToken: text) == testSubmission)
  }

  @Test func `a token is the documented code and no other`() {
    // HMAC-SHA256 of "callback-token" and 26 zeros under "test-token-key", computed with another implementation.
    #expect(token(TaskID(high: 0, low: 0)) == "00000000000000000000000000.4mMABD_HS4gNAQYAIXzecg")
  }

  @Test func `every other byte at every place is refused`() {
    let text = Array(token(testSubmission).utf8)
    for index in text.indices {
      for byte in UInt8(0x00)...0x7F where byte != text[index] {
        var other = text
        other[index] = byte
        #expect(submission(ofToken: String(decoding: other, as: UTF8.self)) == nil)
      }
    }
  }

  @Test func `every prefix and every longer text is refused`() {
    let text = token(testSubmission)
    for length in 0..<text.count { #expect(submission(ofToken: String(text.prefix(length))) == nil) }
    #expect(submission(ofToken: text + "A") == nil)
    #expect(submission(ofToken: text + "=") == nil)
  }

  @Test func `a token of another key or another submission's validator is refused`() {
    let other = TaskID(high: testSubmission.high, low: testSubmission.low ^ 1)
    #expect(submission(ofToken: token(testSubmission, key: Array("another key".utf8))) == nil)
    #expect(submission(ofToken: String(token(testSubmission).prefix(27)) + token(other).suffix(22)) == nil)
  }
}
