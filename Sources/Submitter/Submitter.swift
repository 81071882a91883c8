// SPDX-License-Identifier: Apache-2.0

package import Callbacks
package import JSON
package import Ledger
package import OpenSSL
package import Provider
internal import Synchronization

/// What a caller wants made.
package struct SubmitRequest: Sendable {
  package let model: String
  package let input: JSON
  package let idempotency: Idempotency?
  /// When it came: who came first is served first.
  let arrival = ContinuousClock.now

  package init(model: String, input: JSON, idempotency: Idempotency?) {
    self.model = model
    self.input = input
    self.idempotency = idempotency
  }
}

/// What became of a submission.
package enum SubmitOutcome: Sendable {
  /// The intent was booked; the task's state tells how far it came: accepted, `refused`, or `unknown`.
  case task(TaskState)
  /// The idempotency key belongs to a request that is still running.
  case inProgress(TaskID)
  /// The idempotency key belongs to another request.
  case keyReused(TaskID)
  /// The input does not fit the model; every error.
  case invalid([ValidationError])
  /// A setting that submitting needs is missing.
  case notConfigured(String)
  /// A brake of our own is on.
  case held(Hold)
  /// The intent could not be put on disk, so nothing was sent.
  case ledger(LedgerError)
}

/// What submitting needs to know; may change while the server runs.
package struct SubmitterConfiguration: Sendable {
  /// Our own public address without a trailing slash; `nil` when none is set.
  package var publicURL: String?
  /// `nil` when no API key is set.
  package var provider: Provider?
  /// Signs the callback addresses.
  package var tokenKey: HMACKey
  package var spending: SpendingLimits

  package init(publicURL: String?, provider: Provider?, tokenKey: HMACKey, spending: SpendingLimits = SpendingLimits())
  {
    self.publicURL = publicURL
    self.provider = provider
    self.tokenKey = tokenKey
    self.spending = spending
  }
}

/// The configuration as it is now, for all parts of the submitter.
final class LiveConfiguration: Sendable {
  private let value: Mutex<SubmitterConfiguration>

  init(_ value: SubmitterConfiguration) {
    self.value = Mutex(value)
  }

  /// - Returns: what it was before.
  func exchange(_ new: SubmitterConfiguration) -> SubmitterConfiguration {
    value.withLock { current in
      defer { current = new }
      return current
    }
  }

  var current: SubmitterConfiguration { value.withLock { $0 } }
}

