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
  private static let requestScanLimit = 4096

  /// The raw requests, newest first.
  package func requests(_ query: RequestQuery) throws(LedgerError) -> RequestPage {
    let last = core.withLock { $0.durableSeq }
    var cursor = query.cursor ?? RequestCursor(seq: last + 1, refused: UInt64.max)
    cursor.seq = min(cursor.seq, last + 1)
    let turnedAway =
      query.isRefused == false
      ? [] : refused.page(before: cursor.refused, limit: query.limit + 1).compactMap { RequestRecord(refused: $0) }
    let (taken, place) =
      query.isRefused == true ? ([], 1) : try callbacks(before: cursor.seq, limit: query.limit + 1)
    let merged = (turnedAway + taken).sorted { $0.at > $1.at }
    var page = RequestPage(requests: Array(merged.prefix(query.limit)))
    for shown in page.requests {
      if shown.id.isRefused { cursor.refused = shown.id.number } else { cursor.seq = shown.id.number }
    }
    // Nothing of the journal was held back: the next page goes on where the scan stopped.
    let isJournalShown = !merged.dropFirst(query.limit).contains { !$0.id.isRefused }
    if isJournalShown { cursor.seq = place }
    page.next = merged.count > query.limit || (isJournalShown && place > 1) ? cursor : nil
    return page
  }

  /// The raw request of that id; `nil` when it is not or no longer kept.
  package func request(_ id: RequestID) throws(LedgerError) -> RequestRecord? {
    if id.isRefused {
      return refused.page(before: id.number &+ 1, limit: 1).first { $0.number == id.number }
        .flatMap { RequestRecord(refused: $0) }
    }
    let last = core.withLock { $0.durableSeq }
    guard id.number >= 1, id.number <= last else { return nil }
    do throws(DiskError) {
      return try reader.records(from: id.number, count: 1, through: last).first.flatMap { RequestRecord(journal: $0) }
    } catch {
      throw .unavailable(error)
    }
  }

  /// Callbacks in the journal before `seq`, newest first, and where the scan stopped.
  private func callbacks(before seq: UInt64, limit: Int) throws(LedgerError) -> ([RequestRecord], UInt64) {
    var found: [RequestRecord] = []
    var place = seq
    var seen = 0
    do throws(DiskError) {
      while place > 1, found.count < limit, seen < Self.requestScanLimit {
        let start = place > Self.stride ? place - Self.stride : 1
        let lines = try reader.records(from: start, count: Int(place - start), through: place - 1)
        seen += lines.count
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
    guard let content = try? JSON.parse(entry.line) else { return nil }
    self.init(
      id: RequestID(at: entry.at, isRefused: true, number: entry.number), at: entry.at,
      reason: content["reason"]?.string, content: content)
  }

  /// `nil` if the line is no callback.
  fileprivate init?(journal record: JournalRecord) {
    guard let content = try? JSON.parse(record.line), content["request"] != nil, let at = content["at"]?.int else {
      return nil
    }
    let time = Timestamp(milliseconds: at)
    self.init(
      id: RequestID(at: time, isRefused: false, number: record.seq), at: time, reason: nil, content: content)
  }
}
