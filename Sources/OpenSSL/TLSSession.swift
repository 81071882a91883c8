// SPDX-License-Identifier: Apache-2.0

import COpenSSL

/// How far a handshake has come.
package enum TLSHandshake: Equatable, Sendable {
  /// Both sides agree; requests may come.
  case complete
  /// The client's next bytes are needed.
  case wantsInput
  /// There will be no session. An alert that says so may be among the output.
  case failed(OpenSSLError)
}

/// What decrypting brought: so many bytes of the client, and what comes behind them.
package struct TLSRead: Equatable, Sendable {
  package enum Next: Equatable, Sendable {
    /// All input is used up.
    case wantsInput
    /// The buffer is full; there may be more.
    case more
    /// The client has said that it will send no more (close_notify).
    case closed
    /// What came is not of this session. An alert that says so may be among the output.
    case failed(OpenSSLError)
  }

  package let count: Int
  package let next: Next
}

/// The server's end of one TLS session, in memory: encrypted bytes in and out, plain bytes out and in. It never waits
/// for the network: whoever has the socket moves the bytes.
@safe package final class TLSSession {
  private let session: OpaquePointer
  /// Owned by the session.
  private let input: OpaquePointer
  private let output: OpaquePointer
  /// Bytes of the output that were sent already.
  private var sent = 0
  private var hasFailed = false

  package init(_ context: TLSContext) throws(OpenSSLError) {
    var made: (session: OpaquePointer?, input: OpaquePointer?, output: OpaquePointer?) = (nil, nil, nil)
    do {
      try checked("SSL_new") {
        unsafe made.session = SSL_new(context.pointer)
        unsafe made.input = BIO_new(BIO_s_mem())
        unsafe made.output = BIO_new(BIO_s_mem())
        return unsafe made.session != nil && made.input != nil && made.output != nil ? 1 : 0
      }
    } catch {
      unsafe SSL_free(made.session)
      unsafe BIO_free(made.input)
      unsafe BIO_free(made.output)
      throw error
    }
    guard let session = unsafe made.session, let input = unsafe made.input, let output = unsafe made.output else {
      throw OpenSSLError(function: "SSL_new", reasons: [])
    }
    unsafe SSL_set_bio(session, input, output)
    unsafe SSL_set_accept_state(session)
    unsafe self.session = session
    unsafe self.input = input
    unsafe self.output = output
  }

  deinit {
    unsafe SSL_free(session)
  }

  // MARK: Input

  /// Takes encrypted bytes of the client; `handshake` or `read` look at them.
  package func receive(_ bytes: Span<UInt8>) {
    // A memory BIO takes all or, when there is no memory, nothing: then the next record is found broken.
    unsafe bytes.withUnsafeBytes { _ = unsafe BIO_write(input, $0.baseAddress, Int32($0.count)) }
  }

  /// Goes on with the handshake as far as the input goes.
  package func handshake() -> TLSHandshake {
    ERR_clear_error()
    let result = unsafe SSL_do_handshake(session)
    if result == 1 { return .complete }
    if unsafe SSL_get_error(session, result) == SSL_ERROR_WANT_READ {
      releaseInput()
      return .wantsInput
    }
    hasFailed = true
    return .failed(OpenSSLError(function: "SSL_do_handshake", reasons: takeReasons()))
  }

  /// Decrypts what there is into `buffer` from its start, as far as it has room.
  package func read(into buffer: inout [UInt8]) -> TLSRead {
    var total = 0
    while total < buffer.count {
      ERR_clear_error()
      var count = 0
      let result = unsafe buffer.withUnsafeMutableBytes { room in
        let rest = unsafe UnsafeMutableRawBufferPointer(rebasing: room[total...])
        return unsafe SSL_read_ex(session, rest.baseAddress, rest.count, &count)
      }
      if result == 1 {
        total += count
        continue
      }
      return TLSRead(count: total, next: next(after: result))
    }
    return TLSRead(count: total, next: .more)
  }

  private func next(after result: Int32) -> TLSRead.Next {
    switch unsafe SSL_get_error(session, result) {
    case SSL_ERROR_WANT_READ:
      releaseInput()
      return .wantsInput
    case SSL_ERROR_ZERO_RETURN:
      return .closed
    default:
      hasFailed = true
      return .failed(OpenSSLError(function: "SSL_read", reasons: takeReasons()))
    }
  }

  private func releaseInput() {
    unsafe hookledger_bio_release(input)
  }

  // MARK: Output

  /// Encrypts bytes for the client. `false` when the session has failed.
  package func write(_ bytes: Span<UInt8>) -> Bool {
    guard !hasFailed, !bytes.isEmpty else { return !hasFailed }
    ERR_clear_error()
    var count = 0
    let result = unsafe bytes.withUnsafeBytes { unsafe SSL_write_ex(session, $0.baseAddress, $0.count, &count) }
    if result != 1 { hasFailed = true }
    return result == 1
  }

  /// Tells the client that no more will come (close_notify). Nothing to tell before the handshake is complete.
  package func close() {
    guard !hasFailed, unsafe SSL_is_init_finished(session) == 1 else { return }
    ERR_clear_error()
    unsafe SSL_shutdown(session)
  }

  /// Encrypted bytes that wait to be sent.
  package var waiting: Int { unsafe BIO_ctrl_pending(output) - sent }

  /// Lets `send` send what waits; it answers how many bytes it got rid of.
  package func sendOutput(_ send: (Span<UInt8>) -> Int) {
    guard waiting > 0 else { return }
    var bytes: UnsafePointer<UInt8>?
    let count = unsafe hookledger_bio_contents(output, &bytes)
    let contents = unsafe UnsafeBufferPointer(start: bytes, count: count)
    sent += unsafe send(contents.span.extracting(sent..<count))
    guard sent == count else { return }
    sent = 0
    unsafe hookledger_bio_release(output)
  }

  /// "TLSv1.2" or "TLSv1.3", once the handshake is complete.
  package var version: String {
    unsafe String(cString: SSL_get_version(session))
  }
}
