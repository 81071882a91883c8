// SPDX-License-Identifier: Apache-2.0

/// Names of members that a reader wants. A tape that is given them tells each one by its number as it passes it, so that
/// nobody needs to compare names afterwards.
package final class JSONNames: Sendable {
  /// A name of up to 24 bytes in words of eight, and its number.
  struct Entry: BitwiseCopyable {
    /// The first eight bytes; of a shorter name all, above zeros: see ``JSONNames/head(_:count:)``.
    var head: UInt64 = 0
    /// The last eight bytes of a name that is longer than eight, some of them for the second time.
    var last: UInt64 = 0
    /// The second eight bytes of a name that is longer than sixteen.
    var middle: UInt64 = 0
    /// Number of bytes; 0 where there is no name.
    var count: UInt8 = 0
    var number: UInt8 = 0

    init() {}
  }

  /// Every name in a place of its own, which its head and the multiplier tell; empty if no name is wanted.
  let table: [Entry]
  let multiplier: UInt64
  /// Whether no name is wanted.
  let isEmpty: Bool
  /// By their numbers, as they are nearly always written. The first stands for none.
  let written: [WrittenName]
  /// The same in a text that stands in a string.
  let writtenEscaped: [WrittenName]

  /// No name is wanted.
  package static let none = JSONNames([])

  /// Names of 1 to 24 bytes, at most 63, of which no two begin with the same eight bytes. The first has the number 1.
  package init(_ names: [String]) {
    precondition(names.count < 64)
    let entries = names.enumerated().map { Entry($1.utf8.span, number: UInt8($0 + 1)) }
    precondition(Set(entries.map(\.head)).count == entries.count)
    // One multiplier in twelve or so has a place for each of 30 names.
    var multiplier: UInt64 = 0x9E37_79B9_7F4A_7C15
    while Set(entries.map { Self.place(of: $0.head, multiplier) }).count < entries.count {
      multiplier &*= 0xD134_2543_DE82_EF95
    }
    var table = [Entry](repeating: Entry(), count: entries.isEmpty ? 0 : Self.tableSize)
    for entry in entries { table[Self.place(of: entry.head, multiplier)] = entry }
    self.table = table
    self.multiplier = multiplier
    isEmpty = names.isEmpty
    written = [WrittenName()] + names.map { WrittenName($0, quotation: [ASCII.quote]) }
    writtenEscaped = [WrittenName()] + names.map { WrittenName($0, quotation: [ASCII.backslash, ASCII.quote]) }
  }

  /// The number of the name in the first `count` bytes, which is written without escapes; 0 if it is not wanted.
  @inline(__always)
  static func number(_ bytes: Span<UInt8>, count: Int, in table: Span<Entry>, _ multiplier: UInt64) -> UInt8 {
    guard 1...24 ~= count else { return 0 }
    let head = head(bytes, count: count)
    let place = place(of: head, multiplier)
    guard place < table.count else { return 0 }
    let entry = table[place]
    guard entry.head == head, entry.count == count else { return 0 }
    if count > 8 {
      guard entry.last == Words.load(bytes, at: count &- 8) else { return 0 }
      if count > 16, entry.middle != Words.load(bytes, at: 8) { return 0 }
    }
    return entry.number
  }

  /// The first eight bytes of a name. A shorter one stands in the highest bytes.
  @inline(__always)
  fileprivate static func head(_ bytes: Span<UInt8>, count: Int) -> UInt64 {
    let missing = max(8 &- count, 0)
    let word = bytes.count >= 8 ? Words.first(bytes) : Words.first(count, of: bytes)
    return word &<< UInt64(8 &* missing)
  }

  private static let tableSize = 256

  @inline(__always)
  private static func place(of head: UInt64, _ multiplier: UInt64) -> Int {
    Int(truncatingIfNeeded: (head &* multiplier) &>> 56)
  }
}

extension JSONNames.Entry {
  fileprivate init(_ name: Span<UInt8>, number: UInt8) {
    precondition(1...24 ~= name.count)
    head = JSONNames.head(name, count: name.count)
    if name.count > 8 { last = Words.load(name, at: name.count - 8) }
    if name.count > 16 { middle = Words.load(name, at: 8) }
    count = UInt8(name.count)
    self.number = number
  }
}
