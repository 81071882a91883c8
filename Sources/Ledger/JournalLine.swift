// SPDX-License-Identifier: Apache-2.0

internal import JSON

/// The frame of a journal line: `{"seq":N,` … `,"crc":"xxxxxxxx"}` and a line feed.
///
/// `crc` is the CRC-32C of everything before it. The first line of each batch carries `"barrier":true` behind its
/// `seq`: a batch is written only when the one before it is synced, so a barrier proves that everything before it had
/// reached the disk. That tells a torn tail, which may be cut, from damage, which may not.
enum JournalLine {
  /// Opens a line; the event's members follow, each with a comma before it.
  static func begin(seq: UInt64, isBarrier: Bool, into line: inout JSONWriter) {
    line.append(literal: head)
    line.append(integer: seq)
    if isBarrier { line.append(literal: barrier) }
  }

  /// Closes the line, which is all that was written.
  static func end(_ line: inout JSONWriter) {
    let sum = line.checksum
    line.append(literal: tail)
    line.append(hex: sum)
    line.append(literal: close)
  }

  /// A line that is whole: its number and whether it opens a batch.
  struct Frame: Equatable {
    var seq: UInt64
    var isBarrier: Bool
  }

  /// Checks the line in `range` (without its line feed); `nil` if it is torn or damaged.
  static func frame(_ bytes: [UInt8], _ range: Range<Int>) -> Frame? {
    let sumStart = range.upperBound - sumLength
    guard sumStart > range.lowerBound, let seq = seq(bytes, range.lowerBound..<sumStart),
      hasLiteral(tail, bytes, at: sumStart, end: range.upperBound),
      let written = hexadecimal(bytes, at: range.upperBound - 10),
      hasLiteral("\"}", bytes, at: range.upperBound - 2, end: range.upperBound),
      UInt64(checksum(bytes, range.lowerBound..<sumStart)) == written
    else { return nil }
    return Frame(seq: seq.value, isBarrier: hasLiteral(barrier, bytes, at: seq.end, end: range.upperBound))
  }

  /// Whether a line that begins with the range claims, unchecked, to open a batch with a number above `number`.
  static func opensBatch(_ bytes: [UInt8], _ range: Range<Int>, above number: UInt64) -> Bool {
    guard let seq = seq(bytes, range), seq.value > number else { return false }
    return hasLiteral(barrier, bytes, at: seq.end, end: range.upperBound)
  }

  /// The number that the line in `range` claims, unchecked.
  static func seq(_ bytes: [UInt8], _ range: Range<Int>) -> (value: UInt64, end: Int)? {
    guard hasLiteral(head, bytes, at: range.lowerBound, end: range.upperBound) else { return nil }
    let first = range.lowerBound + head.utf8CodeUnitCount
    var place = first
    var value: UInt64 = 0
    while place < range.upperBound, place < first + 19, case let digit = bytes[place] &- UInt8(ascii: "0"), digit < 10 {
      value = value * 10 + UInt64(digit)
      place += 1
    }
    return place > first ? (value, place) : nil
  }

  /// Of `,"crc":"xxxxxxxx"}`.
  private static let sumLength = 18

  /// Passes over everything before the event's members.
  static func skipHead(_ reader: inout LineReader) -> Bool {
    guard reader.skip(head), reader.integer() != nil else { return false }
    _ = reader.skip(barrier)
    return true
  }

  /// Whether everything but the checksum has been read.
  static func seesTail(_ reader: borrowing LineReader) -> Bool { reader.sees(tail) }

  private static let head: StaticString = #"{"seq":"#
  private static let barrier: StaticString = #","barrier":true"#
  private static let tail: StaticString = #","crc":""#
  private static let close: StaticString = "\"}\n"
}
