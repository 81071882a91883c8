// SPDX-License-Identifier: Apache-2.0

package import HTTP1
package import Reactor

/// An HTTP/1.1 server on one loop: several listeners, one handler.
///
/// It stays on the loop's thread; other threads reach it through a mailbox of the loop.
package final class HTTPServer {
  package let loop: Loop
  package let limits: ServerLimits

  package init(loop: Loop, limits: ServerLimits = .standard, handler: any RequestHandler) {
    self.loop = loop
    self.limits = limits
  }

  // MARK: Listening

  /// Listens on an address and answers the address it is bound to, with the port chosen for port 0.
  package func listen(
    on address: SocketAddress, tag: ListenerTag, limits: HTTPLimits = .standard
  ) throws(SystemError) -> SocketAddress {
    address
  }

  /// Listens on a socket that somebody else has bound and put to listening (socket activation).
  package func listen(
    adopting descriptor: consuming Descriptor, tag: ListenerTag, limits: HTTPLimits = .standard
  ) throws(SystemError) -> SocketAddress {
    .loopback(port: 0)
  }

  /// What the listeners with that tag have seen.
  package func counters(_ tag: ListenerTag) -> ListenerCounters { ListenerCounters() }

  // MARK: Answering

  /// Answers a request. Ignored when its connection is gone or it has been answered.
  package func respond(to exchange: Exchange, with response: Response) {}

  /// Answers a request with the same bytes as ever.
  package func respond(to exchange: Exchange, with response: PreparedResponse) {}

  /// Sends a part of a streamed answer. `false` when there is nobody to send it to any more.
  @discardableResult
  package func stream(_ exchange: Exchange, _ bytes: Span<UInt8>) -> Bool { false }

  /// Ends a streamed answer.
  package func endStream(_ exchange: Exchange) {}

  // MARK: Ending

  /// Accepts no more connections, closes those without a request, and lets every other end with its current answer.
  /// What is open after `time` is cut off. `whenEmpty` is called once, when no connection is left.
  package func drain(within time: Duration, whenEmpty: @escaping () -> Void) {}
}
