// SPDX-License-Identifier: Apache-2.0

import COpenSSL

/// Why a certificate and its private key cannot be used.
package enum TLSContextError: Error, Equatable, CustomStringConvertible {
  /// The file cannot be opened, has no PEM certificate in it, or one that is too weak.
  case certificate(path: String, OpenSSLError)
  /// The file cannot be opened, has no PEM key in it, or one that is protected by a password.
  case privateKey(path: String, OpenSSLError)
  /// The key is not the one the first certificate was made for.
  case mismatch(certificate: String, privateKey: String)
  /// OpenSSL itself could not be set up.
  case setup(OpenSSLError)

  package var description: String {
    switch self {
    case .certificate(let path, let error): "the certificate chain \(path) cannot be used: \(error)"
    case .privateKey(let path, let error):
      "the private key \(path) cannot be used (it must be PEM and have no password): \(error)"
    case .mismatch(let certificate, let privateKey):
      "the private key \(privateKey) does not belong to the first certificate in \(certificate)"
    case .setup(let error): "TLS cannot be set up: \(error)"
    }
  }
}

/// What a TLS server shows and agrees to: its certificate chain with the private key, TLS 1.2 and 1.3, only ciphers
/// with forward secrecy and authenticated encryption, and HTTP/1.1 as the one application protocol.
///
/// A session keeps alive what it needs of it: a newer context can take its place while older sessions go on.
@safe package final class TLSContext {
  let pointer: OpaquePointer
  /// When the server's own certificate is valid, in seconds since 1970.
  package private(set) var validity: ClosedRange<Int64> = 0...0

  private init(owning pointer: OpaquePointer) {
    unsafe self.pointer = pointer
  }

  deinit {
    unsafe SSL_CTX_free(pointer)
  }

  /// Reads the certificate chain, the server's own certificate first, and the private key to that, both PEM.
  package static func load(certificate: String, privateKey: String) throws(TLSContextError) -> TLSContext {
    let context: TLSContext
    do {
      context = try make()
    } catch {
      throw .setup(error)
    }
    do {
      try context.readCertificates(certificate)
    } catch {
      throw .certificate(path: certificate, error)
    }
    let matches: Bool
    do {
      matches = try context.readPrivateKey(privateKey)
    } catch {
      throw .privateKey(path: privateKey, error)
    }
    guard matches else { throw .mismatch(certificate: certificate, privateKey: privateKey) }
    return context
  }

  private static func make() throws(OpenSSLError) -> TLSContext {
    var made: OpaquePointer?
    try checked("SSL_CTX_new") {
      unsafe made = SSL_CTX_new(TLS_server_method())
      return unsafe made == nil ? 0 : 1
    }
    guard let pointer = unsafe made else { throw OpenSSLError(function: "SSL_CTX_new", reasons: []) }
    let context = unsafe TLSContext(owning: pointer)
    try checked("SSL_CTX_set_min_proto_version") { unsafe hookledger_tls_settle(pointer) }
    // Of TLS 1.3 every cipher is good.
    try checked("SSL_CTX_set_cipher_list") {
      unsafe SSL_CTX_set_cipher_list(pointer, "ECDHE+AESGCM:ECDHE+CHACHA20:!aNULL")
    }
    unsafe SSL_CTX_set_alpn_select_cb(pointer, selectProtocol, nil)
    return context
  }

  private func readCertificates(_ path: String) throws(OpenSSLError) {
    try checked("SSL_CTX_use_certificate_chain_file") { unsafe SSL_CTX_use_certificate_chain_file(pointer, path) }
    let certificate = unsafe SSL_CTX_get0_certificate(pointer)
    var first: Int64 = 0
    var last: Int64 = 0
    try checked("X509_get0_notAfter") {
      unsafe hookledger_asn1_seconds(X509_get0_notBefore(certificate), &first)
        & hookledger_asn1_seconds(X509_get0_notAfter(certificate), &last)
    }
    validity = first...max(first, last)
  }

  /// `false` when the key is not that of the certificate.
  private func readPrivateKey(_ path: String) throws(OpenSSLError) -> Bool {
    let key = try PrivateKey(path: path)
    guard unsafe X509_check_private_key(SSL_CTX_get0_certificate(pointer), key.pointer) == 1 else { return false }
    try checked("SSL_CTX_use_PrivateKey") { unsafe SSL_CTX_use_PrivateKey(pointer, key.pointer) }
    return true
  }
}

/// RFC 7301, 3.2: a client that names protocols but not ours is turned away with an alert.
private func selectProtocol(
  _: OpaquePointer?, chosen: UnsafeMutablePointer<UnsafePointer<UInt8>?>?, chosenCount: UnsafeMutablePointer<UInt8>?,
  offered: UnsafePointer<UInt8>?, offeredCount: UInt32, _: UnsafeMutableRawPointer?
) -> Int32 {
  let list = unsafe UnsafeBufferPointer(start: offered, count: Int(offeredCount))
  var index = 0
  while index < list.count {
    let name = unsafe index + 1..<min(list.count, index + 1 + Int(list[index]))
    if unsafe list[name].elementsEqual("http/1.1".utf8) {
      unsafe chosen?.pointee = offered.map { unsafe $0 + name.lowerBound }
      unsafe chosenCount?.pointee = UInt8(name.count)
      return SSL_TLSEXT_ERR_OK
    }
    index = name.upperBound
  }
  return SSL_TLSEXT_ERR_ALERT_FATAL
}

/// A private key read from a file.
@safe private struct PrivateKey: ~Copyable {
  let pointer: OpaquePointer

  init(path: String) throws(OpenSSLError) {
    var file: OpaquePointer?
    try checked("BIO_new_file") {
      unsafe file = BIO_new_file(path, "r")
      return unsafe file == nil ? 0 : 1
    }
    defer { unsafe BIO_free(file) }
    var key: OpaquePointer?
    try checked("PEM_read_bio_PrivateKey") {
      // Without a callback OpenSSL would ask for the password on the terminal.
      unsafe key = PEM_read_bio_PrivateKey(file, nil, { _, _, _, _ in -1 }, nil)
      return unsafe key == nil ? 0 : 1
    }
    guard let key = unsafe key else { throw OpenSSLError(function: "PEM_read_bio_PrivateKey", reasons: []) }
    unsafe pointer = key
  }

  deinit {
    unsafe EVP_PKEY_free(pointer)
  }
}