/// Creates tasks at the provider so that none is paid for twice and none is forgotten: the intent is on disk before the
/// request leaves, the callback address names the intent, and an answer that got lost is booked as such and never
/// followed by a second request.
package final class Submitter: Sendable {
  let ledger: Ledger
  let clock: SubmitterClock
  let report: @Sendable (SubmitterNotice) -> Void
  /// Saves media; `nil` where nobody wants it saved.
  package let keeper: ResultKeeper?
  let account: Account
  let brakes: Brakes
  package let reconciler: Reconciler
  private let profiles: ModelProfiles
  private let configuration: LiveConfiguration
  private let background = Mutex(Background())
  /// Submissions that the last stop cut off: taken before the first new one can come.
  private let interrupted: [TaskID]

  private struct Background {
    var tasks: [Task<Void, Never>] = []
    var isStopped = false
  }

  /// - Parameters:
  ///   - ledger: as it was opened: what is being submitted in it was cut off by the last stop.
  ///   - keeper: is started and stopped with the submitter.
  ///   - report: hears what a person should know; called from any thread.
  package init(
    ledger: Ledger, profiles: ModelProfiles, configuration: SubmitterConfiguration, clock: SubmitterClock = .system,
    keeper: ResultKeeper? = nil, report: @escaping @Sendable (SubmitterNotice) -> Void = { _ in }
  ) {
    self.keeper = keeper
    let live = LiveConfiguration(configuration)
    self.ledger = ledger
    self.profiles = profiles
    self.configuration = live
    self.clock = clock
    self.report = report
    account = Account(ledger: ledger, clock: clock)
    brakes = Brakes(
      ledger: ledger, clock: clock, account: account, configuration: { live.current }, report: report)
    reconciler = Reconciler(ledger: ledger, clock: clock, provider: { live.current.provider }, report: report)
    interrupted = ledger.openTasks().filter { $0.state == .submitting }.map(\.id)
  }

  package func use(_ configuration: SubmitterConfiguration) {
    let old = self.configuration.exchange(configuration)
    // What happened without an API key has not been followed.
    if old.provider == nil, configuration.provider != nil {
      Task { await reconciler.pickUp() }
    }
  }

  var current: SubmitterConfiguration { configuration.current }

  /// Whether the provider can be asked at all.
  package var hasProvider: Bool { current.provider != nil }
  package var publicURL: String? { current.publicURL }
  package var brakeCounts: BrakeCounts { brakes.counts }

  // MARK: - Starting and stopping

  /// Takes up what an earlier run left behind, and goes on in the background until `stop`.
  package func start() async {
    let (changes, listener) = AsyncStream.makeStream(of: [TaskChange].self)
    ledger.add(observer: ChangeRelay(listener, configuration))
    await bookInterrupted()
    await keeper?.start()
    if hasProvider { await reconciler.pickUp() }
    background.withLock { background in
      guard !background.isStopped else { return }
      background.tasks = [
        Task { [reconciler] in await reconciler.run() },
        Task { [brakes] in await brakes.run() },
        Task { [reconciler, brakes] in
          for await batch in changes {
            await reconciler.heard(batch)
            await brakes.heard(batch)
          }
        },
      ]
    }
  }

  /// Ends what goes on in the background; when it returns, nothing more is booked from there. Submissions that wait are
  /// turned away, those that left are not touched.
  package func stop() async {
    let tasks = background.withLock { background in
      background.isStopped = true
      defer { background.tasks = [] }
      return background.tasks
    }
    for task in tasks { task.cancel() }
    await brakes.close()
    await keeper?.stop()
    for task in tasks { await task.value }
  }

  // MARK: - Creating

  /// Creates a task. Cancelling the calling task takes a submission out of the queue; one that left is followed to its
  /// end all the same.
  package func submit(_ request: SubmitRequest) async -> SubmitOutcome {
    let profile = profiles.profile(for: request.model)
    let errors = profile.validate(input: request.input.isNull ? nil : request.input)
    guard errors.isEmpty else { return .invalid(errors) }
    let configuration = current
    guard let provider = configuration.provider else {
      return .notConfigured("no API key of the provider is set: provider.apiKey")
    }
    guard let publicURL = configuration.publicURL else {
      return .notConfigured(
        "no public address is set, so no callback could come back: set public.url to the address of this server")
    }
    if let key = request.idempotency?.key, let earlier = ledger.task(idempotencyKey: key) {
      return replay(earlier.id, request)
    }
    let id = TaskID.make(at: .now())
    let token = CallbackToken.mint(id, key: configuration.tokenKey)
    let body = Self.body(
      request, CallbackAddresses(publicURL: publicURL), token: token, hasProgress: profile.hasProgressCallback)
    switch await brakes.admit(request.model, arrival: request.arrival) {
    case .failure(let hold): return .held(hold)
    case .success(let pass): return await submit(request, id, body, provider, pass)
    }
  }

  private func submit(
    _ request: SubmitRequest, _ id: TaskID, _ body: [UInt8], _ provider: Provider, _ pass: Brakes.Pass
  ) async -> SubmitOutcome {
    guard !Task.isCancelled else {
      await brakes.withdraw(pass)
      return .held(.abandoned)
    }
    let submission = Submission(
      task: id, model: request.model, input: request.input.text, idempotency: request.idempotency)
    do throws(LedgerError) {
      if case .existing(let earlier) = try await ledger.append(submission) {
        await brakes.withdraw(pass)
        return replay(earlier, request)
      }
    } catch {
      await brakes.withdraw(pass)
      return .ledger(error)
    }
    // In a task of its own: from here on nobody who loses patience may cut off what may have been paid for.
    let sending = Task { await send(id, request, body, provider, pass) }
    if let error = await sending.value { return .ledger(error) }
    return ledger.task(id).map { .task($0) } ?? .ledger(.closed)
  }

  /// Sends a booked intent and books what comes of it.
  ///
  /// - Returns: why that could not be booked.
  private func send(
    _ id: TaskID, _ request: SubmitRequest, _ body: [UInt8], _ provider: Provider, _ first: Brakes.Pass
  ) async -> LedgerError? {
    var pass = first
    var attempt = 1
    while true {
      let outcome = await provider.createTask(body: body)
      if attempt <= Brakes.maxRetries, outcome.isWorthRepeating {
        await brakes.backOff(pass, attempt: attempt)
        attempt += 1
        switch await brakes.admit(request.model, arrival: request.arrival, isRetry: true) {
        case .success(let next): pass = next
        case .failure(let hold): return await book(.refused(task: id, code: nil, message: "\(hold)"))
        }
        continue
      }
      await brakes.answered(pass)
      if outcome.isFailureOfProvider { await brakes.failed(request.model) }
      let error = await book(outcome.event(for: id))
      if case .unknown(let reason, _) = outcome { report(.unknown(id, reason: reason)) }
      await brakes.decided(pass)
      return error
    }
  }

  private func book(_ event: OwnEvent) async -> LedgerError? {
    do throws(LedgerError) {
      try await ledger.append(event)
      return nil
    } catch {
      report(.notBooked(event.task, reason: "\(error)"))
      return error
    }
  }

  /// The answer that the first request under this key got, as far as it has come.
  private func replay(_ id: TaskID, _ request: SubmitRequest) -> SubmitOutcome {
    guard let task = ledger.task(id) else { return .inProgress(id) }
    guard task.idempotency?.bodyDigest == request.idempotency?.bodyDigest else { return .keyReused(id) }
    return task.state == .submitting ? .inProgress(id) : .task(task)
  }

  /// The provider's createTask body (provider page "Sora2 - Image to Video").
  private static func body(
    _ request: SubmitRequest, _ addresses: CallbackAddresses, token: String, hasProgress: Bool
  ) -> [UInt8] {
    var body = JSONObject()
    body.append("model", .string(request.model))
    body.append("callBackUrl", .string(addresses.completion(token)))
    if hasProgress { body.append("progressCallBackUrl", .string(addresses.progress(token))) }
    if !request.input.isNull { body.append("input", request.input) }
    return JSON.object(body).compact()
  }

  // MARK: - After a start

  /// Books the submissions that a crash cut off between intent and answer: they may have been paid for.
  private func bookInterrupted() async {
    for task in interrupted {
      do throws(LedgerError) {
        try await ledger.append(
          .unknown(task: task, reason: "the server stopped before the provider's answer was booked"))
      } catch {
        report(.notBooked(task, reason: "\(error)"))
      }
    }
    if !interrupted.isEmpty { report(.interrupted(count: interrupted.count)) }
  }
}

