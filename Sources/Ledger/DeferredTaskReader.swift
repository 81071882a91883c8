// SPDX-License-Identifier: Apache-2.0

internal import Callbacks

/// Reads tasks that were left in the journal. Their lines mostly stand there as the tasks are asked for, the first ones
/// in one stretch and those that followed in another: so what stands together is read at once, in some stretches side by
/// side, and their segments stay open from one task to the next.
///
/// To be made anew for what became durable later: what it has read ahead may have been written only since.
struct DeferredTaskReader: ~Copyable {
  /// Bytes read ahead, and how far behind the last line one may stand that is read so: some dozens of lines.
  private static let ahead = 64 << 10
  private static let maxStretches = 4

  /// A piece of a segment.
  private struct Stretch {
    var segment: UInt64
    var base: Int
    var bytes: [UInt8]

    func has(_ place: JournalPlace) -> Bool {
      segment == place.segment && place.offset >= base && Int(place.offset) + Int(place.length) <= base + bytes.count
    }

    /// Whether the place is in the piece or shortly behind it.
    func leadsTo(_ place: JournalPlace) -> Bool {
      segment == place.segment && place.offset >= base && place.offset < base + bytes.count + DeferredTaskReader.ahead
    }
  }

  private let journal: JournalReader
  /// Whether the next task probably stands behind the last one.
  private var isInOrder: Bool
  /// The segments of the stretches.
  private var files: [(segment: UInt64, file: DiskFile)] = []
  /// The one that was used last comes last.
  private var stretches: [Stretch] = []
  private var decoder = EventDecoder()

  /// - Parameter isInOrder: whether the first tasks will be asked for in the order in which they stand. How it goes on is
  ///   learned.
  init(_ journal: JournalReader, isInOrder: Bool) {
    self.journal = journal
    self.isInOrder = isInOrder
  }

  deinit {
    for open in files { journal.disk.close(open.file) }
  }

  /// The task whose whole story is the lines at those places, the oldest first.
  mutating func task(_ id: TaskID, at places: [JournalPlace]) throws(DiskError) -> TaskState {
    var task: TaskState?
    var key: UInt64 = 0
    for place in places {
      let stretch = try stretch(place)
      guard let event = event(on: place, stretch), fold(event, into: &task, id, &key) else { throw spoilt(place) }
    }
    guard let task else { throw DiskError(operation: "read", path: journal.directory, errno: 0, message: "no line") }
    return task
  }

  /// - Returns: false if the event is not the next one of that task.
  private func fold(_ event: Event, into task: inout TaskState?, _ id: TaskID, _ key: inout UInt64) -> Bool {
    if task == nil {
      guard Book.foreignTask(at: event.at, event.seq) == id else { return false }
      task = TaskState(id, bornBy: event)
      key = event.providerKey
    }
    guard event.providerKey == key, let seq = task?.seq, event.seq > seq else { return false }
    _ = task?.apply(event)
    return true
  }

  private mutating func event(on place: JournalPlace, _ stretch: Int) -> Event? {
    let start = Int(place.offset) - stretches[stretch].base
    let range = start..<start + Int(place.length)
    guard range.upperBound <= stretches[stretch].bytes.count,
      let frame = JournalLine.frame(stretches[stretch].bytes, range)
    else { return nil }
    return decoder.decode(stretches[stretch].bytes, range, seq: frame.seq, isForFold: true)
  }

  private func spoilt(_ place: JournalPlace) -> DiskError {
    DiskError(
      operation: "read", path: path(place.segment), errno: 0,
      message: "the line at byte \(place.offset) is no longer what it was")
  }

  // MARK: - Reading

  /// The number of the stretch that has the place, unless the file ends before.
  private mutating func stretch(_ place: JournalPlace) throws(DiskError) -> Int {
    if let last = stretches.indices.last, stretches[last].has(place) { return last }
    var stretch: Stretch
    if let known = stretches.firstIndex(where: { $0.has(place) }) ?? stretches.firstIndex(where: { $0.leadsTo(place) })
    {
      isInOrder = true
      stretch = stretches.remove(at: known)
    } else {
      if stretches.contains(where: { $0.segment == place.segment }) { isInOrder = false }
      if stretches.count == Self.maxStretches { stretches.removeFirst() }
      stretch = Stretch(segment: place.segment, base: 0, bytes: [])
    }
    if !stretch.has(place) {
      let (base, length) = (Int(place.offset), Int(place.length))
      let file = try file(place.segment)
      stretch.bytes = try journal.disk.read(file, at: base, count: isInOrder ? max(length, Self.ahead) : length)
      stretch.base = base
    }
    stretches.append(stretch)
    return stretches.count - 1
  }

  private mutating func file(_ segment: UInt64) throws(DiskError) -> DiskFile {
    if let open = files.first(where: { $0.segment == segment }) { return open.file }
    files.removeAll { open in
      let isUsed = stretches.contains { $0.segment == open.segment }
      if !isUsed { journal.disk.close(open.file) }
      return !isUsed
    }
    let file = try journal.disk.open(path(segment), .read)
    files.append((segment, file))
    return file
  }

  private func path(_ segment: UInt64) -> String { journal.directory + "/" + JournalWriter.name(firstSeq: segment) }
}
