// SPDX-License-Identifier: Apache-2.0

import COpenSSL
import Testing

@testable import OpenSSL

@Suite struct RandomAndErrorTests {
  @Test(arguments: [0, 1, 16, 4096])
  func `as many random bytes come as were asked for`(count: Int) throws {
    #expect(try randomBytes(count).count == count)
  }

  @Test func `two draws of random bytes differ`() throws {
    #expect(try randomBytes(32) != randomBytes(32))
  }

  @Test func `a failed call throws with the text of the queue and empties it`() {
    let error = #expect(throws: OpenSSLError.self) {
      try checked("EVP_MD_fetch") { EVP_MD_fetch(nil, "no-such-hash", nil) == nil ? 0 : 1 }
    }
    #expect(error?.function == "EVP_MD_fetch")
    #expect(error?.reasons.count == 1)
    #expect(error?.reasons.first?.contains("unsupported") == true)
    #expect(error?.description.hasPrefix("EVP_MD_fetch failed: error:") == true)
    #expect(ERR_peek_error() == 0)
  }

  @Test func `a failed call without a word in the queue still throws`() {
    let error = #expect(throws: OpenSSLError.self) { try checked("nothing") { 0 } }
    #expect(error?.reasons == [])
    #expect(error?.description == "nothing failed")
  }

  @Test func `what an earlier call left in the queue is not blamed on this one`() {
    _ = EVP_MD_fetch(nil, "no-such-hash", nil)
    let error = #expect(throws: OpenSSLError.self) { try checked("nothing") { -1 } }
    #expect(error?.reasons == [])
  }
}
