// SPDX-License-Identifier: Apache-2.0

internal import Callbacks

/// A replay under way.
struct Replay: ~Copyable {
  var book = Book()
  /// Where tasks that the checkpoint left out of memory are read from; `nil` in a replay from the first line.
  let files: TaskFiles?
  /// Reads finished tasks that were left in the journal, if they may be.
  private var deferred: DeferredTaskReader?
  /// Lines folded.
  private(set) var count = 0
  /// A task's file was missing or not whole: only a replay from the first line helps.
  private(set) var lacksFile = false
  private var decoder = EventDecoder()
  /// Lines that wait to be entered, all of one piece of a segment.
  private var awaiting: [Awaiting] = []
  private static let lookAhead = 16
  private let witness: ((UInt64, borrowing TaskIndex) -> Void)?

  init(files: TaskFiles?, journal: JournalReader?, witness: ((UInt64, borrowing TaskIndex) -> Void)?) {
    self.files = files
    deferred = journal.map { DeferredTaskReader($0, isInOrder: true) }
    self.witness = witness
  }

  /// A callback on the shared address.
  private struct Awaiting {
    /// The task's, if nobody has heard of it.
    var id: TaskID
    var news: CallbackGlance
    /// Of the line in the piece.
    var range: Range<Int>
    var seq: UInt64
    var place: JournalPlace
  }

  struct Walked {
    /// The number that the line behind the last whole one would have.
    var next: UInt64
    /// Where that line would begin.
    var offset: Int
    /// Behind the last whole line: never synced.
    var tornBytes = 0
    var isDamaged = false
  }

  /// Open tasks are held in memory by a running ledger, so they must be there from the start.
  mutating func loadOpenTasks() throws -> Bool {
    for entry in book.index.entries where entry.flags.isDisjoint(with: [.terminal, .joined]) {
      guard let task = try file(of: entry) else { return false }
      book.load(task)
    }
    return true
  }

  /// A task in its file, unless that is older than the index.
  private func file(of entry: TaskIndex.Entry) throws -> TaskState? {
    guard let task = try files?.read(entry.id), task.seq >= entry.seq else { return nil }
    return task
  }

  /// Folds the lines of one segment numbered `from` to `before`.
  mutating func walk(
    _ path: String, _ disk: any Disk, first: UInt64, from: UInt64, before: UInt64
  ) throws -> Walked {
    let file = try disk.open(path, .read)
    defer { disk.close(file) }
    var walked = Walked(next: first, offset: 0)
    let end = try JournalSegment.walk(disk, file, size: disk.size(of: file), next: first) { piece, base, step in
      guard case .line(let range, let frame) = step else {
        try enterAwaiting(piece)
        return !lacksFile
      }
      guard frame.seq < before else { return false }
      walked.next = frame.seq + 1
      guard frame.seq >= from else { return true }
      count += 1
      if waits(piece, range, frame.seq, segment: first, base) {
        if awaiting.count == Self.lookAhead { try enterAwaiting(piece) }
      } else {
        try enterAwaiting(piece)
        try fold(piece, range, frame.seq)
      }
      witness?(frame.seq, book.index)
      return !lacksFile
    }
    walked.offset = end.offset
    switch end {
    case .whole, .stopped: break
    case .torn(let offset, let end): walked.tornBytes = end - offset
    case .damaged: walked.isDamaged = walked.next < before
    }
    return walked
  }

  /// Whether the line is a callback that may be entered in the index and left in the journal. It waits for some more of
  /// its kind, while the processor gets the places in the index that it will need.
  private mutating func waits(
    _ piece: [UInt8], _ range: Range<Int>, _ seq: UInt64, segment: UInt64, _ base: Int
  ) -> Bool {
    guard deferred != nil,
      let place = JournalPlace(segment: segment, offset: base + range.lowerBound, length: range.count),
      let news = LineReader.read(piece, range, { $0.glance() })
    else { return false }
    let id = Book.foreignTask(at: news.end.at, seq)
    book.index.prefetch(id, providerKey: news.end.providerKey)
    awaiting.append(Awaiting(id: id, news: news, range: range, seq: seq, place: place))
    return true
  }

  /// Enters those that wait, in their order.
  private mutating func enterAwaiting(_ piece: [UInt8]) throws {
    for waiting in awaiting where !lacksFile {
      guard !book.enter(waiting.id, waiting.news, piece, seq: waiting.seq, at: waiting.place) else { continue }
      try fold(piece, waiting.range, waiting.seq)
    }
    awaiting.removeAll(keepingCapacity: true)
  }

  private mutating func fold(_ bytes: [UInt8], _ range: Range<Int>, _ seq: UInt64) throws {
    guard let event = decoder.decode(bytes, range, seq: seq, isForFold: true) else { return }
    var prepared: [TaskID: TaskState] = [:]
    for entry in finished(touchedBy: event) {
      if let places = book.placesInJournal(of: entry), let task = try deferred?.task(entry.id, at: places) {
        prepared[entry.id] = task
      } else if let task = try file(of: entry) {
        prepared[entry.id] = task
      } else {
        lacksFile = true
        return
      }
    }
    _ = book.apply(event, prepared: prepared)
  }

  /// Folds what has been left in the journal of tasks that are still open: a running ledger holds them in memory.
  mutating func foldOpening() throws {
    guard book.opening.count > 0 else { return }
    for ordinal in book.index.entries.indices {
      let entry = book.index.entries[ordinal]
      guard entry.opening != nil, let places = book.placesInJournal(of: entry),
        let task = try deferred?.task(entry.id, at: places)
      else { continue }
      book.open(task, ordinal)
    }
  }

  /// Those that are not in memory.
  private func finished(touchedBy event: Event) -> [TaskIndex.Entry] {
    guard files != nil || deferred != nil else { return [] }
    return book.finished(touchedBy: event).filter { $0.slot == nil }
  }
}
