// SPDX-License-Identifier: Apache-2.0

internal import JSON

/// The frame of a journal line: `{"seq":N,` … `,"crc":"xxxxxxxx"}` and a line feed.
///
/// `crc` is the CRC-32C of everything before it. The first line of each batch carries `"barrier":true` behind its
/// `seq`: a batch is written only when the one before it is synced, so a barrier proves that everything before it had
/// reached the disk. That tells a torn tail, which may be cut, from damage, which may not.
enum JournalLine {
  /// Opens a line; the event's members follow, each with a comma before it.
  static func begin(seq: UInt64, isBarrier: Bool, into bytes: inout [UInt8]) {
    bytes.append(contentsOf: head)
    JSON.appendInteger(seq, to: &bytes)
    if isBarrier { bytes.append(contentsOf: barrier) }
  }

  /// Closes the line that began at `start`.
  static func end(from start: Int, into bytes: inout [UInt8]) {
    let sum = checksum(bytes, start..<bytes.count)
    bytes.append(contentsOf: tail)
    bytes.appendHex(UInt64(sum), digits: 8)
    bytes.append(contentsOf: close)
  }

  /// A line that is whole: its number and whether it opens a batch.
  struct Frame: Equatable {
    var seq: UInt64
    var isBarrier: Bool
  }

  /// Checks the line in `range` (without its line feed); `nil` if it is torn or damaged.
  static func frame(_ bytes: [UInt8], _ range: Range<Int>) -> Frame? {
    let tailLength = tail.count + 8 + close.count - 1
    guard range.count > head.count + tailLength, let seq = seq(bytes, range) else { return nil }
    let sumStart = range.upperBound - tailLength
    guard bytes[sumStart..<sumStart + tail.count].elementsEqual(tail),
      let written = hex(bytes, sumStart + tail.count..<range.upperBound - 2),
      bytes[range.upperBound - 2] == UInt8(ascii: "\""), bytes[range.upperBound - 1] == UInt8(ascii: "}"),
      UInt64(checksum(bytes, range.lowerBound..<sumStart)) == written
    else { return nil }
    return Frame(seq: seq.value, isBarrier: hasBarrier(bytes, seq.end..<range.upperBound))
  }

  /// Whether a line that begins with the range claims, unchecked, to open a batch with a number above `number`.
  static func opensBatch(_ bytes: [UInt8], _ range: Range<Int>, above number: UInt64) -> Bool {
    guard let seq = seq(bytes, range), seq.value > number else { return false }
    return hasBarrier(bytes, seq.end..<range.upperBound)
  }

  private static func hasBarrier(_ bytes: [UInt8], _ range: Range<Int>) -> Bool {
    range.count >= barrier.count && bytes[range.prefix(barrier.count)].elementsEqual(barrier)
  }

  /// The number that the line in `range` claims, unchecked.
  static func seq(_ bytes: [UInt8], _ range: Range<Int>) -> (value: UInt64, end: Int)? {
    guard range.count > head.count, bytes[range.lowerBound..<range.lowerBound + head.count].elementsEqual(head) else {
      return nil
    }
    var place = range.lowerBound + head.count
    var value: UInt64 = 0
    let first = place
    while place < range.upperBound, place < first + 19, case let digit = bytes[place] &- UInt8(ascii: "0"), digit < 10 {
      value = value * 10 + UInt64(digit)
      place += 1
    }
    return place > first ? (value, place) : nil
  }

  private static func hex(_ bytes: [UInt8], _ range: Range<Int>) -> UInt64? {
    var value: UInt64 = 0
    for place in range {
      switch bytes[place] {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): value = value << 4 | UInt64(bytes[place] - UInt8(ascii: "0"))
      case UInt8(ascii: "a")...UInt8(ascii: "f"): value = value << 4 | UInt64(bytes[place] - UInt8(ascii: "a") + 10)
      default: return nil
      }
    }
    return value
  }

  private static let head = Array(#"{"seq":"#.utf8)
  private static let barrier = Array(#","barrier":true"#.utf8)
  private static let tail = Array(#","crc":""#.utf8)
  private static let close = Array("\"}\n".utf8)
}
