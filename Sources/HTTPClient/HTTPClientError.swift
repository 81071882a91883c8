// SPDX-License-Identifier: Apache-2.0

/// Why there is no answer, and what that means for money.
///
/// The first question is whether the peer can have seen the request; it is answered by libcurl's pre-request callback,
/// which runs after the connection (TCP, proxy, TLS) stands and before the first byte of the request leaves:
///
/// | the callback ran | verdict       | what libcurl reports then                                                     |
/// |------------------|---------------|-------------------------------------------------------------------------------|
/// | no               | `.notSent`    | 3 bad URL, 5 6 names, 7 connect, 28 connect timeout, 35 60 ... TLS, 97 proxy, |
/// |                  |               | 56 refused CONNECT, 42 our own cancel or stop                                 |
/// | yes              | `.answerLost` | 52 empty answer, 55 56 reset, 28 timeout, 18 cut short, 8 16 92 1 61 not HTTP,|
/// |                  |               | 23 our limits and sinks, 42 our own cancel or stop                            |
///
/// A request that failed on its very first `send` counts as `.answerLost` too: the kernel does not tell how much of it
/// went out, and the careful reading is the cheap one. A request that libcurl repeats keeps the mark of its first try.
package enum HTTPClientError: Error, Hashable, Sendable {
  /// The peer cannot have seen the request: it may be tried again.
  case notSent(Reason)
  /// Some or all of the request may have reached the peer, and its answer did not reach us whole.
  case answerLost(Reason)

  package enum Reason: Hashable, Sendable {
    /// Our own fault: URL, scheme or header that must not be sent.
    case invalidRequest(String)
    case nameNotResolved(String)
    case connectionFailed(String)
    case proxyFailed(String)
    /// Handshake, certificate or host name.
    case tlsFailed(String)
    /// Every address of the host is one that ``AddressPolicy`` refuses; the address that was refused last.
    case addressRefused(String)
    case timedOut
    case cancelled
    /// The client was stopped.
    case stopped
    /// Reset, closed without an answer, or broken while sending or receiving.
    case connectionLost(String)
    case malformedAnswer(String)
    /// The body ended before its announced length.
    case truncated
    /// The answer is longer than the request allows, in bytes.
    case tooLarge(limit: Int)
    /// A redirect to another scheme, to something that is no URL, or the sixth one.
    case redirectRefused(String)
    /// The caller's sink did not take the head or the bytes.
    case sinkRefused
    /// Anything else, with libcurl's number.
    case other(code: Int, String)
  }

  package var reason: Reason {
    switch self {
    case .notSent(let reason), .answerLost(let reason): reason
    }
  }

  /// `false` only where it is certain that the peer saw nothing.
  package var mayHaveReachedPeer: Bool {
    switch self {
    case .notSent: false
    case .answerLost: true
    }
  }
}

extension HTTPClientError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .notSent(let reason): "request not sent: \(reason)"
    case .answerLost(let reason): "request sent, answer lost: \(reason)"
    }
  }
}

extension HTTPClientError.Reason: CustomStringConvertible {
  package var description: String {
    switch self {
    case .invalidRequest(let detail): "the request is not valid: \(detail)"
    case .nameNotResolved(let detail): "the host name was not resolved: \(detail)"
    case .connectionFailed(let detail): "no connection: \(detail)"
    case .proxyFailed(let detail): "the proxy failed: \(detail)"
    case .tlsFailed(let detail): "TLS failed: \(detail)"
    case .addressRefused(let address): "the address \(address) is not a public one"
    case .timedOut: "timed out"
    case .cancelled: "cancelled"
    case .stopped: "the client was stopped"
    case .connectionLost(let detail): "the connection was lost: \(detail)"
    case .malformedAnswer(let detail): "the answer is not HTTP: \(detail)"
    case .truncated: "the answer ended too early"
    case .tooLarge(let limit): "the answer is larger than \(limit) bytes"
    case .redirectRefused(let detail): "the redirect was not followed: \(detail)"
    case .sinkRefused: "the bytes could not be stored"
    case .other(let code, let detail): "libcurl error \(code): \(detail)"
    }
  }
}
