// SPDX-License-Identifier: Apache-2.0

internal import Callbacks
internal import HTTP1
internal import HTTPClient
internal import Ledger
package import Logging
internal import OpenSSL
internal import Provider
package import Reactor
internal import Server
internal import Submitter

/// Everything that a running server is: two listeners on one loop, the ledger, the submitter. Lives on the loop.
///
/// Started in this order: ledger, listeners, submitter's leftovers. Stopped in the reverse one.
package final class ReceiverService {
  /// What each listener is for.
  private enum Listeners {
    static let open = ListenerTag(0)
    static let local = ListenerTag(1)
  }

  private let loop: Loop
  private let server: HTTPServer
  private let ledger: Ledger
  private let submitter: Submitter
  private let client: HTTPClient
  private let tokenKey: [UInt8]
  private let logger: Logger
  private let endpoint: CallbackEndpoint
  private let api: LocalAPI
  private let probes: Probes
  private let handler: Dispatcher
  private let speaksTLS: Bool
  private var settings: Settings
  private var isStopping = false

  /// Where callbacks arrive, with the port that the kernel chose.
  package let publicAddress: SocketAddress
  package let apiAddress: SocketAddress

  /// Opens the data folder and both listeners.
  package init(loop: Loop, settings: Settings, logger: Logger) throws {
    self.loop = loop
    self.settings = settings
    self.logger = logger
    let tls = try PublicTLS.load(settings.public.tls, now: loop.clock.unixSeconds(), logger: logger)
    speaksTLS = tls != nil
    ledger = try Ledger.open(settings.data.directory)
    tokenKey = try TokenKey.load(settings.data.directory, disk: SystemDisk())
    client = try HTTPClient(HTTPClientConfiguration(userAgent: "hookledger/\(hookledgerVersion)"))
    submitter = Submitter(
      ledger: ledger, profiles: ModelProfiles.embedded,
      configuration: Self.submitting(settings, settings.public.url?.description, client, tokenKey))
    handler = Dispatcher()
    server = HTTPServer(loop: loop, limits: ServerLimits(settings.limits), handler: handler)
    probes = Probes(ledger: ledger)
    endpoint = CallbackEndpoint(
      server: server, ledger: ledger, policy: Self.policy(settings, tokenKey), logger: logger)
    api = LocalAPI(
      server: server, ledger: ledger, submitter: submitter, gate: APIGate(token: settings.api.token), probes: probes,
      logger: logger)
    let limits = HTTPLimits(settings.limits)
    publicAddress = try server.listen(
      on: Self.address(settings.public.listen), tag: Listeners.open, limits: limits, tls: tls)
    apiAddress = try server.listen(on: Self.address(settings.api.listen), tag: Listeners.local, limits: limits)
    connect()
  }

  private func connect() {
    handler.onRequest = { [unowned self] request, exchange in
      if request.listener == Listeners.open {
        endpoint.handle(request, exchange)
      } else {
        api.handle(request, exchange)
      }
    }
    handler.onClosed = { [unowned self] in api.waiters.forget($0) }
    handler.onFault = { [unowned self] fault in
      logger.info(
        "request refused",
        metadata: ["reason": "\(fault.reason)", "status": "\(fault.status)", "peer": "\(fault.peer)"])
    }
    handler.onHandshakeFailed = { [unowned self] reason, peer in
      logger.debug("TLS handshake failed", metadata: ["reason": "\(reason)", "peer": "\(peer)"])
    }
    endpoint.onStale = { [unowned self] in ask(about: $0) }
    probes.metrics = { [unowned self] in metrics() }
    // The batch of a tick is handed over when all of its callbacks are in it.
    loop.atTickEnd(.commit) { [unowned self] in ledger.flush() }
    ledger.add(observer: CommitRelay(loop.mailbox(for: self)))
    let opening = ledger.opening
    logger.info(
      "ledger opened",
      metadata: [
        "tasks": "\(opening.tasks)", "entries": "\(opening.lastSeq)", "replayed": "\(opening.replayed)",
        "tornBytes": "\(opening.tornBytes)",
      ])
    bookInterrupted()
  }

  private func bookInterrupted() {
    let submitter = submitter
    let logger = logger
    Task {
      do {
        let count = try await submitter.bookInterrupted()
        if count > 0 {
          logger.warning(
            "submissions were cut off by the last stop: they may have been paid for and are not sent again",
            metadata: ["tasks": "\(count)"])
        }
      } catch {
        logger.error("submissions cut off by the last stop could not be booked", metadata: ["reason": "\(error)"])
      }
    }
  }

  // MARK: - On the loop

  fileprivate func committed(_ commit: Commit) {
    endpoint.committed(commit)
    api.waiters.heard(commit.changes)
  }

  /// A stale callback proves nothing, but its task may have news: the provider is asked.
  private func ask(about rejected: Rejected) {
    guard let task = rejected.submission ?? rejected.taskID.flatMap({ ledger.task(providerTaskID: $0)?.id }) else {
      return
    }
    let submitter = submitter
    Task { await submitter.refresh(task) }
  }

  private func metrics() -> String {
    Metrics.write(
      ledger: ledger.counts, refused: ledger.refused.total, callbacks: endpoint.counts, waiting: api.waiters.count,
      listeners: [("public", server.counters(Listeners.open)), ("api", server.counters(Listeners.local))])
  }

  // MARK: - Changing while running

  /// Takes over what may change without a restart: keys, tolerance, the API's token, the provider, the public address,
  /// the certificate and its key.
  package func use(_ settings: Settings) {
    let now = loop.clock.unixSeconds()
    if let tls = PublicTLS.reload(settings.public.tls, had: speaksTLS, now: now, logger: logger) {
      server.use(tls, for: Listeners.open)
    }
    self.settings = settings
    endpoint.use(Self.policy(settings, tokenKey))
    api.gate = APIGate(token: settings.api.token)
    usePublicURL(settings.public.url?.description)
  }

  /// The address that new submissions give to the provider.
  package func usePublicURL(_ url: String?) {
    submitter.use(Self.submitting(settings, url, client, tokenKey))
  }

  // MARK: - Stopping

  /// Takes no new connections, answers what is there, and closes the ledger; then calls the newest `done`. A further
  /// call may shorten the time.
  package func stop(within limit: Duration, done: @escaping () -> Void) {
    if !isStopping {
      isStopping = true
      probes.isDraining = true
      logger.info("stopping")
      api.waiters.finishAll()
    }
    server.drain(within: limit) { [unowned self] in
      ledger.close()
      logger.info("stopped")
      done()
    }
  }

  // MARK: - Settings to parts

  private static func policy(_ settings: Settings, _ tokenKey: [UInt8]) -> CallbackPolicy {
    CallbackPolicy(
      keys: settings.callbacks.hmacKeys.map(\.bytes), allowUnsigned: settings.callbacks.allowUnsigned,
      tolerance: settings.callbacks.tolerance, tokenKey: tokenKey)
  }

  private static func submitting(
    _ settings: Settings, _ publicURL: String?, _ client: HTTPClient, _ tokenKey: [UInt8]
  ) -> SubmitterConfiguration {
    let provider = settings.provider.apiKey.map { key in
      Provider(
        ProviderConfiguration(
          url: settings.provider.url.description, uploadURL: settings.provider.uploadURL.description, apiKey: key),
        client: client)
    }
    return SubmitterConfiguration(publicURL: publicURL, provider: provider, tokenKey: HMACKey(tokenKey.span))
  }

  private static func address(_ listen: ListenAddress) throws -> SocketAddress {
    guard let address = SocketAddress(listen.description) else {
      throw StartError("\(listen) is no address to listen on")
    }
    return address
  }
}

