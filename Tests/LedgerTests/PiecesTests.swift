// SPDX-License-Identifier: Apache-2.0

import Glibc
import Testing

@testable import Ledger

/// A segment that is read ahead gives what it gives without.
@Suite("Pieces of segments") struct PiecesTests {
  private static let window = JournalSegment.window

  private func content(_ size: Int) -> [UInt8] {
    (0..<size).map { UInt8(truncatingIfNeeded: $0 ^ $0 >> 8 ^ $0 >> 16) }
  }

  @Test(arguments: [
    0, 1, window, 3 * window - 1, 3 * window, 3 * window + 1, 4 * window, 4 * window + 1, 3_012_345,
  ]) func `they are the segment`(size: Int) throws {
    let disk = FaultyDisk()
    let content = content(size)
    disk.base.put("f", content)
    let file = try disk.open("f", .read)
    var pieces = SegmentPieces(disk, file, size: size)
    var all: [UInt8] = []
    var piece: [UInt8] = []
    while let base = try pieces.next(insteadOf: &piece) {
      #expect(base == all.count)
      all += piece
    }
    #expect(all == content)
    #expect(disk.calls.count { $0.operation == "pread" } == (size + Self.window - 1) / Self.window)
  }

  @Test func `a segment that has become shorter meanwhile ends where it ends`() throws {
    let disk = FaultyDisk()
    let content = content(5 * Self.window)
    disk.base.put("f", Array(content[..<(3 * Self.window + 10)]))
    var pieces = SegmentPieces(disk, try disk.open("f", .read), size: content.count)
    var all: [UInt8] = []
    var piece: [UInt8] = []
    while try pieces.next(insteadOf: &piece) != nil { all += piece }
    #expect(all == Array(content[..<(3 * Self.window + 10)]))
  }

  @Test(arguments: 1...6) func `a read that fails is told when its piece is asked for, and not before`(fails: Int)
    throws
  {
    let disk = FaultyDisk()
    disk.base.put("f", content(6 * Self.window))
    let file = try disk.open("f", .read)
    disk.plan(.init(first: fails, count: .max, errno: EIO, operation: "pread"))
    var pieces = SegmentPieces(disk, file, size: 6 * Self.window)
    var piece: [UInt8] = []
    for _ in 1..<fails { #expect(try pieces.next(insteadOf: &piece) != nil) }
    do throws(DiskError) {
      _ = try pieces.next(insteadOf: &piece)
      #expect(Bool(false))
    } catch {
      #expect(error.operation == "pread" && error.path == "f" && error.errno == EIO)
    }
  }

  @Test func `what nobody asks for is never told, and nothing is read once they are gone`() throws {
    let disk = FaultyDisk()
    disk.base.put("f", content(6 * Self.window))
    let file = try disk.open("f", .read)
    disk.plan(.init(first: 2, count: .max, errno: EIO, operation: "pread"))
    func one() throws {
      var pieces = SegmentPieces(disk, file, size: 6 * Self.window)
      var piece: [UInt8] = []
      #expect(try pieces.next(insteadOf: &piece) == 0)
    }
    try one()
    let calls = disk.calls.count
    disk.close(file)
    #expect(disk.calls.count == calls && disk.seen <= 3)
  }
}
