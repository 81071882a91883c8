// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// The proxy variables of the environment, read once. The choice is made here and not left to libcurl, because the
/// address policy must know whether the address that is dialled is the proxy's or the host's.
///
/// `http_proxy` is read in lower case only (an HTTP server that starts programs may set `HTTP_PROXY` from a request),
/// the others in either case, lower first; `all_proxy` stands in for a missing one.
struct ProxyEnvironment: Sendable {
  private let http: String?
  private let https: String?
  private let exceptions: [String]

  init(lookUp: (String) -> String?) {
    func first(_ names: [String]) -> String? { names.compactMap(lookUp).first { !$0.isEmpty } }
    let all = first(["all_proxy", "ALL_PROXY"])
    http = first(["http_proxy"]) ?? all
    https = first(["https_proxy", "HTTPS_PROXY"]) ?? all
    exceptions = (first(["no_proxy", "NO_PROXY"]) ?? "").split { $0 == "," || $0 == " " }.map { $0.lowercased() }
  }

  static func ofProcess() -> ProxyEnvironment {
    ProxyEnvironment { name in unsafe getenv(name).map { unsafe String(cString: $0) } }
  }

  /// The proxy for a URL; `nil` for a direct connection, which loopback always gets.
  func proxy(for url: HTTPURL) -> String? {
    guard let proxy = url.scheme == .https ? https : http, !url.isLoopback, !isExcepted(url.host) else { return nil }
    return proxy
  }

  /// An entry of `no_proxy` is `*`, a name (which covers its subdomains, with or without a leading dot) or a CIDR range.
  private func isExcepted(_ host: String) -> Bool {
    let address = IPAddress(host)
    return exceptions.contains { entry in
      if entry == "*" { return true }
      if let address { return AddressRange(entry)?.contains(address) == true }
      let name = entry.hasPrefix(".") ? String(entry.dropFirst()) : entry
      return !name.isEmpty && (host == name || host.hasSuffix("." + name))
    }
  }
}
