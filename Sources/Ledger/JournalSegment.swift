// SPDX-License-Identifier: Apache-2.0

/// Walking over the lines of one segment's bytes.
enum JournalSegment {
  /// What a walk found at its end.
  enum End: Equatable {
    /// Every line up to the end is whole; `offset` is where the next line would begin. Only filling stands behind it.
    case whole(offset: Int)
    /// Lines up to `offset` are whole; what follows was being written when the machine stopped, and was never synced.
    case torn(offset: Int)
    /// A line at `offset` is damaged though a later one proves that it had been synced.
    case damaged(offset: Int)
    /// The walker had enough at the line that begins at `offset`.
    case stopped(offset: Int)

    var offset: Int {
      switch self {
      case .whole(let offset), .torn(let offset), .damaged(let offset), .stopped(let offset): offset
      }
    }
  }

  /// Calls `line` with every whole line in order, until it returns false. `next` is the number that the first line must
  /// have; numbers run without gaps.
  static func walk(
    _ bytes: [UInt8], next: UInt64, _ line: (Range<Int>, JournalLine.Frame) -> Bool
  ) -> End {
    var expected = next
    var place = 0
    while let range = self.line(in: bytes, from: place), let frame = JournalLine.frame(bytes, range),
      frame.seq == expected
    {
      guard line(range, frame) else { return .stopped(offset: place) }
      expected += 1
      place = range.upperBound + 1
    }
    if isFilling(bytes, from: place) { return .whole(offset: place) }
    return hasBarrier(bytes, from: place, above: expected) ? .damaged(offset: place) : .torn(offset: place)
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
  private static func hasBarrier(_ bytes: [UInt8], from start: Int, above seq: UInt64) -> Bool {
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
