// SPDX-License-Identifier: Apache-2.0

internal import Callbacks

/// Where a line stands in the journal.
struct JournalPlace: Hashable, Sendable {
  /// First number of the segment.
  var segment: UInt64
  var offset: UInt32
  /// Without the line feed.
  var length: UInt32
}

/// Finished tasks whose whole story is one line of the journal, and whose file does not have it yet. A replay leaves them
/// there: their states would take a kilobyte each, and most of its time.
struct DeferredTasks {
  private var places: [JournalPlace] = []
  private(set) var count = 0

  subscript(number: Int) -> JournalPlace { places[number] }

  /// - Returns: the task's number.
  mutating func add(_ place: JournalPlace) -> Int {
    places.append(place)
    count += 1
    return places.count - 1
  }

  /// One of them is in its file, or in memory.
  mutating func remove() {
    count -= 1
    if count == 0 { places = [] }
  }
}

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
  /// The task of that id whose whole story is this line of the journal; `nil` if the line is no longer what it was.
  init?(_ id: TaskID, onLine line: [UInt8], _ decoder: inout EventDecoder) {
    guard let frame = JournalLine.frame(line, 0..<line.count),
      let event = decoder.decode(line, 0..<line.count, seq: frame.seq)
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
