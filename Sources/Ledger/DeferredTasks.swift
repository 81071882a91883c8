// SPDX-License-Identifier: Apache-2.0

internal import Callbacks

/// Where a line stands in the journal.
struct JournalPlace: Hashable, Sendable {
  /// First number of the segment.
  var segment: UInt64
  var offset: UInt32
  /// Without the line feed.
  var length: UInt32

  /// `nil` if it does not fit: a segment is far smaller than 4 GiB, unless it holds one enormous batch.
  init?(segment: UInt64, offset: Int, length: Int) {
    guard let offset = UInt32(exactly: offset), let length = UInt32(exactly: length) else { return nil }
    (self.segment, self.offset, self.length) = (segment, offset, length)
  }
}

/// Finished tasks whose whole story is one line of the journal, and whose file does not have it yet. A replay leaves them
/// there: their states would take a kilobyte each, and most of its time. So does a storm of callbacks.
typealias DeferredTasks = NumberedValues<JournalPlace>

extension Book {
  /// Enters a task that nobody has heard of and that ended with the callback in which it is first named. Its state stays
  /// in the journal, at `place`, until somebody asks.
  ///
  /// - Returns: false, and nothing is changed, if the provider's id is known: then the event must be folded.
  mutating func enter(_ id: TaskID, _ end: CallbackEnd, _ piece: [UInt8], seq: UInt64, at place: JournalPlace) -> Bool {
    guard index.ordinal(ofKey: end.providerKey) == nil else { return false }
    let ordinal = index.enter(id, end, piece, seq: seq)
    index.setDeferral(ordinal, deferred.add(place))
    unwritten.append(ordinal)
    return true
  }

  /// Where the state of the task is in the journal, if it was left there.
  func placeInJournal(of id: TaskID) -> JournalPlace? {
    index.ordinal(of: id).flatMap { index.entries[$0].deferral }.map { deferred[$0] }
  }
}

extension TaskState {
  /// The task of that id whose whole story is the line of the journal in that range; `nil` if the line is no longer what
  /// it was.
  init?(_ id: TaskID, onLine bytes: [UInt8], _ range: Range<Int>, _ decoder: inout EventDecoder) {
    guard range.upperBound <= bytes.count, let frame = JournalLine.frame(bytes, range),
      let event = decoder.decode(bytes, range, seq: frame.seq, isForFold: true),
      Book.foreignTask(at: event.at, event.seq) == id
    else { return nil }
    self.init(id, bornBy: event)
    _ = apply(event)
  }

  /// The task that an event is the first to tell of, before it is folded in.
  init(_ id: TaskID, bornBy event: Event) {
    switch event.what {
    case .own(.submitted(let submission)):
      self.init(id: id, model: submission.model, state: .submitting, createdAt: event.at, seq: 0)
    case .own:
      self.init(id: id, model: "", state: .waiting, createdAt: event.at, seq: 0)
    case .callback(let news):
      self.init(id: id, model: news.report.model ?? "", state: .waiting, createdAt: event.at, seq: 0)
    }
  }
}
