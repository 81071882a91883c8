// SPDX-License-Identifier: Apache-2.0

import Callbacks
import Glibc
import HTTPClient
import JSON
import Ledger
import OpenSSL
import Provider
import Synchronization
import Testing

@testable import Submitter

/// A clock that is never waited for: whoever sleeps moves it on, unless it stands still; then he sleeps until he is
/// cancelled.
final class LeapingTime: Sendable {
  private let moment: Mutex<Timestamp>
  private let standsStill = Mutex(false)

  init(_ start: Timestamp = Timestamp(milliseconds: 1_760_000_000_000)) {
    moment = Mutex(start)
  }

  var now: Timestamp { moment.withLock { $0 } }

  func stand() { standsStill.withLock { $0 = true } }

  var clock: SubmitterClock {
    SubmitterClock(now: { self.now }) { time throws(CancellationError) in
      await Task.yield()
      if Task.isCancelled { throw CancellationError() }
      if self.standsStill.withLock({ $0 }) {
        let (never, end) = AsyncStream.makeStream(of: Void.self)
        for await _ in never {}
        withExtendedLifetime(end) {}
        throw CancellationError()
      }
      self.moment.withLock { $0 = max($0, time) }
    }
  }
}

/// What a media server does with one request after another; the last step is repeated.
final class MediaScript: Sendable {
  enum Step: Sendable {
    /// Serves the file as a good server does, ranges and all; breaks off after so many bytes.
    case file([UInt8], tag: String? = nil, cutAfter: Int? = nil)
    case status(Int)
    case failure(HTTPClientError)
  }

  struct Seen: Sendable, Equatable {
    var url: String
    var offset: Int64
    var ifRange: String?
  }

  private let steps: Mutex<[Step]>
  private let requests = Mutex<[Seen]>([])

  init(_ steps: Step...) {
    self.steps = Mutex(steps)
  }

  var seen: [Seen] { requests.withLock { $0 } }

  var transport: ResultTransport {
    { request, offset, sink throws(HTTPClientError) in
      let ifRange = request.headers.first { $0.name == "If-Range" }?.value
      self.requests.withLock { $0.append(Seen(url: request.url, offset: offset, ifRange: ifRange)) }
      let step = self.steps.withLock { $0.count > 1 ? $0.removeFirst() : $0[0] }
      switch step {
      case .status(let status): return Self.answer(HTTPClientResponseHead(status: status))
      case .failure(let error): throw error
      case .file(let bytes, let tag, let cut):
        return try Self.serve(bytes, tag, cut, offset, ifRange, sink)
      }
    }
  }

  private static func serve(
    _ bytes: [UInt8], _ tag: String?, _ cut: Int?, _ offset: Int64, _ ifRange: String?, _ sink: DownloadSink
  ) throws(HTTPClientError) -> HTTPClientResponse {
    let isPart = offset > 0 && ifRange != nil && ifRange == tag
    let start = isPart ? Int(offset) : 0
    var head = HTTPClientResponseHead(status: isPart ? 206 : 200)
    head.headers.append((name: "Content-Length", value: "\(bytes.count - start)"))
    if isPart {
      head.headers.append((name: "Content-Range", value: "bytes \(start)-\(bytes.count - 1)/\(bytes.count)"))
    }
    if let tag { head.headers.append((name: "ETag", value: tag)) }
    guard sink.head(head, Int64(start)) else { throw .answerLost(.sinkRefused) }
    let end = min(bytes.count, cut ?? bytes.count)
    var place = start
    while place < end {
      let piece = Array(bytes[place..<min(end, place + 1000)])
      place += piece.count
      guard sink.bytes(piece.span, Int64(place - start)) else { throw .answerLost(.sinkRefused) }
    }
    guard end == bytes.count else { throw .answerLost(.truncated) }
    return answer(head)
  }

  private static func answer(_ head: HTTPClientResponseHead) -> HTTPClientResponse {
    HTTPClientResponse(head: head, body: [], effectiveURL: "", remoteAddress: "")
  }
}

/// A ledger in a folder of its own, a keeper on it, and everything that it says.
final class KeeperBench: Sendable {
  static let host = "media.example.test"
  static let url = "https://media.example.test/a.mp4"

  let directory: String
  let ledger: Ledger
  let keeper: ResultKeeper
  let configuration: ResultConfiguration
  let time = LeapingTime()
  private let stream: AsyncStream<SubmitterNotice>

  init(
    _ script: MediaScript, directory: String? = nil, disk: any Disk = SystemDisk(), maxBytes: Int = 1 << 20,
    isOn: Bool = true, hosts: Set<String> = [host], provider: Provider? = nil
  ) throws {
    self.directory = try directory ?? temporaryDirectory()
    ledger = try Ledger.open(self.directory)
    let (stream, continuation) = AsyncStream.makeStream(of: SubmitterNotice.self)
    self.stream = stream
    configuration = ResultConfiguration(
      isOn: isOn, hosts: hosts, privateHosts: [], maxBytes: maxBytes, provider: provider)
    keeper = ResultKeeper(
      ledger: ledger, configuration: configuration, disk: disk, clock: time.clock,
      transport: script.transport, report: { continuation.yield($0) })
  }

