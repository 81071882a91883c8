// SPDX-License-Identifier: Apache-2.0

package import Callbacks
internal import JSON
internal import Synchronization

/// What today's readers make of a callback that was taken in before. Only the ledger makes one, from its own journal:
/// how far the callback is to be believed stays as it was proven then.
package struct Rereading: Sendable {
  package let task: TaskID
  /// `seq` of the callback.
  let request: UInt64
  let news: CallbackNews
}

/// What became of the wish to read a callback again.
package enum RereadingOutcome: Sendable {
  /// It says something else now, and that is booked.
  case booked(TaskID)
  /// It says what it said.
  case unchanged(TaskID)
  /// It cannot be read any more.
  case unreadable(Rejection)
  /// No callback stands there.
  case notFound
}

extension Ledger {
  /// Reads a callback of the journal again, and books what it says if that is something else.
  package func reread(_ id: RequestID) async throws(LedgerError) -> RereadingOutcome {
    guard !id.isRefused, try request(id) != nil, let line = try journalLine(id.number),
      let known = CallbackLine(line), let task = task(of: known.news)
    else { return .notFound }
    var reader = TaskReportReader()
    let report: TaskReport
    do throws(Rejection) {
      report = try reader.read(known.body.span, kind: known.news.kind)
    } catch {
      return .unreadable(error)
    }
    let rereading = OwnEvent.reparsed(Rereading(task: task.id, request: id.number, news: known.news.read(as: report)))
    guard report != known.news.report, task.changes(by: rereading) else { return .unchanged(task.id) }
    return .booked(try await append(rereading))
  }

  /// Takes in a callback that was refused before and has been verified since. Returns when it is durable.
  ///
  /// - Returns: its task; `nil` if it says nothing that is not known.
  package func append(
    late callback: VerifiedCallback, target: [UInt8], fields: [UInt8], body: [UInt8], at: Timestamp = .now()
  ) async throws(LedgerError) -> TaskID? {
    let news = callback.news
    var isKnown = false
    let result: Result<TaskID, LedgerError> = await withCheckedContinuation { continuation in
      let isEnd = core.withLock { $0.book.isKnownEnd(news, key: news.providerKey) }
      let isOpen = intake.withLock { intake in
        guard !intake.isClosed else { return false }
        isKnown = isEnd || intake.recent.contains(news)
        guard !isKnown else { return true }
        let seq = intake.nextSeq
        EventEncoding.append(
          news, target: target.span, fields: fields.span, body: body.span, seq: seq, at: at,
          isBarrier: intake.batch.events.isEmpty, to: &intake.batch.text)
        intake.add(Event(seq: seq, at: at, what: .callback(news)), continuation)
        return true
      }
      if !isOpen {
        continuation.resume(returning: .failure(.closed))
      } else if isKnown {
        continuation.resume(returning: .success(TaskID(high: 0, low: 0)))
      } else {
        flush()
      }
    }
    let task = try result.get()
    return isKnown ? nil : task
  }

  private func journalLine(_ seq: UInt64) throws(LedgerError) -> JournalRecord? {
    do throws(DiskError) {
      return try reader.records(from: seq, count: 1, through: seq).first
    } catch {
      throw .unavailable(error)
    }
  }

  private func task(of news: CallbackNews) -> TaskState? {
    news.submission.flatMap { task($0) } ?? task(providerTaskID: news.report.providerTaskID)
  }
}

/// A callback's line in the journal: what it said, and the body that said it.
private struct CallbackLine {
  let news: CallbackNews
  let body: [UInt8]

  init?(_ record: JournalRecord) {
    var decoder = EventDecoder()
    guard case .callback(let news)? = decoder.decode(record.line, 0..<record.line.count, seq: record.seq)?.what else {
      return nil
    }
    var tape = JSONTape()
    guard (try? tape.parse(record.line.span, limits: .whatWeWrote)) != nil,
      let request = tape.member("request", of: tape.root, in: record.line.span)
    else { return nil }
    if let body = tape.member("body", of: request, in: record.line.span) {
      self.body = Array(record.line[tape.range(of: body)])
    } else if let text = tape.member("bodyText", of: request, in: record.line.span) {
      guard let body = tape.string(text, in: record.line.span) else { return nil }
      self.body = Array(body.utf8)
    } else {
      return nil
    }
    self.news = news
  }
}
