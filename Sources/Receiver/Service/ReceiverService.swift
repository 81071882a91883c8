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
package import Submitter

/// Everything that a running server is: two listeners on one loop, the ledger, the submitter. Lives on the loop.
///
/// Started in this order: ledger, listeners, submitter's leftovers. Stopped in the reverse one.
package final class ReceiverService {
  /// How often a ledger that could not write looks whether it can again: what a refused sender is told to wait.
  private static let probePeriod = Duration.seconds(5)

  private let loop: Loop
  private let server: HTTPServer
  let ledger: Ledger
  private let submitter: Submitter
  private let keeper: ResultKeeper
  private let client: HTTPClient
  private let tokenKey: [UInt8]
  private let inside: Doctor.Inside
  private let logger: Logger
  private let endpoint: CallbackEndpoint
  private let api: LocalAPI
  private let probes: Probes
  private let handler: Dispatcher
  private let doors: Doors
  private let speaksTLS: Bool
  private let started: Settings
  private var settings: Settings
  private var faultBudget = RefusalBudget()
  private var ends: UInt64 = 0
  /// There while the disk takes nothing.
  private var outage: Outage?
  private var isStopping = false
  private var isDrained = false
  private var isSubmitterStopped = false
  private var isClosed = false
  private var done: () -> Void = {}

  /// Where callbacks arrive, with the port that the kernel chose.
  package var publicAddress: SocketAddress { doors.publicAddress }
  package var apiAddress: SocketAddress { doors.apiAddress }

  /// Opens the data folder and both listeners.
  ///
  /// - Throws: `StartError` and others, each of which says in plain words what is wrong.
  /// - Parameters:
  ///   - clock: what schedules and windows of the submitter go by.
  ///   - descriptors: how many the process may have open; connections leave the rest of the program its share.
  ///   - sockets: listening sockets with the names `public` and `local`; a listener without one opens its own.
  package init(
    loop: Loop, settings: Settings, logger: Logger, clock: SubmitterClock = .system, descriptors: Int = .max,
    sockets: [InheritedSocket] = []
  ) throws {
    self.loop = loop
    self.settings = settings
    started = settings
    self.logger = logger
    guard descriptors >= ServerLimits.fewestDescriptors else {
      throw StartError(
        "the limit of open files is \(descriptors), and \(ServerLimits.fewestDescriptors) are needed at least: raise "
          + "the hard limit (ulimit -Hn, LimitNOFILE= in a unit, --ulimit nofile= for a container)")
    }
    let tls = try PublicTLS.load(settings.public.tls, now: loop.clock.unixSeconds(), logger: logger)
    speaksTLS = tls != nil
    ledger = try Ledger.open(settings.data.directory)
    tokenKey = try TokenKey.load(settings.data.directory, disk: SystemDisk())
    client = try HTTPClient(HTTPClientConfiguration(userAgent: "hookledger/\(hookledgerVersion)"))
    // Its thread also writes the files, so nothing else runs on it.
    let downloads = try HTTPClient(
      HTTPClientConfiguration(userAgent: "hookledger/\(hookledgerVersion)", maxConnections: 8))
    let submitting = Self.submitting(settings, settings.public.url?.description, client, tokenKey)
    keeper = ResultKeeper(
      ledger: ledger, configuration: Self.keeping(settings, submitting.provider), clock: clock,
      transport: { request, offset, sink throws(HTTPClientError) in
        try await downloads.download(request, offset: offset, into: sink)
      }, report: { logger.log($0) })
    submitter = Submitter(
      ledger: ledger, profiles: ModelProfiles.embedded, configuration: submitting, clock: clock, keeper: keeper,
      report: { logger.log($0) })
    handler = Dispatcher()
    server = HTTPServer(loop: loop, limits: ServerLimits(settings.limits, descriptors: descriptors), handler: handler)
    probes = Probes(ledger: ledger)
    let echo = Echo(secret: try randomBytes(32))
    endpoint = CallbackEndpoint(
      server: server, ledger: ledger, policy: Self.policy(settings, tokenKey), echo: echo, logger: logger)
    inside = Doctor.Inside(ledger: ledger, submitter: submitter, echo: echo, tokenKey: tokenKey)
    api = LocalAPI(
      server: server, ledger: ledger, submitter: submitter, gate: APIGate(token: settings.api.token),
      policy: Self.policy(settings, tokenKey), doctor: Doctor(settings: settings, client: client, inside: inside),
      probes: probes, logger: logger)
    doors = try Doors(server, settings, tls, sockets)
    let most = ServerLimits.mostConnections(descriptors)
    if most < settings.limits.connections {
      logger.warning(
        "limits.connections is more than the limit of open files allows (ulimit -n)",
        metadata: ["connections": "\(most)", "openFiles": "\(descriptors)"])
    }
    connect()
  }

  private func connect() {
    handler.onRequest = { [unowned self] request, exchange in
      if request.listener == Doors.open {
        endpoint.handle(request, exchange)
      } else {
        api.handle(request, exchange)
      }
    }
    handler.onBurstEnd = { [unowned self] in endpoint.keepVerified() }
    handler.onClosed = { [unowned self] in api.forget($0) }
    handler.onFault = { [unowned self] fault in
      // Counted in the metrics; a flood of them does not fill the log.
      guard faultBudget.take(at: .now()) else { return }
      logger.info(
        "request refused",
        metadata: ["reason": "\(fault.reason)", "status": "\(fault.status)", "peer": "\(fault.peer)"])
    }
    handler.onHandshakeFailed = { [unowned self] reason, peer in
      logger.debug("TLS handshake failed", metadata: ["reason": "\(reason)", "peer": "\(peer)"])
    }
    endpoint.onStale = { [unowned self] in ask(about: $0) }
    probes.metrics = { [unowned self] in metrics() }
    probes.warnings = { [unowned self] in Warnings.all(self.submitter, openCounts) }
    // The batch of a tick is handed over when all of its callbacks are in it.
    loop.atTickEnd(.commit) { [unowned self] in ledger.flush() }
    ledger.add(observer: CommitRelay(loop.mailbox(for: self)))
    loop.after(Self.probePeriod, repeating: true) { [ledger] in ledger.probe() }
    let opening = ledger.opening
    logger.info(
      "ledger opened",
      metadata: [
        "tasks": "\(opening.tasks)", "entries": "\(opening.lastSeq)", "replayed": "\(opening.replayed)",
        "tornBytes": "\(opening.tornBytes)",
      ])
    let submitter = submitter
    Task { await submitter.start() }
  }

  // MARK: - On the loop

  fileprivate func committed(_ commit: Commit) {
    endpoint.committed(commit)
    watchDisk(commit)
    ends += UInt64(commit.changes.count { $0.isEnd })
    api.waiters.heard(commit.changes)
  }

  /// Tells when the disk begins to fail, for which reasons, and when it works again: not every batch.
  private func watchDisk(_ commit: Commit) {
    switch commit.failure {
    case .unavailable(let failure):
      var outage = outage ?? Outage(at: loop.now)
      if outage.fails(failure.errno, callbacks: commit.tickets.count) {
        logger.error("callbacks could not be kept", metadata: ["reason": "\(failure)"])
      }
      self.outage = outage
    case nil:
      guard let outage else { return }
      self.outage = nil
      logger.notice(
        "callbacks are kept again",
        metadata: ["seconds": "\(outage.seconds(at: loop.now))", "answeredUnavailable": "\(outage.refused)"])
    default: break
    }
  }

  /// A stale callback proves nothing, but its task may have news: the provider is asked.
  private func ask(about rejected: Rejected) {
    submitter.hint(submission: rejected.submission, providerTaskID: rejected.taskID)
  }

  private var openCounts: OpenCounts {
    ledger.openCounts(since: Timestamp(milliseconds: Timestamp.now().milliseconds - 86_400_000))
  }

  private func metrics() -> String {
    Metrics.write(
      ledger: ledger.counts, refused: ledger.refused.total, callbacks: endpoint.counts, waiting: api.waiters.count,
      results: keeper.counts,
      listeners: [("public", server.counters(Doors.open)), ("api", server.counters(Doors.local))],
      safety: { metrics in
        metrics.write(
          openCounts, ends: ends, chargedToday: ledger.charged(on: UTCDay(.now())), balance: ledger.lastBalance)
        metrics.write(submitter.brakeCounts)
        metrics.write(submitter.reconciler.counts)
      })
  }

  // MARK: - Changing while running

  /// Takes over what may change without a restart: keys, tolerance, the API's token, the provider, the public address,
  /// the certificate and its key.
  package func use(_ read: Settings) {
    var settings = read
    if settings.api.token == nil, !doors.isAPILocal {
      logger.error("the API's token stays: the API is reachable from outside")
      settings.api.token = self.settings.api.token
    }
    for key in settings.keysThatNeedRestart(since: started) {
      logger.warning("a changed setting needs a restart", metadata: ["setting": "\(key)"])
    }
    let now = loop.clock.unixSeconds()
    if let tls = PublicTLS.reload(settings.public.tls, had: speaksTLS, now: now, logger: logger) {
      server.use(tls, for: Doors.open)
    }
    self.settings = settings
    endpoint.use(Self.policy(settings, tokenKey))
    api.policy = Self.policy(settings, tokenKey)
    api.doctor = Doctor(settings: settings, client: client, inside: inside)
    api.gate = APIGate(token: settings.api.token)
    usePublicURL(settings.public.url?.description)
  }

  /// The address that new submissions give to the provider.
  package func usePublicURL(_ url: String?) {
    let submitting = Self.submitting(settings, url, client, tokenKey)
    submitter.use(submitting)
    keeper.use(Self.keeping(settings, submitting.provider))
  }

  // MARK: - Stopping

  /// Takes no new connections, answers what is there, and closes the ledger; then calls the newest `done`. A further
  /// call may shorten the time.
  package func stop(within limit: Duration, done: @escaping () -> Void) {
    self.done = done
    if !isStopping {
      isStopping = true
      probes.isDraining = true
      logger.info("stopping")
      api.waiters.finishAll()
      stopSubmitter()
    }
    server.drain(within: limit) { [unowned self] in
      isDrained = true
      closeIfIdle()
    }
  }

  /// At once, for requests that wait for a brake are answered by it.
  private func stopSubmitter() {
    let submitter = submitter
    let mailbox = loop.mailbox(for: self)
    Task {
      await submitter.stop()
      mailbox.post { service in
        service.isSubmitterStopped = true
        service.closeIfIdle()
      }
    }
  }

  private func closeIfIdle() {
    guard isDrained, isSubmitterStopped, !isClosed else { return }
    isClosed = true
    ledger.close()
    logger.info("stopped")
    done()
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
    return SubmitterConfiguration(
      publicURL: publicURL, provider: provider, tokenKey: HMACKey(tokenKey.span),
      spending: SpendingLimits(settings.spending))
  }

  /// A host that the operator has named is trusted with any address; a built-in one is not.
  private static func keeping(_ settings: Settings, _ provider: Provider?) -> ResultConfiguration {
    let hosts = Set(settings.results.allowHosts.map(\.description))
    return ResultConfiguration(
      isOn: settings.results.save, hosts: hosts,
      privateHosts: hosts.subtracting(ResultSettings().allowHosts.map(\.description)),
      maxBytes: settings.results.maxBytes.bytes, provider: provider)
  }
}

