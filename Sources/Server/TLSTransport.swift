// SPDX-License-Identifier: Apache-2.0

import OpenSSL
import Reactor

/// What the TLS connections of one listener share.
final class TLSEndpoint {
  /// For connections whose first byte is still to come.
  var context: TLSContext
  /// Encrypted bytes just read. They are decrypted at once, and all of them fit into the server's buffer with what a
  /// session holds of an unfinished record.
  fileprivate var encrypted = [UInt8](repeating: 0, count: 32 * 1024)
  /// A part of a file on its way: the kernel cannot send it past the encryption.
  fileprivate var filePart: [UInt8] = []

  init(_ context: TLSContext) {
    self.context = context
  }
}

/// TLS between a socket and the requests on it.
final class TLSTransport {
  /// Bytes that a handshake may take before it is given up; real ones are far below.
  private static let handshakeBytes = 64 * 1024
  /// Plain bytes encrypted in one go, so that what the kernel does not take of them stays small.
  private static let sendBytes = 64 * 1024
  /// The content type of a handshake record (RFC 8446, 5.1), with which every TLS connection begins.
  private static let handshakeRecord: UInt8 = 0x16

  private let endpoint: TLSEndpoint
  /// There from the first byte on: who only connects costs nothing more than a plain connection.
  private var session: TLSSession?
  private(set) var isHandshaking = true
  private var handshakeReceived = 0
  private var shutsDownWhenFlushed = false
  private(set) var hasMore = false

  init(_ endpoint: TLSEndpoint) {
    self.endpoint = endpoint
  }

  // MARK: Input

  func receive(into buffer: inout [UInt8], from channel: borrowing Channel) -> Transport.Received {
    if hasMore { return read(into: &buffer) }
    switch channel.receive(into: &endpoint.encrypted) {
    case .bytes(let count): return take(count, into: &buffer)
    case .endOfStream: return .endOfStream
    case .wouldBlock: return .wouldBlock
    case .failed: return .failed
    }
  }

  private func take(_ count: Int, into buffer: inout [UInt8]) -> Transport.Received {
    if session == nil {
      guard endpoint.encrypted[0] == Self.handshakeRecord else { return .notTLS }
      do {
        session = try TLSSession(endpoint.context)
      } catch {
        return .failed
      }
    }
    let encrypted = endpoint.encrypted
    session?.receive(encrypted.span.extracting(0..<count))
    if isHandshaking {
      handshakeReceived += count
      switch session?.handshake() {
      case .complete: isHandshaking = false
      case .wantsInput where handshakeReceived <= Self.handshakeBytes: return .wouldBlock
      case .wantsInput: return .handshakeFailed("more bytes than a handshake takes")
      case .failed(let error): return .handshakeFailed(error.description)
      case nil: return .failed
      }
    }
    return read(into: &buffer)
  }

  private func read(into buffer: inout [UInt8]) -> Transport.Received {
    guard let result = session?.read(into: &buffer) else { return .failed }
    // An end behind some bytes is found again by the next read.
    hasMore = result.count > 0 && result.next != .wantsInput
    if result.count > 0 { return .bytes(result.count) }
    switch result.next {
    case .wantsInput, .more: return .wouldBlock
    case .closed: return .endOfStream
    case .failed: return .failed
    }
  }

  // MARK: Output

  var waiting: Int { session?.waiting ?? 0 }

  func flush(to channel: borrowing Channel) -> WriteResult {
    guard let session, session.waiting > 0 else { return .bytes(0) }
    var result = WriteResult.bytes(0)
    session.sendOutput { bytes in
      result = channel.send(bytes)
      if case .bytes(let count) = result { return count }
      return 0
    }
    guard case .bytes = result else { return result }
    if session.waiting > 0 { return .wouldBlock }
    if shutsDownWhenFlushed { channel.shutdownWrite() }
    return result
  }

  func send(_ bytes: Span<UInt8>, to channel: borrowing Channel) -> WriteResult {
    if let obstacle = obstacle(channel) { return obstacle }
    let count = min(bytes.count, Self.sendBytes)
    guard let session, session.write(bytes.extracting(0..<count)) else { return .failed(Self.lost) }
    if case .failed(let error) = flush(to: channel) { return .failed(error) }
    return .bytes(count)
  }

  func sendFile(
    _ file: borrowing Descriptor, offset: Int64, count: Int, to channel: borrowing Channel
  ) -> WriteResult {
    if let obstacle = obstacle(channel) { return obstacle }
    if endpoint.filePart.isEmpty { endpoint.filePart = [UInt8](repeating: 0, count: Self.sendBytes) }
    do {
      let read = try file.read(into: &endpoint.filePart, at: offset, count: count)
      let part = endpoint.filePart
      return read == 0 ? .bytes(0) : send(part.span.extracting(0..<read), to: channel)
    } catch {
      return .failed(error)
    }
  }

  /// Why nothing more may be encrypted now, because what was before is still here.
  private func obstacle(_ channel: borrowing Channel) -> WriteResult? {
    switch flush(to: channel) {
    case .bytes: nil
    case .wouldBlock: .wouldBlock
    case .failed(let error): .failed(error)
    }
  }

  private static var lost: SystemError { SystemError(call: "SSL_write", code: 0) }

  // MARK: The end

  func shutdownWrite(_ channel: borrowing Channel) {
    shutsDownWhenFlushed = true
    session?.close()
    if waiting == 0 { channel.shutdownWrite() } else { _ = flush(to: channel) }
  }

  func sayGoodbye(_ channel: borrowing Channel) {
    session?.close()
    _ = flush(to: channel)
  }
}