/// The addresses under which the provider reaches one submission.
package struct CallbackAddresses: Sendable {
  private let base: String

  /// - Parameter publicURL: without a trailing slash.
  package init(publicURL: String) {
    base = publicURL + "/callbacks/"
  }

  package func completion(_ token: String) -> String { base + token }
  package func progress(_ token: String) -> String { base + token + "/progress" }
}

extension JSON {
  fileprivate var text: String { String(decoding: compact(), as: UTF8.self) }
}

extension CreateOutcome {
  /// A definite no for want of room. Maintenance is one as well, but lasts longer than anybody waits.
  fileprivate var isWorthRepeating: Bool {
    if case .refused(let refusal) = self { refusal.retry == .later && refusal.kind != .maintenance } else { false }
  }

  fileprivate var isFailureOfProvider: Bool {
    guard case .refused(let refusal) = self else { return false }
    return [.serverError, .generationFailed, .featureDisabled, .maintenance].contains(refusal.kind)
  }

  fileprivate func event(for id: TaskID) -> OwnEvent {
    switch self {
    case .accepted(let providerTaskID, _): .accepted(task: id, providerTaskID: providerTaskID)
    case .refused(let refusal):
      .refused(
        task: id, code: refusal.code, message: refusal.message.isEmpty ? refusal.description : refusal.message)
    case .notSent(let reason): .refused(task: id, code: nil, message: "the request never left: \(reason)")
    case .unknown(let reason, _): .unknown(task: id, reason: reason)
    }
  }
}

/// Brings changes from the ledger's queue to the actors.
private final class ChangeRelay: CommitObserver {
  private let listener: AsyncStream<[TaskChange]>.Continuation
  private let configuration: LiveConfiguration

  init(_ listener: AsyncStream<[TaskChange]>.Continuation, _ configuration: LiveConfiguration) {
    self.listener = listener
    self.configuration = configuration
  }

  func ledgerDid(_ commit: Commit) {
    // Without an API key nothing is submitted and nobody is asked, so nothing of it matters.
    guard !commit.changes.isEmpty, configuration.current.provider != nil else { return }
    listener.yield(commit.changes)
  }
}
