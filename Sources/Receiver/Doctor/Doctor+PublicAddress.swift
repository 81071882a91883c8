// SPDX-License-Identifier: Apache-2.0

internal import Callbacks
internal import HTTPClient
internal import OpenSSL
internal import Submitter

extension Doctor {
  private static let check = "public address"

  /// Whether a callback to the public address would come out here: name, TLS, redirects, and the echo.
  func publicAddress() async -> [Finding] {
    guard let url = inside?.submitter.publicURL ?? settings.public.url?.description else {
      let words = "no public address is set, so tasks cannot be submitted"
      let remedy = "set public.url to the address under which the provider reaches this server's public listener"
      let isMissed = settings.provider.apiKey != nil
      return [isMissed ? .fault(Self.check, words, remedy: remedy) : .warning(Self.check, words, remedy: remedy)]
    }
    // 80 random bits, in a form that the readers of callbacks take for a task's id.
    let nonce = TaskID.make(at: .now()).description
    return kind(of: url) + [await reach(url, nonce: nonce)]
  }

  /// What the address alone tells.
  private func kind(of text: String) -> [Finding] {
    guard let url = HTTPURL(text) else { return [] }
    var findings: [Finding] = []
    let isLocal = url.isLoopback || IPAddress(url.host).map { !$0.isGloballyReachable } ?? false
    if isLocal, HTTPURL(settings.provider.url.description)?.isLoopback == false {
      findings.append(
        .fault(
          Self.check, "\(url.host) is an address of this machine or network: the provider cannot call it",
          remedy: "put a reverse proxy or a tunnel in front of the public listener and set public.url to its address"))
    } else if url.scheme == .http, !isLocal {
      findings.append(
        .warning(
          Self.check, "callbacks come over plain http: whoever is on the way reads and may change them",
          remedy: "put TLS in front of the public listener and set public.url to the https address"))
    }
    return findings
  }

  private func reach(_ url: String, nonce: String) async -> Finding {
    let token = inside.map { CallbackToken.mint(Echo.submission, key: HMACKey($0.tokenKey.span)) }
    let request = HTTPClientRequest(
      method: .post, url: url + "/callbacks" + (token.map { "/" + $0 } ?? ""),
      headers: [("Content-Type", "application/json")],
      body: Array(#"{"data":{"taskId":"\#(nonce)"},"msg":"sent by the doctor of this server"}"#.utf8),
      timeouts: Self.timeouts)
    let answer: HTTPClientResponse
    do throws(HTTPClientError) {
      answer = try await client.send(request)
    } catch {
      return unreachable(url, error)
    }
    if (300..<400).contains(answer.status) {
      return .fault(
        Self.check, "\(url) redirects to \(answer.header("location") ?? "elsewhere"), and redirects of a POST get lost",
        remedy: "set public.url to the address that the redirect leads to")
    }
    guard let inside else {
      return .warning(
        Self.check,
        "\(url) answers with HTTP status \(answer.status); whether this server stands behind it is not known",
        remedy: "start 'hookledger serve' and run the doctor again")
    }
    if answer.header(Echo.field) == inside.echo.answer(to: nonce) {
      return .ok(
        Self.check, "\(url) leads to this process: name, \(url.hasPrefix("https:") ? "TLS, " : "")no redirect, echo")
    }
    return .fault(
      Self.check, "\(url) answers with HTTP status \(answer.status), but it is not this process that answers",
      remedy: "let the proxy pass /callbacks/ to this server's public listener (\(settings.public.listen)), "
        + "path and body unchanged")
  }

  private func unreachable(_ url: String, _ error: HTTPClientError) -> Finding {
    switch error.reason {
    case .nameNotResolved(let detail):
      .fault(
        Self.check, "the name in \(url) does not resolve: \(detail)",
        remedy: "make a DNS record for it, or correct public.url")
    case .tlsFailed(let detail):
      .fault(
        Self.check, "TLS with \(url) fails: \(detail)",
        remedy: "serve a certificate for that name, not expired, with its whole chain of intermediates")
    case .connectionFailed where inside == nil:
      .warning(
        Self.check, "nothing answers at \(url), and no server was found that would",
        remedy: "start 'hookledger serve' and run the doctor again")
    case .timedOut, .connectionFailed:
      .fault(
        Self.check, "\(url) was not reached: \(error.reason)",
        remedy: "open the port in the firewall and start the proxy; if this network cannot call its own public address "
          + "(no hairpin NAT), try from outside")
    default:
      .fault(
        Self.check, "\(url) was not reached: \(error.reason)",
        remedy: "look at the log of the proxy in front of the public listener")
    }
  }
}
