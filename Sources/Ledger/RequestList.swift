// SPDX-License-Identifier: Apache-2.0

package import Callbacks
package import JSON
internal import Synchronization

/// A raw callback request as it came: one that moved the ledger, or one that was refused.
package struct RequestRecord: Sendable {
  package let id: RequestID
  package let at: Timestamp
  /// Why it was refused; `nil` when it was taken in.
  package let reason: String?
  /// Whether the body was too long to be kept whole.
  package var isCut: Bool { content["cut"]?.bool ?? false }
  /// Members of the journal line or of the shelf: `request` or `target`, `fields`, `body`, `report` …
  package let content: JSON
}

/// `req_` and a ULID: the time of receipt, which of the two stores has it, and its number there. So a request is found
/// by its id alone.
package struct RequestID: Hashable, Sendable, CustomStringConvertible {
  /// Milliseconds since 1970.
  let time: UInt64
  package let isRefused: Bool
  /// `seq` in the journal, or the number on the shelf.
  package let number: UInt64

  init(at: Timestamp, isRefused: Bool, number: UInt64) {
    time = UInt64(max(0, at.milliseconds)) & 0xFFFF_FFFF_FFFF
    self.isRefused = isRefused
    self.number = number
  }

  package init?(_ text: String) {
    guard text.hasPrefix("req_"), let ulid = TaskID(ulid: Array(text.utf8.dropFirst(4)).span), ulid.high & 0xFFFF <= 1
    else {
      return nil
    }
    time = ulid.high >> 16
    isRefused = ulid.high & 1 == 1
    number = ulid.low
  }

  package var description: String {
    var text = Array("req_".utf8)
    TaskID(high: time << 16 | (isRefused ? 1 : 0), low: number).appendULID(to: &text)
    return String(decoding: text, as: UTF8.self)
  }
}

/// Which raw requests a list shows.
package struct RequestQuery: Sendable {
  /// Only refused ones, only those taken in, or both.
  package var isRefused: Bool?
  package var limit: Int
  /// From `RequestPage.next` of the page before.
  package var cursor: RequestCursor?

  package init(isRefused: Bool? = nil, limit: Int, cursor: RequestCursor? = nil) {
    self.isRefused = isRefused
    self.limit = limit
    self.cursor = cursor
  }
}

/// A place between two requests of a list: everything from both numbers on was shown.
package struct RequestCursor: Sendable, Hashable {
  package var seq: UInt64
  package var refused: UInt64

  package init(seq: UInt64, refused: UInt64) {
    self.seq = seq
    self.refused = refused
  }
}

/// One page of raw requests, newest first.
package struct RequestPage: Sendable {
  package var requests: [RequestRecord] = []
  /// `nil` at the end.
  package var next: RequestCursor?
}

extension Ledger {
  /// Journal lines read at a time.
  private static let stride: UInt64 = 256
  /// Journal lines that one page looks at: a page may be short and yet have a next one.
  private static let requestScanLimit: UInt64 = 4096

  /// The raw requests, newest first.
  package func requests(_ query: RequestQuery) throws(LedgerError) -> RequestPage {
    let last = core.withLock { $0.durableSeq }
    var cursor = query.cursor ?? RequestCursor(seq: last + 1, refused: UInt64.max)
    cursor.seq = min(cursor.seq, last + 1)
    var turnedAway: ArraySlice<RequestRecord> = []
    if query.isRefused != false {
      turnedAway = refused.page(before: cursor.refused, limit: query.limit + 1).compactMap(RequestRecord.init)[...]
    }
    var taken: ArraySlice<RequestRecord> = []
    var place: UInt64 = 1
    if query.isRefused != true {
      let (found, stop) = try callbacks(before: cursor.seq, limit: query.limit + 1)
      (taken, place) = (found[...], stop)
    }
    var page = RequestPage()
    while page.requests.count < query.limit, let next = Self.newer(&turnedAway, &taken) {
      page.requests.append(next)
      if next.id.isRefused { cursor.refused = next.id.number } else { cursor.seq = next.id.number }
    }
    // Nothing of the journal was held back: the next page goes on where the scan stopped.
    if taken.isEmpty { cursor.seq = place }
    page.next = turnedAway.isEmpty && taken.isEmpty && place == 1 ? nil : cursor
    return page
  }

  /// Takes the newer of the two first ones. Each list keeps its own order, also where a clock was set back, so that a
  /// cursor is two numbers.
  private static func newer(
    _ a: inout ArraySlice<RequestRecord>, _ b: inout ArraySlice<RequestRecord>
  ) -> RequestRecord? {
    guard let first = a.first, let second = b.first else { return a.popFirst() ?? b.popFirst() }
    return first.at > second.at ? a.popFirst() : b.popFirst()
  }

  /// The raw request of that id; `nil` when it is not or no longer kept.
  package func request(_ id: RequestID) throws(LedgerError) -> RequestRecord? {
    if id.isRefused {
      let found = refused.page(before: id.number &+ 1, limit: 1).first.flatMap(RequestRecord.init)
      return found?.id == id ? found : nil
    }
    let last = core.withLock { $0.durableSeq }
    guard id.number >= 1, id.number <= last else { return nil }
    do throws(DiskError) {
      let found = try reader.records(from: id.number, count: 1, through: last).first.flatMap(RequestRecord.init)
      return found?.id == id ? found : nil
    } catch {
      throw .unavailable(error)
    }
  }

  /// Callbacks in the journal before `seq`, newest first, and where the scan stopped.
  private func callbacks(before seq: UInt64, limit: Int) throws(LedgerError) -> ([RequestRecord], UInt64) {
    var found: [RequestRecord] = []
    var place = seq
    var seen: UInt64 = 0
    do throws(DiskError) {
      while place > 1, found.count < limit, seen < Self.requestScanLimit {
        let start = place > Self.stride ? place - Self.stride : 1
        let lines = try reader.records(from: start, count: Int(place - start), through: place - 1)
        seen += place - start
        for line in lines.reversed() where found.count < limit {
          place = line.seq
          if let record = RequestRecord(journal: line) { found.append(record) }
        }
        if found.count < limit { place = start }
      }
    } catch {
      throw .unavailable(error)
    }
    return (found, place)
  }
}

extension RequestRecord {
  fileprivate init?(refused entry: (number: UInt64, at: Timestamp, line: [UInt8])) {
    guard let content = try? JSON.parse(entry.line, limits: .whatWeWrote) else { return nil }
    self.init(
      id: RequestID(at: entry.at, isRefused: true, number: entry.number), at: entry.at,
      reason: content["reason"]?.string, content: content)
  }

  /// `nil` if the line is no callback.
  fileprivate init?(journal record: JournalRecord) {
    guard let content = try? JSON.parse(record.line, limits: .whatWeWrote), content["request"] != nil,
      let at = content["at"]?.int
    else {
      return nil
    }
    let time = Timestamp(milliseconds: at)
    self.init(
      id: RequestID(at: time, isRefused: false, number: record.seq), at: time, reason: nil, content: content)
  }
}
