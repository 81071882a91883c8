// SPDX-License-Identifier: Apache-2.0

import OpenSSL
import Reactor

/// The way of one connection's bytes: a socket, and TLS on it where the listener speaks that. Everything that a
/// connection does to its socket goes through here.
struct Transport: ~Copyable {
  /// What a read brought.
  enum Received {
    /// So many bytes of requests, at least one.
    case bytes(Int)
    case endOfStream
    case wouldBlock
    case failed
    /// The first bytes on a TLS port were not TLS. From here on the connection is a plain one.
    case notTLS
    /// There will be no TLS session, for a reason that OpenSSL gives.
    case handshakeFailed(String)
  }

  private let channel: Channel
  private var tls: TLSTransport?

  init(_ channel: consuming Channel, tls: TLSTransport?) {
    self.channel = channel
    self.tls = tls
  }

  var isTLS: Bool { tls != nil }

  var isHandshaking: Bool { tls?.isHandshaking ?? false }

  func register(on loop: Loop, _ handler: any ReadinessHandler) throws(SystemError) -> Registration {
    try channel.register(on: loop, .read, handler)
  }

  // MARK: Input

  /// Whether a read may find something although epoll is silent, because it was read ahead of the last bytes given out.
  var hasMore: Bool { tls?.hasMore ?? false }

  mutating func receive(into buffer: inout [UInt8]) -> Received {
    guard let tls else { return receivePlain(into: &buffer) }
    let received = tls.receive(into: &buffer, from: channel)
    if case .notTLS = received { self.tls = nil }
    return received
  }

  /// Reads bytes that nobody will look at.
  func discard(into buffer: inout [UInt8]) -> Received {
    receivePlain(into: &buffer)
  }

  /// Reads as they come, into the buffer from `offset` on: for a transport without TLS.
  func receivePlain(into buffer: inout [UInt8], from offset: Int = 0) -> Received {
    switch channel.receive(into: &buffer, from: offset) {
    case .bytes(let count): .bytes(count)
    case .endOfStream: .endOfStream
    case .wouldBlock: .wouldBlock
    case .failed: .failed
    }
  }

  // MARK: Output

  /// Encrypted bytes that the kernel has not taken.
  var waiting: Int { tls?.waiting ?? 0 }

  /// Bytes that the client has not acknowledged, as far as the kernel and TLS know of them.
  var unacknowledged: Int { channel.unacknowledged + waiting }

  /// Sends what was encrypted before. Anything but `.bytes` means that there is still some of it.
  func flush() -> WriteResult {
    tls?.flush(to: channel) ?? .bytes(0)
  }

  func send(_ bytes: Span<UInt8>) -> WriteResult {
    guard let tls else { return channel.send(bytes) }
    return tls.send(bytes, to: channel)
  }

  func sendFile(_ file: borrowing Descriptor, offset: Int64, count: Int) -> WriteResult {
    guard let tls else { return channel.sendFile(file, offset: offset, count: count) }
    return tls.sendFile(file, offset: offset, count: count, to: channel)
  }

  // MARK: The end

  /// Tells the client that no more will come.
  func shutdownWrite() {
    guard let tls else {
      channel.shutdownWrite()
      return
    }
    tls.shutdownWrite(channel)
  }

  /// Says goodbye before the connection is closed, if that can be said at once.
  func sayGoodbye() {
    tls?.sayGoodbye(channel)
  }
}
