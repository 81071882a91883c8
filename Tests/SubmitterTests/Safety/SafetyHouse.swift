// SPDX-License-Identifier: Apache-2.0

import Glibc
import HTTPClient
import JSON
import OpenSSL
import Synchronization
import Testing

@testable import Callbacks
@testable import Ledger
@testable import Provider
@testable import Submitter

/// A provider that answers by a script, and keeps when it was asked what.
final class ScriptedProvider: Sendable {
  struct Asked: Sendable {
    var at: Timestamp
    var url: String
    var body: String
  }

  typealias Script = @Sendable (_ url: String, _ number: Int) -> (status: Int, body: String)

  private let clock: SubmitterClock
  private let script: Script
  private let log = Mutex<[Asked]>([])

  init(_ clock: SubmitterClock, _ script: @escaping Script) {
    self.clock = clock
    self.script = script
  }

  var asked: [Asked] { log.withLock { $0 } }

  func asked(_ path: String) -> [Asked] { asked.filter { $0.url.contains(path) } }

  var provider: Provider {
    Provider(
      ProviderConfiguration(
        url: "https://api.example.test", uploadURL: "https://upload.example.test", apiKey: Secret("key"))
    ) { [self] request throws(HTTPClientError) in
      let number = log.withLock { log in
        log.append(
          Asked(at: clock.now(), url: request.url, body: String(decoding: request.body ?? [], as: UTF8.self)))
        return log.count { $0.url == request.url }
      }
      let (status, body) = script(request.url, number)
      guard status > 0 else { throw .answerLost(.timedOut) }
      return HTTPClientResponse(
        head: HTTPClientResponseHead(status: status), body: Array(body.utf8), effectiveURL: request.url,
        remoteAddress: "")
    }
  }
}

/// A submitter on a folder of its own, whose time runs a thousand times as fast as ours unless told otherwise.
final class SafetyHouse: Sendable {
  let ledger: Ledger
  let clock: SubmitterClock
  let submitter: Submitter
  let provider: ScriptedProvider
  let tokenKey = HMACKey(Array("token-key".utf8).span)
  private let notes = Mutex<[SubmitterNotice]>([])

  var notices: [SubmitterNotice] { notes.withLock { $0 } }

  init(
    speed: Double = 1000, spending: SpendingLimits = SpendingLimits(), hasProvider: Bool = true,
    _ script: @escaping ScriptedProvider.Script
  ) throws {
    clock = .running(speed: speed)
    ledger = try Ledger.open(Self.directory())
    provider = ScriptedProvider(clock, script)
    let notes = Box()
    submitter = Submitter(
      ledger: ledger, profiles: .embedded,
      configuration: SubmitterConfiguration(
        publicURL: "https://hooks.example.test", provider: hasProvider ? provider.provider : nil, tokenKey: tokenKey,
        spending: spending),
      clock: clock, report: { notes.add($0) })
    notes.house = self
  }

  private final class Box: Sendable {
    private let target = Mutex<SafetyHouse?>(nil)
    var house: SafetyHouse? {
      get { target.withLock { $0 } }
      set { target.withLock { $0 = newValue } }
    }
    func add(_ notice: SubmitterNotice) {
      house.map { house in house.notes.withLock { $0.append(notice) } }
    }
  }

  private static func directory() throws -> String {
    var path = Array("/tmp/hookledger-tests-XXXXXX".utf8CString)
    try #require(path.withUnsafeMutableBufferPointer { $0.baseAddress.flatMap { mkdtemp($0) } } != nil)
    return String(decoding: path.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  func end() async {
    await submitter.stop()
    ledger.close()
  }

  // MARK: - Doing

  func submit(_ number: Int = 0, key: String? = nil) async -> SubmitOutcome {
    await submitter.submit(
      SubmitRequest(
        model: "some/model", input: ["prompt": .string("kite \(number)")],
        idempotency: key.map { Idempotency(key: $0, bodyDigest: "00") }))
  }

  /// A task that the provider has, as after a start.
  func accept(_ name: String) async throws -> TaskID {
    let id = TaskID.make(at: .now())
    _ = try await ledger.append(Submission(task: id, model: "some/model", input: "{}", idempotency: nil))
    return try await ledger.append(.accepted(task: id, providerTaskID: name))
  }

  func call(back name: String, _ state: ProviderState = .success, kind: CallbackKind = .completion, digest: UInt64 = 1)
  {
    let report = TaskReport(
      providerTaskID: name, state: state, urls: state == .success ? ["https://files.example.test/\(name)"] : [])
    let callback = VerifiedCallback(
      kind: kind, report: report, submission: nil, trust: .signed, keyIndex: 0, digest: digest, signedAt: 1)
    let empty = Array("{}".utf8)
    _ = ledger.append(
      callback, target: empty.span, fields: Array("[]".utf8).span, body: empty.span, at: .now(), ticket: Ticket(0, 0))
    ledger.flush()
  }

  // MARK: - Waiting

  /// Returns once the condition holds.
  func until(_ condition: () -> Bool) async {
    while !condition() { try? await Task.sleep(for: .milliseconds(1)) }
  }

  func untilConfirmed(_ id: TaskID) async {
    await until { self.ledger.task(id).map { $0.state.isTerminal && $0.trust == .confirmed } ?? false }
  }
}

/// The provider's record of a task.
func record(_ name: String, _ state: String, url: String? = nil) -> String {
  let result = state == "success" ? #"{\"resultUrls\":[\"\#(url ?? "https://files.example.test/\(name)")\"]}"# : ""
  return #"{"code":200,"msg":"success","data":{"taskId":"\#(name)","state":"\#(state)","resultJson":"\#(result)"}}"#
}

let notFound = #"{"code":422,"msg":"recordInfo is null","data":null}"#

func created(_ name: String) -> String { #"{"code":200,"msg":"success","data":{"taskId":"\#(name)"}}"# }
