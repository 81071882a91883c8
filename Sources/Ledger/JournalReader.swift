// SPDX-License-Identifier: Apache-2.0

internal import Callbacks

/// One line of the journal as bytes, checked.
package struct JournalRecord: Sendable {
  package let seq: UInt64
  /// The line without its line feed.
  package let line: [UInt8]
}

/// Reading what is durable, while the writer goes on. Keeps no table in memory: numbers run without gaps and segments
/// are named by their first one, so a line is found by halving.
struct JournalReader: Sendable {
  let disk: any Disk
  let directory: String

  /// First numbers of the segments on disk, ascending.
  func segments() throws(DiskError) -> [UInt64] {
    try disk.names(in: directory).compactMap { name in
      UInt64(name.prefix { $0 != "." }).flatMap { JournalWriter.name(firstSeq: $0) == name ? $0 : nil }
    }.sorted()
  }

  /// Up to `count` lines from number `seq` on, none above `last`.
  func records(from seq: UInt64, count: Int, through last: UInt64) throws(DiskError) -> [JournalRecord] {
    let segments = try segments()
    var found: [JournalRecord] = []
    var next = seq
    while found.count < count, next <= last, let place = segments.lastIndex(where: { $0 <= next }) {
      let end = place + 1 < segments.count ? min(last, segments[place + 1] - 1) : last
      let before = found.count
      try read(segments[place], from: next, through: end, limit: count, into: &found)
      guard found.count > before else { break }
      next = seq + UInt64(found.count)
    }
    return found
  }

  /// The task whose whole story is the lines at those places, the oldest first.
  func task(_ id: TaskID, at places: [JournalPlace]) throws(DiskError) -> TaskState {
    var tasks = DeferredTaskReader(self, isInOrder: false)
    return try tasks.task(id, at: places)
  }

  private func read(
    _ segment: UInt64, from seq: UInt64, through last: UInt64, limit: Int, into found: inout [JournalRecord]
  ) throws(DiskError) {
    let file = try disk.open(directory + "/" + JournalWriter.name(firstSeq: segment), .read)
    defer { disk.close(file) }
    var window = Window(disk: disk, file: file, size: try disk.size(of: file))
    var offset = try window.offset(of: seq)
    var next = seq
    while found.count < limit, next <= last {
      guard let line = try window.line(at: offset), JournalLine.frame(line, 0..<line.count)?.seq == next else { return }
      offset += line.count + 1
      next += 1
      found.append(JournalRecord(seq: next - 1, line: line))
    }
  }

  /// A piece of a segment, moved to where it is needed.
  private struct Window {
    let disk: any Disk
    let file: DiskFile
    let size: Int
    var start = 0
    var bytes: [UInt8] = []

    private static let step = 64 << 10

    init(disk: any Disk, file: DiskFile, size: Int) {
      self.disk = disk
      self.file = file
      self.size = size
    }

    /// The line that begins at `offset`; `nil` at the end of what is written.
    mutating func line(at offset: Int) throws(DiskError) -> [UInt8]? {
      var reach = Self.step
      while offset < size {
        if offset < start || offset >= start + bytes.count || reach > Self.step {
          bytes = try disk.read(file, at: offset, count: min(reach, size - offset))
          start = offset
        }
        if let range = JournalSegment.line(in: bytes, from: offset - start) {
          return range.isEmpty ? nil : Array(bytes[range])
        }
        guard start + bytes.count < size || start < offset else { return nil }
        reach = start < offset ? Self.step * 2 : reach * 2
      }
      return nil
    }

    /// Where the line with number `seq` begins, or would begin.
    mutating func offset(of seq: UInt64) throws(DiskError) -> Int {
      var low = 0
      var high = size
      // Invariant: a line begins at `low`, and it is not above `seq`; every line from `high` on is above it or filling.
      while high - low > Self.step {
        let middle = low + (high - low) / 2
        guard let (begin, number) = try lineStart(after: middle, before: high) else {
          high = middle
          continue
        }
        if number <= seq { low = begin } else { high = middle }
      }
      while low < high, let line = try line(at: low), let number = JournalLine.seq(line, 0..<line.count)?.value,
        number < seq
      {
        low += line.count + 1
      }
      return low
    }

    /// The first line that begins behind `middle` and before `limit`.
    private mutating func lineStart(after middle: Int, before limit: Int) throws(DiskError) -> (Int, UInt64)? {
      var place = middle
      while place < limit {
        let piece = try disk.read(file, at: place, count: min(Self.step, size - place))
        guard !piece.isEmpty else { return nil }
        if let end = JournalSegment.line(in: piece, from: 0)?.upperBound {
          let begin = place + end + 1
          guard begin < limit, let line = try line(at: begin),
            let number = JournalLine.seq(line, 0..<line.count)?.value
          else { return nil }
          return (begin, number)
        }
        place += piece.count
      }
      return nil
    }
  }
}
