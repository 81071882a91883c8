// SPDX-License-Identifier: Apache-2.0

internal import CCurl

/// An absolute `http` or `https` URL, taken apart by the same parser that libcurl connects with: what is checked here
/// is what will be dialled.
package struct HTTPURL: Hashable, Sendable {
  package enum Scheme: String, Sendable {
    case http
    case https
  }

  /// As it was given.
  package let text: String
  package let scheme: Scheme
  /// Lower case, without a trailing dot; an IPv6 address without its brackets.
  package let host: String
  package let port: Int
  /// As written, `/` where it was empty.
  package let path: String

  /// - Returns: `nil` for anything that is not an absolute http(s) URL with a host, or that carries a user name.
  package init?(_ text: String) {
    guard !text.utf8.contains(where: { $0 <= 0x20 || $0 == 0x7F }), let handle = unsafe curl_url() else { return nil }
    defer { unsafe curl_url_cleanup(handle) }
    let flags = UInt32(CURLU_DISALLOW_USER)
    guard unsafe curl_url_set(handle, CURLUPART_URL, text, flags) == CURLUE_OK,
      let scheme = unsafe part(CURLUPART_SCHEME, of: handle).flatMap(Scheme.init(rawValue:)),
      let host = unsafe part(CURLUPART_HOST, of: handle), !host.isEmpty,
      let port = unsafe part(CURLUPART_PORT, of: handle).flatMap({ Int($0) })
    else { return nil }
    var name = host.lowercased()[...]
    if name.hasPrefix("["), name.hasSuffix("]") { name = name.dropFirst().dropLast() }
    if name.hasSuffix(".") { name = name.dropLast() }
    self.text = text
    self.scheme = scheme
    self.host = String(name)
    self.port = port
    self.path = unsafe part(CURLUPART_PATH, of: handle) ?? "/"
  }

  /// Whether two URLs have one origin (RFC 9110, 4.3.1), so that credentials may follow a redirect.
  package func hasSameOrigin(as other: HTTPURL) -> Bool {
    scheme == other.scheme && host == other.host && port == other.port
  }

  package var isLoopback: Bool {
    host == "localhost" || host.hasSuffix(".localhost") || IPAddress(host)?.isLoopback == true
  }
}

private func part(_ part: CURLUPart, of handle: OpaquePointer) -> String? {
  var text: UnsafeMutablePointer<CChar>?
  guard unsafe curl_url_get(handle, part, &text, UInt32(CURLU_DEFAULT_PORT)) == CURLUE_OK, let text = unsafe text
  else { return nil }
  defer { unsafe curl_free(text) }
  return unsafe String(cString: text)
}
