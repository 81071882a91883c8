// SPDX-License-Identifier: Apache-2.0

internal import CCurl

/// What all requests of one client share.
package struct HTTPClientConfiguration: Sendable {
  /// `hookledger/VERSION`.
  package var userAgent: String
  /// A PEM file of certificate authorities to trust in place of the system's. There is no way to trust anybody.
  package var caFile: String?
  /// Exchanges beyond this many connections wait for one, within their own time limits.
  package var maxConnections: Int

  package init(userAgent: String, caFile: String? = nil, maxConnections: Int = 128) {
    self.userAgent = userAgent
    self.caFile = caFile
    self.maxConnections = maxConnections
  }
}

/// HTTP/1.1 and HTTP/2 over libcurl, on a thread of its own. Certificates and host names are always verified, TLS 1.2 at
/// least; proxies come from the environment, except for loopback.
///
/// Every error tells whether the peer can have seen the request (``HTTPClientError``).
package final class HTTPClient: Sendable {
  private let mailbox: Mailbox
  private let proxies: ProxyEnvironment

  /// Starts the thread.
  package convenience init(_ configuration: HTTPClientConfiguration) throws(HTTPClientError) {
    try self.init(configuration, proxies: .ofProcess())
  }

  init(_ configuration: HTTPClientConfiguration, proxies: ProxyEnvironment) throws(HTTPClientError) {
    guard isLibraryReady, let multi = MultiHandle() else {
      throw .notSent(.other(code: 2, "libcurl did not start"))
    }
    let mailbox = Mailbox(multi)
    let status = startThread {
      var worker = Worker(multi: multi, mailbox: mailbox, configuration: configuration)
      worker.run()
    }
    guard status == 0 else {
      multi.free()
      throw .notSent(.other(code: Int(status), "no thread for the client"))
    }
    self.mailbox = mailbox
    self.proxies = proxies
  }

  deinit {
    mailbox.close(.aborting)
  }

  /// Sends one request and collects its answer, whatever the status. Cancelling the task ends the exchange at once.
  package func send(_ request: HTTPClientRequest) async throws(HTTPClientError) -> HTTPClientResponse {
    try await follow(request, download: nil)
  }

  /// Fetches a body into a sink, from `offset` on when a part is there already (put the validator of that part into an
  /// `If-Range` field). Only the bodies of 200 and 206 go to the sink; for any other status see the answer.
  package func download(
    _ request: HTTPClientRequest, offset: Int64 = 0, into sink: DownloadSink
  ) async throws(HTTPClientError) -> HTTPClientResponse {
    try await follow(request, download: Download(sink: sink, offset: offset))
  }

  /// Takes no more requests, ends the running ones (`.stopped`) unless they may `finish`, and returns when the thread is
  /// done. A call with `finish: false` cuts an earlier, more patient one short.
  package func stop(finish: Bool) async {
    mailbox.close(finish ? .draining : .aborting)
    await mailbox.waitForEnd()
  }

  private func follow(
    _ first: HTTPClientRequest, download: Download?
  ) async throws(HTTPClientError) -> HTTPClientResponse {
    var request = first
    guard var url = HTTPURL(request.url) else { throw .notSent(.invalidRequest("not an absolute http or https URL")) }
    for _ in 0...maxRedirects {
      if let fault = request.fault() { throw .notSent(.invalidRequest(fault)) }
      let answer = try await exchange(request, url, download).get()
      guard let target = answer.redirectTarget, first.followRedirects, first.method == .get || first.method == .head
      else { return answer.response }
      guard let next = HTTPURL(target) else { throw .answerLost(.redirectRefused("to something that is no URL")) }
      guard next.scheme == url.scheme else {
        throw .answerLost(.redirectRefused("from \(url.scheme.rawValue) to \(next.scheme.rawValue)"))
      }
      guard first.redirectHosts?.contains(next.host) ?? true else {
        throw .answerLost(.redirectRefused("to \(next.host), which is not among the hosts allowed"))
      }
      if !next.hasSameOrigin(as: url) { request.headers.removeAll { isCredential($0.name) } }
      url = next
    }
    throw .answerLost(.redirectRefused("more than \(maxRedirects) in a row"))
  }

  private func exchange(
    _ request: HTTPClientRequest, _ url: HTTPURL, _ download: Download?
  ) async -> Result<Exchange.Answer, HTTPClientError> {
    let cancellation = Cancellation()
    return await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        mailbox.submit(
          Exchange(
            request: request, url: url, proxy: proxies.proxy(for: url), download: download, cancellation: cancellation,
            complete: { continuation.resume(returning: $0) }))
      }
    } onCancel: {
      cancellation.set()
      mailbox.noteCancellation()
    }
  }
}

private let maxRedirects = 5

/// Fields that must not follow a redirect to another origin.
private func isCredential(_ name: String) -> Bool {
  ["authorization", "cookie", "proxy-authorization"].contains { equalsIgnoringCase($0, name) }
}

/// libcurl's one-time start, which Swift runs once for the process.
private let isLibraryReady = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK
