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

/// Finished tasks whose whole story is some lines of the journal, mostly one, and whose file does not have it yet. A
/// replay leaves them there: their states would take a kilobyte each, and most of its time. So does a storm of callbacks.
struct DeferredTasks: Sendable {
  private struct Line: Sendable {
    var place: JournalPlace
    /// Number of the task's line before it + 1; 0 if there is none.
    var earlier: UInt32
  }

  private var lines = NumberedValues<Line>()
  /// How many tasks there are.
  private(set) var count = 0

  /// The places of the task's lines, the oldest first.
  subscript(number: Int) -> [JournalPlace] {
    var places = [lines[number].place]
    var line = lines[number]
    while line.earlier > 0 {
      line = lines[Int(line.earlier) - 1]
      places.append(line.place)
    }
    if places.count > 1 { places.reverse() }
    return places
  }

  /// - Returns: the task's number.
  mutating func add(_ place: JournalPlace) -> Int {
    count += 1
    return lines.add(Line(place: place, earlier: 0))
  }

  /// Adds a line to a task.
  ///
  /// - Returns: the task's number from now on.
  mutating func add(_ place: JournalPlace, to number: Int) -> Int {
    lines.add(Line(place: place, earlier: UInt32(number + 1)))
  }

  /// The task is in its file, or its state in memory.
  mutating func remove(_ number: Int) {
    count -= 1
    var next = UInt32(number + 1)
    while next > 0 {
      let line = Int(next) - 1
      next = lines[line].earlier
      lines.remove(line)
    }
  }
}

extension Book {
  /// Where the state of the task is in the journal, if it was left there: the places of its lines, the oldest first.
  func placesInJournal(of id: TaskID) -> [JournalPlace]? {
    index.ordinal(of: id).flatMap { placesInJournal(of: index.entries[$0]) }
  }

  func placesInJournal(of entry: TaskIndex.Entry) -> [JournalPlace]? {
    (entry.deferral ?? entry.opening.map { opening[$0].lines }).map { deferred[$0] }
  }
}

extension TaskState {
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