  /// Waits for a notice that says so.
  func notice(_ isIt: (SubmitterNotice) -> Bool) async -> [SubmitterNotice] {
    var heard: [SubmitterNotice] = []
    for await notice in stream {
      heard.append(notice)
      if isIt(notice) { break }
    }
    return heard
  }

  func saved() async -> SavedFile? {
    let heard = await notice {
      switch $0 {
      case .resultSaved, .resultLost: true
      default: false
      }
    }
    if case .resultSaved(_, let file)? = heard.last { return file }
    return nil
  }

  func lost() async -> (reason: String, delays: Int)? {
    let heard = await notice { if case .resultLost = $0 { true } else { false } }
    guard case .resultLost(_, let reason)? = heard.last else { return nil }
    return (reason, heard.count - 1)
  }

  /// A task that the provider's own record calls done.
  @discardableResult
  func finishTask(_ urls: [String] = [url]) async throws -> TaskID {
    let id = TaskID.make(at: time.now)
    _ = try await ledger.append(Submission(task: id, model: "m", input: "{}", idempotency: nil), at: time.now)
    try await ledger.append(.accepted(task: id, providerTaskID: "provider-\(id)"), at: time.now)
    let report = TaskReport(providerTaskID: "provider-\(id)", state: .success, urls: TextList(urls))
    try await ledger.append(.record(task: id, report: report), at: time.now)
    return id
  }

  /// A callback that came for a task created elsewhere, with or without a signature.
  func callback(_ id: String, url: String, isSigned: Bool) async throws {
    let tokenKey = [UInt8](repeating: 1, count: 32)
    let key = Array("key".utf8)
    let token = CallbackToken.mint(TaskID.make(at: time.now), key: HMACKey(tokenKey.span))
    let stamp = "\(time.now.seconds)"
    var signature: [UInt8] = []
    Base64.standard.encode(HMACKey(key.span).authenticate(Array("\(id).\(stamp)".utf8).span).span, to: &signature)
    let head = Array(token.utf8) + Array(stamp.utf8) + signature
    let places = (
      token: 0..<token.utf8.count, stamp: token.utf8.count..<token.utf8.count + stamp.utf8.count,
      signature: token.utf8.count + stamp.utf8.count..<head.count
    )
    let body = Array(#"{"data":{"taskId":"\#(id)","state":"success","resultJson":{"resultUrls":["\#(url)"]}}}"#.utf8)
    var verifier = Verifier(CallbackPolicy(keys: [key], allowUnsigned: true, tokenKey: tokenKey))
    let outcome = verifier.verify(
      CallbackInput(
        kind: .completion, token: isSigned ? nil : places.token, timestamp: isSigned ? places.stamp : nil,
        signature: isSigned ? places.signature : nil), head: head.span, body: body.span, now: time.now)
    guard case .verified(let callback) = outcome else { throw Refused(outcome: "\(outcome)") }
    _ = ledger.append(
      callback, target: head.span, fields: Array("[]".utf8).span, body: body.span, at: time.now, ticket: Ticket(0, 0))
    ledger.flush()
  }

  func contents(_ file: SavedFile) throws -> [UInt8]? {
    try SystemDisk().contents(of: "\(directory)/\(file.path)")
  }

  func names(_ task: TaskID) throws -> [String] {
    try SystemDisk().names(in: "\(directory)/results/\(task)").sorted()
  }

  func close() async {
    await keeper.stop()
    ledger.close()
  }
}

/// A whole video as far as its first bytes tell, of so many bytes.
func video(_ count: Int = 5000, seed: UInt8 = 7) -> [UInt8] {
  let head: [UInt8] = [0, 0, 0, 24] + Array("ftypisom".utf8)
  return head + (head.count..<max(head.count, count)).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ Int(seed)) }
}

func sha256(_ bytes: [UInt8]) -> String { Hex.encode(SHA256.hash(bytes.span).span) }

func temporaryDirectory() throws -> String {
  var path = Array("/tmp/hookledger-tests-XXXXXX".utf8CString)
  let isMade = path.withUnsafeMutableBufferPointer { $0.baseAddress.map { mkdtemp($0) != nil } ?? false }
  try #require(isMade)
  return String(decoding: path.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
}

/// A provider that answers each path with one body, and with `nil` not at all.
func provider(_ answer: @escaping @Sendable (_ url: String) -> String?) -> Provider {
  Provider(ProviderConfiguration(apiKey: Secret("key"))) { request throws(HTTPClientError) in
    guard let body = answer(request.url) else { throw .notSent(.connectionFailed("refused")) }
    return HTTPClientResponse(
      head: HTTPClientResponseHead(status: 200), body: Array(body.utf8), effectiveURL: request.url, remoteAddress: "")
  }
}

struct Refused: Error {
  let outcome: String
}
