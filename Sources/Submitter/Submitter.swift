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
  case held(String)
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

  package init(publicURL: String?, provider: Provider?, tokenKey: HMACKey) {
    self.publicURL = publicURL
    self.provider = provider
    self.tokenKey = tokenKey
  }
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
  private let profiles: ModelProfiles
  private let configuration: Mutex<SubmitterConfiguration>
  /// Submissions that the last stop cut off: taken before the first new one can come.
  private let interrupted: [TaskID]

  /// - Parameters:
  ///   - ledger: as it was opened: what is being submitted in it was cut off by the last stop.
  ///   - keeper: is started and stopped with the submitter.
  ///   - report: hears what a person should know; called from any thread.
  package init(
    ledger: Ledger, profiles: ModelProfiles, configuration: SubmitterConfiguration, clock: SubmitterClock = .system,
    keeper: ResultKeeper? = nil, report: @escaping @Sendable (SubmitterNotice) -> Void = { _ in }
  ) {
    self.keeper = keeper
    self.ledger = ledger
    self.profiles = profiles
    self.configuration = Mutex(configuration)
    self.clock = clock
    self.report = report
    interrupted = ledger.openTasks().filter { $0.state == .submitting }.map(\.id)
  }

  // MARK: - Starting and stopping

  /// Takes up what an earlier run left behind.
  package func start() async {
    await bookInterrupted()
    await keeper?.start()
  }

  /// Ends what goes on in the background; when it returns, nothing more is booked from there.
  package func stop() async {
    await keeper?.stop()
  }

  package func use(_ configuration: SubmitterConfiguration) {
    self.configuration.withLock { $0 = configuration }
  }

  var current: SubmitterConfiguration { configuration.withLock { $0 } }

  // MARK: - Creating

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
    let addresses = CallbackAddresses(publicURL: publicURL)
    let id = TaskID.make(at: .now())
    let submission = Submission(
      task: id, model: request.model, input: request.input.text, idempotency: request.idempotency)
    do throws(LedgerError) {
      if case .existing(let earlier) = try await ledger.append(submission) { return replay(earlier, request) }
      let token = CallbackToken.mint(id, key: configuration.tokenKey)
      let body = Self.body(request, addresses, token: token, hasProgress: profile.hasProgressCallback)
      try await book(await provider.createTask(body: body), id)
    } catch {
      return .ledger(error)
    }
    return ledger.task(id).map { .task($0) } ?? .ledger(.closed)
  }

  /// The answer that the first request under this key got, as far as it has come.
  private func replay(_ id: TaskID, _ request: SubmitRequest) -> SubmitOutcome {
    guard let task = ledger.task(id) else { return .inProgress(id) }
    guard task.idempotency?.bodyDigest == request.idempotency?.bodyDigest else { return .keyReused(id) }
    return task.state == .submitting ? .inProgress(id) : .task(task)
  }

  private func book(_ outcome: CreateOutcome, _ id: TaskID) async throws(LedgerError) {
    switch outcome {
    case .accepted(let providerTaskID, _):
      try await ledger.append(.accepted(task: id, providerTaskID: providerTaskID))
    case .refused(let refusal):
      try await ledger.append(.refused(task: id, code: refusal.code, message: refusal.words))
    case .notSent(let reason):
      try await ledger.append(.refused(task: id, code: nil, message: "the request never left: \(reason)"))
    case .unknown(let reason, _):
      try await ledger.append(.unknown(task: id, reason: reason))
    }
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

extension ProviderRefusal {
  fileprivate var words: String { message.isEmpty ? description : message }
}
