// SPDX-License-Identifier: Apache-2.0

package import JSON

/// An absolute `http` or `https` address (RFC 3986), without user information and without fragment.
package struct WebURL: Hashable, Sendable, CustomStringConvertible {
  package enum Scheme: String, Sendable {
    case http, https
  }

  package let scheme: Scheme
  /// In lower case; an IPv6 literal without its brackets.
  package let host: String
  /// Nil for the scheme's own port.
  package let port: UInt16?
  /// Empty, or beginning with a slash and not ending in one.
  package let path: String
  /// Without its question mark.
  package let query: String?

  package init(scheme: Scheme, host: String, port: UInt16? = nil, path: String = "", query: String? = nil) {
    self.scheme = scheme
    self.host = host
    self.port = port
    self.path = path
    self.query = query
  }

  package var description: String {
    let host = host.utf8.contains(UInt8(ascii: ":")) ? "[\(host)]" : host
    let port = port.map { ":\($0)" } ?? ""
    let query = query.map { "?\($0)" } ?? ""
    return "\(scheme.rawValue)://\(host)\(port)\(path)\(query)"
  }
}

extension WebURL: SettingValue {
  package static func parse(_ text: String) throws(SettingValueError) -> WebURL {
    guard text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }), let mark = text.firstRange(of: "://"),
      let scheme = Scheme(rawValue: text[..<mark.lowerBound].lowercased())
    else { throw .notA("an absolute http or https address", text) }
    let rest = text[mark.upperBound...]
    guard !rest.contains("#") else { throw SettingValueError("must not have a fragment (#…)") }
    let authorityEnd = rest.firstIndex { $0 == "/" || $0 == "?" } ?? rest.endIndex
    let authority = rest[..<authorityEnd]
    guard !authority.contains("@") else { throw SettingValueError("must not hold a user name or password") }
    guard let (host, port) = hostAndPort(authority) else { throw .notA("an absolute http or https address", text) }
    let target = rest[authorityEnd...]
    let question = target.firstIndex(of: "?")
    let path = target[..<(question ?? target.endIndex)]
    return WebURL(
      scheme: scheme, host: host, port: port, path: withoutTrailingSlashes(path),
      query: question.map { String(target[target.index(after: $0)...]) })
  }

  package var shown: JSON { .string(description) }

  private static func hostAndPort(_ authority: Substring) -> (host: String, port: UInt16?)? {
    var name = authority
    var port: UInt16?
    if !authority.hasSuffix("]"), let colon = authority.lastIndex(of: ":") {
      guard let number = portNumber(authority[authority.index(after: colon)...]), number > 0 else { return nil }
      name = authority[..<colon]
      port = number
    }
    if name.hasPrefix("["), name.hasSuffix("]") {
      name = name.dropFirst().dropLast()
      guard isIPv6Literal(name) else { return nil }
    } else if name.utf8.contains(UInt8(ascii: ":")) {
      return nil
    }
    return isHostName(name) ? (name.lowercased(), port) : nil
  }

  private static func withoutTrailingSlashes(_ path: Substring) -> String {
    var path = path
    while path.hasSuffix("/") { path.removeLast() }
    return String(path)
  }
}
