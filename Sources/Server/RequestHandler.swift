// SPDX-License-Identifier: Apache-2.0

import HTTP1
package import Reactor

/// Answers requests. Everything is called on the loop's thread and must not block it.
package protocol RequestHandler: AnyObject {
  /// Takes a whole request. The answer is given with `HTTPServer.respond`, during this call or later; until then no
  /// other request of the same connection is handed over.
  func handle(_ request: borrowing Request, _ exchange: Exchange)

  /// Follows when requests of several connections, or one, have been handed over: whoever put a part of the work off does
  /// it now for all of them, while that part's code is at hand. Their buffers are still as they were.
  func endBurst()

  /// Looks at the head of a request whose sender asks, before sending the body, whether it is wanted
  /// (`Expect: 100-continue`). The body is empty here. An answer other than `nil` is final, and the connection ends
  /// with it.
  func refusal(_ request: borrowing Request) -> Response?

  /// Makes the answer to a request that could not be read, or whose method nobody here knows, and hears of it. After
  /// the former the connection ends.
  func response(to fault: RequestFault) -> Response

  /// Hears that a connection is gone before its exchange was answered to the end.
  func exchangeClosed(_ exchange: Exchange)

  /// Hears that a client got no TLS session.
  /// - Parameter reason: What OpenSSL says about it; nothing of what the client sent.
  func handshakeFailed(_ reason: String, _ peer: SocketAddress)
}

extension RequestHandler {
  package func endBurst() {}

  package func refusal(_ request: borrowing Request) -> Response? { nil }

  package func response(to fault: RequestFault) -> Response {
    Response(
      status: fault.status, contentType: "text/plain; charset=utf-8",
      text: "\(fault.status) \(ResponseWriter.reasonPhrase(fault.status))\n")
  }

  package func exchangeClosed(_ exchange: Exchange) {}

  package func handshakeFailed(_ reason: String, _ peer: SocketAddress) {}
}

/// A request that could not be read, or whose method is not implemented.
package struct RequestFault: Sendable {
  /// The status to answer with: 400, 408, 413, 414, 417, 431, 501, 503 or 505.
  package let status: Int
  /// One line for the log, without a byte of the request.
  package let reason: StaticString
  package let listener: ListenerTag
  package let peer: SocketAddress
}
