// SPDX-License-Identifier: Apache-2.0

/// The methods that this product sends.
package enum HTTPClientMethod: String, Sendable {
  case get = "GET"
  case head = "HEAD"
  case post = "POST"
  case put = "PUT"
  case delete = "DELETE"
}

/// How long an exchange may take. A phase without a limit could hold its caller for ever, so there is always one.
package struct HTTPClientTimeouts: Sendable, Hashable {
  /// Name resolution, TCP, proxy and TLS together.
  package var connect: Duration
  /// The whole exchange; `nil` leaves the low-speed limit as the only bound (long downloads).
  package var total: Duration?
  /// The exchange ends when fewer than `lowSpeedBytes` a second moved for this long; waiting for an answer counts, so it
  /// must not be shorter than the peer may think.
  package var lowSpeed: Duration
  /// Bytes a second, see ``lowSpeed``.
  package var lowSpeedBytes: Int

  package init(
    connect: Duration = .seconds(10), total: Duration? = .seconds(60), lowSpeed: Duration = .seconds(60),
    lowSpeedBytes: Int = 1
  ) {
    self.connect = connect
    self.total = total
    self.lowSpeed = lowSpeed
    self.lowSpeedBytes = lowSpeedBytes
  }
}

/// One request, complete: sending it needs nothing but an ``HTTPClient``.
package struct HTTPClientRequest: Sendable {
  package var method: HTTPClientMethod
  /// Absolute, `http` or `https`, without user name or password.
  package var url: String
  /// In the order of sending. CR, LF and NUL are refused; `Content-Length` is libcurl's.
  package var headers: [(name: String, value: String)]
  package var body: [UInt8]?
  /// Whether the peer may safely see the request twice. libcurl repeats a request silently when a kept connection
  /// turns out to be dead; where this is `false` it gets a connection of its own over HTTP/1.1, on which it never does.
  package var isIdempotent: Bool
  package var timeouts: HTTPClientTimeouts
  /// Bytes of the decoded body; more ends the exchange with `.tooLarge`.
  package var maxResponseBytes: Int
  /// GET and HEAD only: at most five hops, each with the scheme of the first and each under ``addressPolicy``.
  package var followRedirects: Bool
  package var addressPolicy: AddressPolicy
  /// The hosts (lower case, no trailing dot) that a redirect may lead to; `nil` for any.
  package var redirectHosts: Set<String>?

  /// - Parameter isIdempotent: the method decides when it is left out: POST is not, the others are (RFC 9110, 9.2.2).
  package init(
    method: HTTPClientMethod = .get, url: String, headers: [(name: String, value: String)] = [], body: [UInt8]? = nil,
    isIdempotent: Bool? = nil, timeouts: HTTPClientTimeouts = HTTPClientTimeouts(), maxResponseBytes: Int = 1 << 20,
    followRedirects: Bool = false, addressPolicy: AddressPolicy = .any, redirectHosts: Set<String>? = nil
  ) {
    self.method = method
    self.url = url
    self.headers = headers
    self.body = body
    self.isIdempotent = isIdempotent ?? (method != .post)
    self.timeouts = timeouts
    self.maxResponseBytes = maxResponseBytes
    self.followRedirects = followRedirects
    self.addressPolicy = addressPolicy
    self.redirectHosts = redirectHosts
  }

  /// The first rule of the wire that the request breaks, in plain words; `nil` when it may be sent.
  func fault() -> String? {
    for (name, value) in headers {
      guard !name.isEmpty, name.utf8.allSatisfy(isTokenByte) else { return "header name is not a token" }
      guard value.utf8.allSatisfy({ $0 == 0x09 || ($0 >= 0x20 && $0 != 0x7F) }) else {
        return "header \(name) holds a control character"
      }
    }
    return nil
  }
}

/// RFC 9110, 5.6.2: tchar.
private func isTokenByte(_ byte: UInt8) -> Bool {
  switch byte {
  case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
    UInt8(ascii: "a")...UInt8(ascii: "z"):
    true
  default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
  }
}
