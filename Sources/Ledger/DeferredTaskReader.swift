// SPDX-License-Identifier: Apache-2.0

internal import Callbacks

/// Reads tasks that were left in the journal. Their lines mostly stand there as the tasks are asked for, so the segment
/// stays open from one to the next, and what stands together is read at once.
///
/// To be made anew for what became durable later: what it has read ahead may have been written only since.
struct DeferredTaskReader: ~Copyable {
  /// Bytes read ahead, and how far behind the last line one may stand that is read so: some dozens of lines.
  private static let ahead = 64 << 10

  private let journal: JournalReader
  /// Whether the next task probably stands behind the last one.
  private var isInOrder: Bool
  private var open: (segment: UInt64, path: String, file: DiskFile)?
  /// A piece of that segment, and where it begins.
  private var piece: [UInt8] = []
  private var base = 0
  private var decoder = EventDecoder()

  /// - Parameter isInOrder: whether the first tasks will be asked for in the order in which they stand. How it goes on is
  ///   learned.
  init(_ journal: JournalReader, isInOrder: Bool) {
    self.journal = journal
    self.isInOrder = isInOrder
  }

  deinit {
    if let open { journal.disk.close(open.file) }
  }

  /// The task whose whole story is the line at that place.
  mutating func task(_ id: TaskID, at place: JournalPlace) throws(DiskError) -> TaskState {
    let (path, file) = try segment(place.segment)
    let (offset, length) = (Int(place.offset), Int(place.length))
    let end = base + piece.count
    if offset < base || offset + length > end {
      if !piece.isEmpty { isInOrder = offset >= base && offset < end + Self.ahead }
      piece = try journal.disk.read(file, at: offset, count: isInOrder ? max(length, Self.ahead) : length)
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
