// SPDX-License-Identifier: Apache-2.0

internal import HTTP1
internal import OpenSSL
internal import Provider
internal import Server

/// Who may use the local API: holders of the token, and no web page.
///
/// A page in somebody's browser can send requests to loopback, and by DNS rebinding even under a name that it owns. So
/// a request that tells an `Origin` must tell our own, and without a token, which no such page has, `Host` must be an
/// address or `localhost`. With one any name will do, as machines of one container network call each other by name.
struct APIGate: Sendable {
  /// The bearer token; `nil` when none is asked for.
  let token: Secret?

  /// Probes are asked by machines that hold no token; the page, which an absolute target may name without its slash, is
  /// empty until it is given one.
  private static let open = ["/livez", "/readyz", "/healthz", "/", ""]

  func refusal(_ request: borrowing Request, id: String) -> Response? {
    let host = request.head.host.map { request.text($0) } ?? ""
    guard token != nil || Self.isLocalName(host) else {
      return Problem(
        421,
        "Host is \(host.debugDescription): without api.token this API answers under an IP address or localhost only",
        requestID: id
      ).response
    }
    if let origin = request.text(of: "origin"), !Self.isOwn(origin, host) {
      return Problem(403, "requests from web pages of other origins are refused", requestID: id).response
    }
    let path = request.text(request.path)
    if Self.open.contains(path) || isAuthorized(request) { return nil }
    return Problem(
      401, "this API needs its token: Authorization: Bearer …", requestID: id,
      fields: [ResponseHead.Field("WWW-Authenticate", "Bearer")]
    ).response
  }

  private func isAuthorized(_ request: borrowing Request) -> Bool {
    guard let token else { return true }
    guard request.count(of: "authorization") == 1, let given = request.text(of: "authorization") else { return false }
    let words = given.split(separator: " ", maxSplits: 1)
    guard words.count == 2, words[0].lowercased() == "bearer" else { return false }
    // Digests have one length, so that not even the token's length shows in the time.
    let expected = SHA256.hash(token.bytes.span)
    let actual = SHA256.hash(Array(words[1].utf8).span)
    return constantTimeEquals(expected.span, actual.span)
  }

  /// An IP literal cannot be rebound, and `localhost` never leaves the machine (RFC 6761 section 6.3).
  private static func isLocalName(_ host: String) -> Bool {
    let name = withoutPort(host)
    return name == "localhost" || name.hasPrefix("[") || isIPv4Literal(name[...])
  }

  private static func isOwn(_ origin: String, _ host: String) -> Bool {
    origin == "http://\(host)"
  }

  private static func withoutPort(_ host: String) -> String {
    if host.hasPrefix("[") { return host }
    return String(host.prefix { $0 != ":" }).lowercased()
  }
}
