// SPDX-License-Identifier: Apache-2.0

/// The end of the journal: the one segment that grows. Confined to the journal's queue.
///
/// Segments are filled ahead with line feeds, which `jq` and `cat` pass over, so that a sync of a batch usually changes
/// no file size and writes no metadata.
struct JournalWriter: Sendable {
  /// A segment is closed when it would grow beyond this many bytes.
  static let segmentSize = 64 << 20
  /// Bytes filled ahead at a time.
  static let fillStep = 1 << 20

  private let disk: any Disk
  private let directory: String
  private var file: DiskFile?
  /// Where the next batch goes.
  private var offset = 0
  /// Up to here the file is filled.
  private var filled = 0

  init(disk: any Disk, directory: String) {
    self.disk = disk
    self.directory = directory
  }

  static func name(firstSeq: UInt64) -> String {
    let digits = String(firstSeq)
    return String(repeating: "0", count: max(0, 16 - digits.utf8.count)) + digits + ".jsonl"
  }

  /// Goes on behind what recovery found to be whole in the last segment; anything behind it is cut.
  mutating func resume(segment name: String, at end: Int) throws(DiskError) {
    let file = try disk.open(directory + "/" + name, .update)
    do {
      try disk.truncate(file, to: end)
      try disk.synchronize(file)
    } catch {
      disk.close(file)
      throw error
    }
    self.file = file
    offset = end
    filled = end
  }

  /// Writes the batch, whose first line has the number `firstSeq`, and syncs it: when this returns, the batch survives
  /// a power cut.
  ///
  /// After an error nothing of the batch may be acknowledged, and the next batch goes to a new segment: the kernel may
  /// have dropped the pages that it failed to write, so a repeated sync of the same file would prove nothing. Readers
  /// ignore lines of a segment from the first number of the next segment on.
  mutating func write(_ batch: [UInt8], firstSeq: UInt64) throws(DiskError) {
    do {
      let file = try segment(for: batch.count, firstSeq: firstSeq)
      try fill(file, for: batch.count)
      try disk.write(batch, to: file, at: offset)
      try disk.synchronize(file)
      offset += batch.count
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
      try fill(file, for: 1)
      try disk.synchronize(file)
    } catch {
      abandon()
      throw error
    }
  }

  /// Cuts the filling and closes.
  mutating func close() {
    guard let file else { return }
    // The filling is only white space; a segment that keeps it is as good.
    try? disk.truncate(file, to: offset)
    try? disk.synchronize(file)
    abandon()
  }

  private mutating func abandon() {
    if let file { disk.close(file) }
    file = nil
  }

  private mutating func segment(for count: Int, firstSeq: UInt64) throws(DiskError) -> DiskFile {
    if let file {
      if offset == 0 || offset + count <= Self.segmentSize { return file }
      close()
    }
    let path = directory + "/" + Self.name(firstSeq: firstSeq)
    // A failed segment of the same number has nothing in it that counts.
    try disk.remove(path)
    let made = try disk.open(path, .replace)
    do {
      try disk.synchronizeDirectory(directory)
    } catch {
      disk.close(made)
      throw error
    }
    file = made
    offset = 0
    filled = 0
    return made
  }

  private mutating func fill(_ file: DiskFile, for count: Int) throws(DiskError) {
    guard offset + count > filled else { return }
    // Whatever does not fit the step is written as part of the batch itself.
    let start = max(filled, offset)
    let end = min(start + Self.fillStep, max(Self.segmentSize, start))
    guard end > start else { return }
    try disk.write(Array(repeating: UInt8(ascii: "\n"), count: end - start), to: file, at: start)
    filled = end
  }
}
