// SPDX-License-Identifier: Apache-2.0

/// Walking over the lines of one segment's bytes.
enum JournalSegment {
  /// What a walk found at its end.
  enum End: Equatable {
    /// Every line up to the end is whole; `offset` is where the next line would begin.
    case whole(offset: Int)
    /// Lines up to `offset` are whole; what follows was being written when the machine stopped, and was never synced.
    case torn(offset: Int)
    /// A line at `offset` is damaged though a later one proves that it had been synced.
    case damaged(offset: Int)
  }

  /// Calls `line` with every whole line in order, until it returns false. `next` is the number that the first line must
  /// have; numbers run without gaps.
  static func walk(
    _ bytes: [UInt8], from start: Int = 0, next: UInt64, _ line: (Range<Int>, JournalLine.Frame) -> Bool
  ) -> End {
    var expected = next
    var place = start
    while let range = self.line(in: bytes, from: place) {
      if range.isEmpty {
        // Filling, or the gap that a line never written left.
        return hasBarrier(bytes, from: range.upperBound, above: expected)
          ? .damaged(offset: range.lowerBound) : .whole(offset: range.lowerBound)
      }
      guard let frame = JournalLine.frame(bytes, range), frame.seq == expected else {
        return hasBarrier(bytes, from: range.upperBound, above: expected)
          ? .damaged(offset: range.lowerBound) : .torn(offset: range.lowerBound)
      }
      guard line(range, frame) else { return .whole(offset: range.lowerBound) }
      expected += 1
      place = range.upperBound + 1
    }
    return place == bytes.count ? .whole(offset: place) : .torn(offset: place)
  }

  /// Whether a whole line with a number above `seq` that opens a batch stands behind `start`.
  private static func hasBarrier(_ bytes: [UInt8], from start: Int, above seq: UInt64) -> Bool {
    var place = start
    while let range = line(in: bytes, from: place) {
      if !range.isEmpty, let frame = JournalLine.frame(bytes, range), frame.isBarrier, frame.seq > seq { return true }
      place = range.upperBound + 1
    }
    return false
  }

  /// The next line from `start`, without its line feed; `nil` when no line feed follows.
  static func line(in bytes: [UInt8], from start: Int) -> Range<Int>? {
    guard start < bytes.count, let end = offsetOfLineFeed(bytes, from: start) else { return nil }
    return start..<end
  }
}
