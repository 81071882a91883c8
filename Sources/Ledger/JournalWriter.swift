// SPDX-License-Identifier: Apache-2.0

/// Where something begins in the journal.
struct JournalPosition {
  /// First number of the segment.
  var segment: UInt64
  /// In the segment.
  var offset: Int
}

/// The end of the journal: the one segment that grows. Confined to the journal's thread.
///
/// Segments are filled ahead with line feeds, which `jq` and `cat` pass over, so that a sync usually changes no file size
/// and writes no metadata: it takes a third of the time then. A journal that grows quickly goes on in a segment that was
/// filled as a whole beforehand (`SpareSegment`). Where there is none, small batches are preceded by some filling; large
/// ones make the file grow, for every block would be written twice in one sync.
struct JournalWriter: ~Copyable {
  /// Batches from this size on are not worth the filling.
  static let bulk = 32 << 10

  private let disk: any Disk
  private let directory: String
  private let policy: SegmentPolicy
  let spare: SpareSegment
  private var file: DiskFile?
  /// First number of that segment.
  private var first: UInt64 = 0
  /// Where the next batch goes.
  private(set) var offset = 0
  /// Up to here the file is filled.
  private var filled = 0
  /// What it was filled with last.
  private var filling: [UInt8] = []
  /// Whether it was filled as a whole beforehand.
  private var wasSpare = false
  /// Of such a file, the bytes of the block that the next batch begins in: it is written once more, with the batch.
  private var tail = Blocks()
  /// Bytes written since the start to segments that were not spares.
  private var grown = 0

  init(disk: any Disk, directory: String, policy: SegmentPolicy = .standard) {
    self.disk = disk
    self.directory = directory
    self.policy = policy
    spare = SpareSegment(disk: disk, directory: directory, policy: policy)
  }

  static func name(firstSeq: UInt64) -> String {
    let digits = String(firstSeq)
    return String(repeating: "0", count: max(0, 16 - digits.utf8.count)) + digits + ".jsonl"
  }

  /// Goes on behind what recovery found to be whole in the last segment; anything behind it is cut.
  mutating func resume(segment first: UInt64, at end: Int) throws(DiskError) {
    let file = try disk.open(directory + "/" + Self.name(firstSeq: first), .update)
    do {
      try disk.truncate(file, to: end)
      try disk.synchronize(file)
    } catch {
      disk.close(file)
      throw error
    }
    self.file = file
    self.first = first
    offset = end
    filled = end
  }

  /// Writes the text of the batch, whose first line has the number `firstSeq`, and syncs it: when this returns, the batch
  /// survives a power cut. What the blocks hold around the text may be another thing then.
  ///
  /// After an error nothing of the batch may be acknowledged, and the next batch goes to a new segment: the kernel may
  /// have dropped the pages that it failed to write, so a repeated sync of the same file would prove nothing. Readers
  /// ignore lines of a segment from the first number of the next segment on.
  ///
  /// - Returns: where the batch begins.
  mutating func write(_ batch: inout Blocks, firstSeq: UInt64) throws(DiskError) -> JournalPosition {
    let count = batch.textCount
    do {
      let file = try segment(for: count, firstSeq: firstSeq)
      let position = JournalPosition(segment: first, offset: offset)
      if wasSpare {
        try writeThrough(&batch, to: file)
      } else {
        try fill(file, for: count)
        try disk.write(batch, to: file, at: offset)
        try disk.synchronize(file)
        grown += count
      }
      offset += count
      // What is left of a spare is enough for the time that the next one takes, and while that is made, callbacks wait.
      if wasSpare ? offset >= policy.size / 4 * 3 : grown >= policy.step { spare.prepare() }
      return position
    } catch {
      // What may stand there of the batch shall not come to life at the next start. Should this fail too, it may: as
      // something that was never acknowledged.
      if let file { try? disk.truncate(file, to: offset) }
      abandon()
      throw error
    }
  }

  /// Whether the next batch, beginning with that number, could be written: makes its segment if there is none, fills
  /// ahead, and syncs.
  mutating func prepare(firstSeq: UInt64) throws(DiskError) {
    do {
      let file = try segment(for: 1, firstSeq: firstSeq)
      if !wasSpare { try fill(file, for: 1) }
      try disk.synchronize(file)
    } catch {
      abandon()
      throw error
    }
  }

  /// Cuts the filling and closes.
  mutating func close() {
    spare.close()
    if let file { SpareSegment.cut(file, at: offset, disk) }
    file = nil
  }

  private mutating func abandon() {
    if let file { disk.close(file) }
    file = nil
  }

  private mutating func writeThrough(_ batch: inout Blocks, to file: DiskFile) throws(DiskError) {
    batch.setLead(tail)
    let end = batch.count
    batch.completeBlock(with: UInt8(ascii: "\n"))
    try disk.writeThrough(batch, to: file, at: offset - tail.count)
    tail.takeLastBlock(of: batch, before: end)
  }

  /// The segment that the next batch goes to. A journal that has grown by a step since the start may go on growing: then
  /// a spare is ordered, and begun as soon as it is there. Behind that, the next one is ordered early enough.
  private mutating func segment(for count: Int, firstSeq: UInt64) throws(DiskError) -> DiskFile {
    if let file {
      let isFull = offset + count > policy.size
      if offset == 0 || !isFull && (wasSpare || !spare.isReady) { return file }
      spare.retire(file, at: offset)
      self.file = nil
    }
    let path = directory + "/" + Self.name(firstSeq: firstSeq)
    tail.removeAll(keeping: Blocks.size)
    // A failed segment of the same number has nothing in it that counts: it is replaced.
    if let taken = try spare.take(as: path) {
      file = taken
      first = firstSeq
      filling = []
      offset = 0
      filled = policy.size
      wasSpare = true
      return taken
    }
    try disk.remove(path)
    let made = try disk.open(path, .replace)
    do {
      try disk.synchronizeDirectory(directory)
    } catch {
      disk.close(made)
      throw error
    }
    file = made
    first = firstSeq
    offset = 0
    filled = 0
    wasSpare = false
    return made
  }

  private mutating func fill(_ file: DiskFile, for count: Int) throws(DiskError) {
    guard offset + count > filled, count < Self.bulk else { return }
    // Whatever does not fit the step is written as part of the batch itself.
    let start = max(filled, offset)
    let end = min(start + policy.step, max(policy.size, start))
    guard end > start else { return }
    if filling.count != end - start { filling = [UInt8](repeating: UInt8(ascii: "\n"), count: end - start) }
    try disk.write(filling, to: file, at: start)
    filled = end
  }
}
