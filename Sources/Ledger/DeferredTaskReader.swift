// SPDX-License-Identifier: Apache-2.0

internal import Callbacks

/// Reads tasks that were left in the journal. Their lines mostly stand there as the tasks are asked for, so the segment
/// stays open from one to the next, and what stands together is read at once.
///
/// To be made anew for what became durable later: what it has read ahead may have been written only since.
struct DeferredTaskReader: ~Copyable {
  /// Bytes read ahead: some dozens of lines.
  private static let ahead = 64 << 10

  private let journal: JournalReader
  private let readsAhead: Bool
  private var open: (segment: UInt64, path: String, file: DiskFile)?
  /// A piece of that segment, and where it begins.
  private var piece: [UInt8] = []
  private var base = 0
  private var decoder = EventDecoder()

  init(_ journal: JournalReader, readsAhead: Bool) {
    self.journal = journal
    self.readsAhead = readsAhead
  }

  deinit {
    if let open { journal.disk.close(open.file) }
  }

  /// The task whose whole story is the line at that place.
  mutating func task(_ id: TaskID, at place: JournalPlace) throws(DiskError) -> TaskState {
    let (path, file) = try segment(place.segment)
    let (offset, length) = (Int(place.offset), Int(place.length))
    if offset < base || offset + length > base + piece.count {
      piece = try journal.disk.read(file, at: offset, count: readsAhead ? max(length, Self.ahead) : length)
      base = offset
    }
    let start = offset - base
    guard let task = TaskState(id, onLine: piece, start..<start + length, &decoder) else {
      throw DiskError(
        operation: "read", path: path, errno: 0, message: "the line at byte \(offset) is no longer what it was")
    }
    return task
  }

  private mutating func segment(_ first: UInt64) throws(DiskError) -> (path: String, file: DiskFile) {
    if let open {
      if open.segment == first { return (open.path, open.file) }
      journal.disk.close(open.file)
      self.open = nil
    }
    piece = []
    let path = journal.directory + "/" + JournalWriter.name(firstSeq: first)
    let file = try journal.disk.open(path, .read)
    open = (first, path, file)
    return (path, file)
  }
}
