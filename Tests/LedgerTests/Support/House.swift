// SPDX-License-Identifier: Apache-2.0

import Dispatch
import Synchronization
import Threads

@testable import Callbacks
@testable import Ledger

/// An open ledger, someone who hears its commits, and a clock that ticks by itself.
final class House: Sendable {
  static let root = "data"
  static let epoch: Int64 = 1_760_000_000_000

  let ledger: Ledger
  let post = Post()
  private let clock: Mutex<Int64>
  private let tickets = Mutex<UInt64>(0)

  init(
    _ disk: any Disk, root: String = House.root, startingAt start: Int64 = House.epoch,
    segments: SegmentPolicy = .standard
  ) throws(LedgerError) {
    ledger = try Ledger.open(root, disk: disk, segments: segments)
    clock = Mutex(start)
    ledger.add(observer: post)
  }

  /// A moment later than all before.
  func tick() -> Timestamp {
    clock.withLock { time in
      time += 1000
      return Timestamp(milliseconds: time)
    }
  }

  // MARK: - Doing

  enum Delivery: Equatable {
    case duplicate, closed, failed
    /// Acknowledged; with what changed in that batch.
    case stored([TaskChange])

    var changes: [TaskChange] { if case .stored(let changes) = self { changes } else { [] } }
    var isAcknowledged: Bool {
      switch self {
      case .duplicate, .stored: true
      case .closed, .failed: false
      }
    }
  }

  @discardableResult
  func deliver(_ callback: VerifiedCallback, body: String? = nil, at: Timestamp? = nil) async -> Delivery {
    await withCheckedContinuation { continuation in
      hand(callback, body: body, at: at) { continuation.resume(returning: $0) }
      ledger.flush()
    }
  }

  /// Hands a callback in without flushing; `done` is called when it is known what became of it.
  func hand(
    _ callback: VerifiedCallback, body: String? = nil, at: Timestamp? = nil,
    done: @escaping @Sendable (Delivery) -> Void
  ) {
    let ticket = Ticket(
      tickets.withLock {
        $0 += 1; return $0
      }, callback.news.digest)
    post.expect(ticket, done)
    let target = Array("/callbacks".utf8)
    let fields = Array(#"[["content-type","application/json"]]"#.utf8)
    let text = Array((body ?? #"{"data":{"taskId":"\#(callback.news.report.providerTaskID)"}}"#).utf8)
    let reception = ledger.append(
      callback, target: target.span, fields: fields.span, body: text.span, at: at ?? tick(), ticket: ticket)
    switch reception {
    case .queued: break
    case .duplicate: post.settle(ticket, .duplicate)
    case .closed: post.settle(ticket, .closed)
    }
  }

  /// Submits a task and returns its id.
  func submit(_ model: String = "sora-2", input: String = #"{"prompt":"a red kite"}"#, key: String? = nil)
    async throws -> TaskID
  {
    let at = tick()
    let id = TaskID.make(at: at)
    let idempotency = key.map { Idempotency(key: $0, bodyDigest: "00ff") }
    _ = try await ledger.append(Submission(task: id, model: model, input: input, idempotency: idempotency), at: at)
    return id
  }

  @discardableResult
  func tell(_ event: OwnEvent) async throws -> TaskID { try await ledger.append(event, at: tick()) }

  /// Lets the task files catch up now.
  func follow() {
    ledger.fileQueue.sync { ledger.follow() }
  }

  /// Returns when the observers have heard of every commit whose caller has its answer: callers hear first.
  func listen() {
    ledger.journal.sync {}
  }

  /// The same as `follow`, with a checkpoint.
  func checkpoint() {
    ledger.fileQueue.sync { ledger.follow(isClosing: true) }
  }

  // MARK: - Looking

  /// All tasks as lists show them, newest first.
  var all: [TaskState] {
    var tasks: [TaskState] = []
    var cursor: UInt64?
    repeat {
      let page = ledger.tasks(TaskQuery(limit: 100, cursor: cursor))
      tasks += page.tasks
      cursor = page.next
    } while cursor != nil
    return tasks
  }

  /// The index, written out so that two can be compared whatever numbers their names have.
  var index: [String] {
    ledger.core.withLock { $0.book.index.written }
  }
}

extension TaskIndex {
  var written: [String] {
    entries.map { entry in
      """
      \(entry.id) provider \(entry.providerKey) end \(entry.endDigest) stage \(stages[entry.stage]) \
      model \(models[entry.model]) flags \(entry.flags.rawValue) joined \(entry.joinedTo) \
      charge \(entry.charge.map { "\($0.millionths) on \($0.day)" } ?? "none")
      """
    }
  }
}

/// Hears commits and passes them to whoever waits for their tickets.
final class Post: CommitObserver {
  private let waiting = Mutex<[Ticket: @Sendable (House.Delivery) -> Void]>([:])
  private let heard = Mutex<[Commit]>([])

  var commits: [Commit] { heard.withLock { $0 } }

  func expect(_ ticket: Ticket, _ done: @escaping @Sendable (House.Delivery) -> Void) {
    waiting.withLock { $0[ticket] = done }
  }

  func settle(_ ticket: Ticket, _ delivery: House.Delivery) {
    waiting.withLock { $0.removeValue(forKey: ticket) }?(delivery)
  }

  func ledgerDid(_ commit: Commit) {
    heard.withLock { $0.append(commit) }
    for ticket in commit.tickets { settle(ticket, commit.failure == nil ? .stored(commit.changes) : .failed) }
  }
}

/// A callback that has been verified, as far as the ledger can tell.
func callback(
  _ provider: String = "p-1", _ state: ProviderState? = .success, kind: CallbackKind = .completion,
  for submission: TaskID? = nil, trust: Trust = .signed, digest: UInt64 = 1, signedAt: Int64? = 1_760_000_000,
  progress: Int? = nil, urls: TextList? = nil, credits: String? = nil, failure: (String, String)? = nil
) -> VerifiedCallback {
  let report = report(provider, state, progress: progress, urls: urls, credits: credits, failure: failure)
  return VerifiedCallback(
    kind: kind, report: report, submission: submission, trust: trust, keyIndex: trust == .signed ? 0 : nil,
    digest: digest, signedAt: trust == .signed ? signedAt : nil)
}

func report(
  _ provider: String = "p-1", _ state: ProviderState? = .success, progress: Int? = nil, urls: TextList? = nil,
  credits: String? = nil, failure: (String, String)? = nil
) -> TaskReport {
  TaskReport(
    providerTaskID: provider, model: "sora-2", state: state, progress: progress,
    urls: urls ?? (state == .success ? ["https://files.example.test/\(provider).mp4"] : []),
    failureCode: failure?.0, failureMessage: failure?.1, credits: credits, code: state == .fail ? 501 : 200)
}
