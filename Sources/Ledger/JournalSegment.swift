// SPDX-License-Identifier: Apache-2.0

/// Walking over the lines of one segment.
enum JournalSegment {
  /// What a walk found at its end.
  enum End: Equatable {
    /// Every line up to the end is whole; `offset` is where the next line would begin. Only filling stands behind it.
    case whole(offset: Int)
    /// Lines up to `offset` are whole; what follows, up to the filling at `end`, was being written when the machine
    /// stopped, and was never synced.
    case torn(offset: Int, end: Int)
    /// A line at `offset` is damaged though a later one proves that it had been synced.
    case damaged(offset: Int)
    /// The walker had enough at the line that begins at `offset`.
    case stopped(offset: Int)

    var offset: Int {
      switch self {
      case .whole(let offset), .torn(let offset, _), .damaged(let offset), .stopped(let offset): offset
      }
    }
  }

  /// Bytes read at a time: a few of these stay in the processor's own cache.
  static let window = 256 << 10

  /// A piece of a segment that is being walked over.
  enum Step {
    /// A whole line stands in the range.
    case line(Range<Int>, JournalLine.Frame)
    /// The piece is given up for the next one.
    case end
  }

  /// Calls `visit` with every whole line of a segment in order, until it returns false: a piece of the segment, the
  /// offset of that in the segment, and what to do with it. `next` is the number that the first line must have; numbers
  /// run without gaps.
  static func walk(
    _ disk: any Disk, _ file: DiskFile, size: Int, next: UInt64, _ visit: Visit
  ) throws -> End {
    var expected = next
    var pieces = SegmentPieces(disk, file, size: size)
    var piece: [UInt8] = []
    /// A line that began in an earlier piece than it ends in, and where that was.
    var split: [UInt8] = []
    var start = 0
    while let base = try pieces.next(insteadOf: &piece), !piece.isEmpty {
      var place = 0
      if !split.isEmpty {
        guard let rest = line(in: piece, from: 0) else {
          split += piece
          continue
        }
        split += piece[...rest.upperBound]
        switch try walk(split, from: 0, base: start, &expected, visit) {
        case .stopped(let place): return .stopped(offset: start + place)
        case .spoilt: return try self.rest(disk, file, size: size, from: start, expected)
        case .left: break
        }
        split.removeAll(keepingCapacity: split.count < window)
        place = rest.upperBound + 1
      }
      switch try walk(piece, from: place, base: base, &expected, visit) {
      case .stopped(let place): return .stopped(offset: base + place)
      case .spoilt(let place): return try self.rest(disk, file, size: size, from: base + place, expected)
      case .left(let place):
        split += piece[place...]
        start = base + place
      }
    }
    return try rest(disk, file, size: size, from: start, expected)
  }

  typealias Visit = (_ piece: [UInt8], _ base: Int, _ step: Step) throws -> Bool

  /// What a walk over a piece found at its end, and where.
  private enum PieceEnd {
    /// The beginning of a line, or nothing.
    case left(Int)
    /// A line that is not whole, or not the next one.
    case spoilt(Int)
    /// The visitor had enough at that line.
    case stopped(Int)
  }

  private static func walk(
    _ piece: [UInt8], from start: Int, base: Int, _ expected: inout UInt64, _ visit: Visit
  ) throws -> PieceEnd {
    var place = start
    var (isWhole, goesOn) = (true, true)
    while goesOn, let range = line(in: piece, from: place) {
      guard let frame = JournalLine.frame(piece, range), frame.seq == expected else {
        isWhole = false
        break
      }
      goesOn = try visit(piece, base, .line(range, frame))
      guard goesOn else { break }
      expected += 1
      place = range.upperBound + 1
    }
    goesOn = try visit(piece, base, .end) && goesOn
    return goesOn ? isWhole ? .left(place) : .spoilt(place) : .stopped(place)
  }

  /// What stands behind the last whole line.
  private static func rest(
    _ disk: any Disk, _ file: DiskFile, size: Int, from start: Int, _ expected: UInt64
  ) throws(DiskError) -> End {
    let end = try endOfContent(disk, file, size: size, from: start)
    guard end > start else { return .whole(offset: start) }
    let bytes = try disk.read(file, at: start, count: end - start)
    return hasBarrier(bytes, from: 0, above: expected) ? .damaged(offset: start) : .torn(offset: start, end: end)
  }

  /// Where the filling at the segment's end begins, or a little behind that; `start` if there is nothing else.
  static func endOfContent(
    _ disk: any Disk, _ file: DiskFile, size: Int, from start: Int
  ) throws(DiskError) -> Int {
    // From the end, a piece at a time: the filling may be most of the segment.
    var end = max(size, start)
    var bytes: [UInt8] = []
    while end > start {
      let piece = max(start, end - window)
      try disk.read(file, at: piece, count: end - piece, into: &bytes)
      guard isFilling(bytes, from: 0) else { break }
      end = piece
    }
    return end
  }

  /// The next line from `start`, without its line feed; `nil` when no line feed follows.
  static func line(in bytes: [UInt8], from start: Int) -> Range<Int>? {
    offset(of: UInt8(ascii: "\n"), in: bytes, from: start).map { start..<$0 }
  }

  /// Whether nothing but the line feeds that the writer fills ahead stands from `start` on, or the zeros that a file
  /// system may leave of them after a crash.
  private static func isFilling(_ bytes: [UInt8], from start: Int) -> Bool {
    guard start < bytes.count else { return true }
    func isFill(_ byte: UInt8) -> Bool { byte == UInt8(ascii: "\n") || byte == 0 }
    return isFill(bytes[start]) && (isUniform(bytes, from: start) || bytes[start...].allSatisfy(isFill))
  }

  /// Whether a whole line with a number above `seq` that opens a batch stands behind `start`: anywhere, for the line
  /// feed before it may be what is damaged.
  static func hasBarrier(_ bytes: [UInt8], from start: Int, above seq: UInt64) -> Bool {
    var place = start
    while let brace = offset(of: UInt8(ascii: "{"), in: bytes, from: place) {
      place = brace + 1
      guard JournalLine.opensBatch(bytes, brace..<bytes.count, above: seq), let range = line(in: bytes, from: brace)
      else { continue }
      if JournalLine.frame(bytes, range) != nil { return true }
    }
    return false
  }
}
