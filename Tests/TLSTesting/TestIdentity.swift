// SPDX-License-Identifier: Apache-2.0

import COpenSSL
import Glibc

/// A certificate for `127.0.0.1` and `localhost` with its private key, signed by an intermediate authority that a root
/// of its own signed; all made for the occasion, as PEM files in a folder that goes with it.
package final class TestIdentity {
  package enum Failure: Error {
    case openSSL(String)
    case file(String)
  }

  /// The chain as a server shows it: its own certificate and the intermediate one.
  package let certificate: String
  package let privateKey: String
  /// The root, as a client trusts it.
  package let root: String
  package let folder: String

  /// - Parameters:
  ///   - isRSA: The server's key is an RSA key of 2,048 bits; otherwise it is on the curve P-256.
  ///   - days: When the server's certificate becomes valid and when it ends, in days from now.
  package init(isRSA: Bool = false, days: Range<Int> = -1..<30) throws {
    var template = Array("/tmp/hookledger-tls-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw Failure.file("mkdtemp") }
    folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    certificate = folder + "/certificate.pem"
    privateKey = folder + "/key.pem"
    root = folder + "/root.pem"
    let rootKey = try Self.key(isRSA: false)
    let middleKey = try Self.key(isRSA: false)
    let ownKey = try Self.key(isRSA: isRSA)
    defer { for key in [rootKey, middleKey, ownKey] { EVP_PKEY_free(key) } }
    let rootCertificate = try Self.certificate(
      "Test root", key: rootKey, issuer: nil, signer: rootKey, days: -1..<30, extensions: Self.authority)
    let middle = try Self.certificate(
      "Test intermediate", key: middleKey, issuer: rootCertificate, signer: rootKey, days: -1..<30,
      extensions: Self.authority)
    let own = try Self.certificate(
      "Test server", key: ownKey, issuer: middle, signer: middleKey, days: days,
      extensions: [(NID_subject_alt_name, "IP:127.0.0.1,DNS:localhost")])
    defer { for made in [rootCertificate, middle, own] { X509_free(made) } }
    try Self.write(to: root) { PEM_write_bio_X509($0, rootCertificate) }
    try Self.write(to: certificate) { PEM_write_bio_X509($0, own) & PEM_write_bio_X509($0, middle) }
    try Self.write(to: privateKey) { PEM_write_bio_PrivateKey($0, ownKey, nil, nil, 0, nil, nil) }
    try Self.write(to: encryptedPrivateKey) {
      let password = Array("secret".utf8)
      return PEM_write_bio_PrivateKey($0, ownKey, EVP_aes_128_cbc(), password, Int32(password.count), nil, nil)
    }
  }

  /// The private key under a password.
  package var encryptedPrivateKey: String { folder + "/encrypted.pem" }

  deinit {
    for path in [certificate, privateKey, root, encryptedPrivateKey] { unlink(path) }
    rmdir(folder)
  }

  private static let authority: [(Int32, String)] = [
    (NID_basic_constraints, "critical,CA:TRUE"), (NID_key_usage, "critical,keyCertSign"),
  ]

  private static func key(isRSA: Bool) throws -> OpaquePointer? {
    let context = EVP_PKEY_CTX_new_from_name(nil, isRSA ? "RSA" : "EC", nil)
    defer { EVP_PKEY_CTX_free(context) }
    var key: OpaquePointer?
    guard
      EVP_PKEY_keygen_init(context) == 1,
      (isRSA ? EVP_PKEY_CTX_set_rsa_keygen_bits(context, 2048) : EVP_PKEY_CTX_set_group_name(context, "P-256")) == 1,
      EVP_PKEY_generate(context, &key) == 1
    else { throw Failure.openSSL("key") }
    return key
  }

  private static func certificate(
    _ name: String, key: OpaquePointer?, issuer: OpaquePointer?, signer: OpaquePointer?, days: Range<Int>,
    extensions: [(Int32, String)]
  ) throws -> OpaquePointer? {
    let made = X509_new()
    X509_set_version(made, 2)
    ASN1_INTEGER_set(X509_get_serialNumber(made), Int.random(in: 1...Int.max))
    X509_gmtime_adj(X509_getm_notBefore(made), days.lowerBound * 86_400)
    X509_gmtime_adj(X509_getm_notAfter(made), days.upperBound * 86_400)
    let subject = X509_get_subject_name(made)
    let text = Array(name.utf8)
    X509_NAME_add_entry_by_NID(subject, NID_commonName, MBSTRING_FLAG | 1, text, Int32(text.count), -1, 0)
    X509_set_issuer_name(made, issuer == nil ? subject : X509_get_subject_name(issuer))
    X509_set_pubkey(made, key)
    for (kind, value) in extensions {
      let part = X509V3_EXT_conf_nid(nil, nil, kind, value)
      guard X509_add_ext(made, part, -1) == 1 else { throw Failure.openSSL("extension") }
      X509_EXTENSION_free(part)
    }
    guard X509_sign(made, signer, EVP_sha256()) > 0 else { throw Failure.openSSL("signature") }
    return made
  }

  private static func write(to path: String, _ write: (OpaquePointer?) -> Int32) throws {
    let file = BIO_new_file(path, "w")
    defer { BIO_free(file) }
    guard file != nil, write(file) == 1 else { throw Failure.file(path) }
  }
}
