// SPDX-License-Identifier: Apache-2.0

package import HTTP1
package import Reactor

/// A whole request, as places in the server's buffers: nothing is copied out of them. It lives for the length of the
/// handler's call; a handler that needs a part of it later copies that part.
package struct Request: ~Copyable {
  /// The listener it came through.
  package let listener: ListenerTag
  /// The other end of the connection, which may be a proxy.
  package let peer: SocketAddress
  /// Whether it came encrypted to this server.
  package let isTLS: Bool
  /// The head; its ranges are places in `bytes`.
  package let head: RequestHead
  /// The buffer that holds the head, among other bytes.
  package let bytes: [UInt8]
  /// The body, if chunked framing was taken off it; otherwise it lies in `bytes`.
  package let decodedBody: [UInt8]?
  /// The body's place in `bodyBuffer`.
  package let bodyRange: Range<Int>

  init(
    listener: ListenerTag, peer: SocketAddress, isTLS: Bool, head: RequestHead, bytes: [UInt8], decodedBody: [UInt8]?,
    bodyRange: Range<Int>
  ) {
    self.listener = listener
    self.peer = peer
    self.isTLS = isTLS
    self.head = head
    self.bytes = bytes
    self.decodedBody = decodedBody
    self.bodyRange = bodyRange
  }

  /// The buffer that holds the body, with chunked framing taken off.
  package var bodyBuffer: [UInt8] { decodedBody ?? bytes }

  /// Calls `use` with the body.
  @inlinable
  package func withBody<Result, Failure: Error>(
    _ use: (Span<UInt8>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    if let decodedBody { return try use(decodedBody.span.extracting(bodyRange)) }
    return try use(bytes.span.extracting(bodyRange))
  }

  /// The path, percent-encoded as sent.
  package var path: Range<Int> { head.path }

  /// The query, percent-encoded as sent; `nil` without a "?".
  package var query: Range<Int>? { head.query }

  /// Whether the bytes in that range of `bytes` are exactly this text.
  package func matches(_ range: Range<Int>, _ text: String) -> Bool {
    guard range.count == text.utf8.count else { return false }
    var index = range.lowerBound
    for byte in text.utf8 {
      if bytes[index] != byte { return false }
      index += 1
    }
    return true
  }

  /// The place of the first value of a field in `bytes`, without the blanks around it.
  /// - Parameter name: lower-case ASCII.
  package func value(of name: String) -> Range<Int>? {
    head.value(of: name, in: bytes.span)
  }

  /// How many field lines have that name.
  /// - Parameter name: lower-case ASCII.
  package func count(of name: String) -> Int {
    head.count(of: name, in: bytes.span)
  }

  /// The bytes in that range of `bytes` as text; what is not UTF-8 is replaced.
  package func text(_ range: Range<Int>) -> String {
    String(decoding: bytes[range], as: UTF8.self)
  }

  /// The first value of a field as text.
  /// - Parameter name: lower-case ASCII.
  package func text(of name: String) -> String? {
    value(of: name).map { text($0) }
  }
}