/// Hands requests to the part of the service that they are for.
private final class Dispatcher: RequestHandler {
  var onRequest: (borrowing Request, Exchange) -> Void = { _, _ in }
  var onClosed: (Exchange) -> Void = { _ in }
  var onFault: (RequestFault) -> Void = { _ in }
  var onHandshakeFailed: (String, SocketAddress) -> Void = { _, _ in }

  func handle(_ request: borrowing Request, _ exchange: Exchange) { onRequest(request, exchange) }

  func exchangeClosed(_ exchange: Exchange) { onClosed(exchange) }

  func handshakeFailed(_ reason: String, _ peer: SocketAddress) { onHandshakeFailed(reason, peer) }

  func response(to fault: RequestFault) -> Response {
    onFault(fault)
    return Problem(fault.status, "\(fault.reason)", requestID: RequestName.make()).response
  }
}

/// Brings commits from the ledger's queue to the loop.
private final class CommitRelay: CommitObserver {
  private let mailbox: Mailbox<ReceiverService>

  init(_ mailbox: Mailbox<ReceiverService>) {
    self.mailbox = mailbox
  }

  func ledgerDid(_ commit: Commit) {
    mailbox.post { $0.committed(commit) }
  }
}

extension ServerLimits {
  fileprivate init(_ limits: LimitSettings) {
    self.init()
    connections = limits.connections
    headTime = limits.headDeadline
    bodyTime = limits.bodyDeadline
    idleTime = limits.idleDeadline
  }
}

extension HTTPLimits {
  fileprivate init(_ limits: LimitSettings) {
    self.init(head: limits.headBytes.bytes, fields: limits.fields, body: limits.bodyBytes.bytes)
  }
}
