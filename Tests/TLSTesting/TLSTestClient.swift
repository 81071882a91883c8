// SPDX-License-Identifier: Apache-2.0

import COpenSSL

/// A client's end of a TLS session, in memory: bytes for the server are taken out of it, bytes of the server put in.
package final class TLSTestClient {
  private let context: OpaquePointer?
  private let session: OpaquePointer?
  private let input: OpaquePointer?
  private let output: OpaquePointer?
  private var early: [UInt8] = []
  /// What the server has sent, decrypted.
  package private(set) var received: [UInt8] = []
  /// The handshake is complete.
  package private(set) var isConnected = false
  /// The server has said that it will send no more.
  package private(set) var isClosed = false
  /// What went wrong first, in OpenSSL's words.
  package private(set) var failure: String?

  /// - Parameters:
  ///   - root: PEM file of the root that is trusted; without it nothing is verified.
  ///   - versions: The protocol versions that it speaks.
  ///   - protocols: What it offers by ALPN; nothing when empty.
  package init(
    root: String? = nil, versions: ClosedRange<Int32> = TLS1_2_VERSION...TLS1_3_VERSION, protocols: [String] = [],
    ciphers: String? = nil, groups: String? = nil
  ) {
    let context = SSL_CTX_new(TLS_client_method())
    self.context = context
    if let root {
      SSL_CTX_load_verify_locations(context, root, nil)
      SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nil)
    }
    // Old versions need hashes that are below the usual level of security.
    SSL_CTX_set_cipher_list(context, ciphers ?? "DEFAULT:@SECLEVEL=0")
    SSL_CTX_ctrl(context, SSL_CTRL_SET_MIN_PROTO_VERSION, Int(versions.lowerBound), nil)
    SSL_CTX_ctrl(context, SSL_CTRL_SET_MAX_PROTO_VERSION, Int(versions.upperBound), nil)
    if let groups {
      _ = groups.withCString { names in
        SSL_CTX_ctrl(context, SSL_CTRL_SET_GROUPS_LIST, 0, UnsafeMutableRawPointer(mutating: names))
      }
    }
    session = SSL_new(context)
    input = BIO_new(BIO_s_mem())
    output = BIO_new(BIO_s_mem())
    SSL_set_bio(session, input, output)
    SSL_set_connect_state(session)
    let list = protocols.flatMap { [UInt8($0.utf8.count)] + Array($0.utf8) }
    if !list.isEmpty { SSL_set_alpn_protos(session, list, UInt32(list.count)) }
    step()
  }

  deinit {
    SSL_free(session)
    SSL_CTX_free(context)
  }

  /// Takes bytes of the server and goes on.
  package func receive(_ bytes: some Collection<UInt8>) {
    let bytes = Array(bytes)
    BIO_write(input, bytes, Int32(bytes.count))
    step()
  }

  /// Encrypts bytes for the server, as soon as the handshake is complete.
  package func send(_ bytes: some Collection<UInt8>) {
    guard isConnected else {
      early += bytes
      return
    }
    let bytes = Array(bytes)
    var count = 0
    if SSL_write_ex(session, bytes, bytes.count, &count) != 1 { fail("SSL_write") }
  }

  /// Says that nothing more will be sent.
  package func close() {
    SSL_shutdown(session)
  }

  /// Asks the server for new keys of its own (TLS 1.3).
  package func demandKeyUpdate() {
    SSL_key_update(session, SSL_KEY_UPDATE_REQUESTED)
    SSL_do_handshake(session)
  }

  /// Begins another handshake in the same session (TLS 1.2).
  package func renegotiate() {
    SSL_renegotiate(session)
    SSL_do_handshake(session)
  }

  /// Something is to be sent to the server.
  package var hasOutput: Bool { BIO_ctrl_pending(output) > 0 }

  /// Takes out what is to be sent to the server.
  package func takeOutput() -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: BIO_ctrl_pending(output))
    guard !bytes.isEmpty else { return [] }
    BIO_read(output, &bytes, Int32(bytes.count))
    return bytes
  }

  /// Takes out what has been received.
  package func takeReceived() -> [UInt8] {
    defer { received = [] }
    return received
  }

  package var version: String { String(cString: SSL_get_version(session)) }

  package var cipher: String { String(cString: SSL_CIPHER_get_name(SSL_get_current_cipher(session))) }

  /// The protocol agreed on by ALPN.
  package var applicationProtocol: String? {
    var name: UnsafePointer<UInt8>?
    var count: UInt32 = 0
    SSL_get0_alpn_selected(session, &name, &count)
    guard let name, count > 0 else { return nil }
    return String(decoding: UnsafeBufferPointer(start: name, count: Int(count)), as: UTF8.self)
  }

  /// How many certificates the server has shown.
  package var chainLength: Int { Int(OPENSSL_sk_num(SSL_get_peer_cert_chain(session))) }

  /// Whether the server has given a ticket to come back with.
  package var hasTicket: Bool {
    let known = SSL_get1_session(session)
    defer { SSL_SESSION_free(known) }
    return SSL_SESSION_has_ticket(known) == 1
  }

  private func step() {
    ERR_clear_error()
    if !isConnected {
      let result = SSL_do_handshake(session)
      if result != 1 {
        if SSL_get_error(session, result) != SSL_ERROR_WANT_READ { fail("SSL_do_handshake") }
        return
      }
      isConnected = true
      if !early.isEmpty { send(early) }
    }
    var buffer = [UInt8](repeating: 0, count: 16 * 1024)
    while true {
      var count = 0
      let result = SSL_read_ex(session, &buffer, buffer.count, &count)
      guard result == 1 else {
        switch SSL_get_error(session, result) {
        case SSL_ERROR_WANT_READ: break
        case SSL_ERROR_ZERO_RETURN: isClosed = true
        default: fail("SSL_read")
        }
        return
      }
      received.append(contentsOf: buffer[..<count])
    }
  }

  private func fail(_ function: String) {
    guard failure == nil else { return }
    var text = [CChar](repeating: 0, count: 256)
    ERR_error_string_n(ERR_peek_last_error(), &text, 256)
    failure = "\(function): " + String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
