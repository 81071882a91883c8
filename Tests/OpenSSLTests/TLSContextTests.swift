// SPDX-License-Identifier: Apache-2.0

import TLSTesting
import Testing

@testable import OpenSSL

@Suite struct TLSContextTests {
  private func load(_ certificate: String, _ privateKey: String) throws(TLSContextError) -> TLSContext {
    try TLSContext.load(certificate: certificate, privateKey: privateKey)
  }

  @Test(arguments: [false, true])
  func `a chain with its key is good, and tells when it is valid`(isRSA: Bool) throws {
    let identity = try TestIdentity(isRSA: isRSA, days: -3..<4)
    let context = try load(identity.certificate, identity.privateKey)
    #expect(context.validity.upperBound - context.validity.lowerBound == 7 * 86_400)
  }

  @Test func `an expired certificate is read, so that somebody can say so`() throws {
    let identity = try TestIdentity(days: -3 ..< -1)
    let context = try load(identity.certificate, identity.privateKey)
    #expect(context.validity.upperBound - context.validity.lowerBound == 2 * 86_400)
  }

  @Test func `a key of another certificate is refused, of the same kind and of another`() throws {
    let identity = try TestIdentity()
    for isRSA in [false, true] {
      let other = try TestIdentity(isRSA: isRSA)
      let error = #expect(throws: TLSContextError.self) { try load(identity.certificate, other.privateKey) }
      #expect(error == .mismatch(certificate: identity.certificate, privateKey: other.privateKey))
    }
  }

  @Test func `files that are not there, not PEM or the other way round are named in the error`() throws {
    let identity = try TestIdentity()
    for path in ["/nonexistent/file.pem", "/dev/null", identity.privateKey] {
      let error = #expect(throws: TLSContextError.self) { try load(path, identity.privateKey) }
      #expect(error?.description.hasPrefix("the certificate chain \(path) cannot be used: ") == true)
    }
    for path in ["/nonexistent/file.pem", "/dev/null", identity.certificate] {
      let error = #expect(throws: TLSContextError.self) { try load(identity.certificate, path) }
      #expect(error?.description.hasPrefix("the private key \(path) cannot be used") == true)
    }
  }

  @Test func `a key under a password is refused without asking for it`() throws {
    let identity = try TestIdentity()
    let error = #expect(throws: TLSContextError.self) {
      try load(identity.certificate, identity.encryptedPrivateKey)
    }
    #expect(error?.description.contains("must be PEM and have no password") == true)
  }
}