/// Hands requests to the part of the service that they are for.
private final class Dispatcher: RequestHandler {
  var onRequest: (borrowing Request, Exchange) -> Void = { _, _ in }
  var onBurstEnd: () -> Void = {}
  var onClosed: (Exchange) -> Void = { _ in }
  var onFault: (RequestFault) -> Void = { _ in }
  var onHandshakeFailed: (String, SocketAddress) -> Void = { _, _ in }

  func handle(_ request: borrowing Request, _ exchange: Exchange) { onRequest(request, exchange) }

  func endBurst() { onBurstEnd() }

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

extension Logger {
  fileprivate func log(_ notice: SubmitterNotice) {
    let level: Logger.Level =
      switch notice.level {
      case .info: .info
      case .warning: .warning
      case .error: .error
      }
    log(level: level, "\(notice)")
  }
}

extension SpendingLimits {
  fileprivate init(_ settings: SpendingSettings) {
    self.init(
      maxRunning: settings.maxRunning, dailyCap: settings.dailyCap.flatMap { CreditAmount("\($0)") },
      balanceFloor: settings.balanceFloor.flatMap { CreditAmount("\($0)") })
  }
}

extension ServerLimits {
  /// For journal and task files, saved media, and calls to the provider.
  private static let otherDescriptors = 192

  /// With fewer there would be hardly a connection from outside.
  fileprivate static let fewestDescriptors = 16 + otherDescriptors + Doors.reserve

  /// Connections from outside that so many descriptors allow.
  fileprivate static func mostConnections(_ descriptors: Int) -> Int {
    descriptors - otherDescriptors - Doors.reserve
  }

  fileprivate init(_ limits: LimitSettings, descriptors: Int) {
    self.init()
    connections = min(limits.connections, Self.mostConnections(descriptors)) + Doors.reserve
    headTime = limits.headDeadline
    bodyTime = limits.bodyDeadline
    idleTime = limits.idleDeadline
  }
}
