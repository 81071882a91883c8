// SPDX-License-Identifier: Apache-2.0

import CVector

/// 64 bytes of a text, looked at together: where a string may end among them, and what has to be read byte by byte.
///
/// Its first byte must not belong to an escape that began before it. Nothing else about the text is known to it; marks
/// outside strings mean nothing.
struct StringBlock {
  static let count = 64

  /// The stops and all backslashes, so that a string without a mark is what it says. The lowest bit is the first byte's.
  let marks: UInt64
  /// Bytes at which a string's reader has to stop: quotation marks that are not escaped, of which the first one behind
  /// the beginning of a string ends it, and all that is to be read byte by byte: control characters, longer UTF-8
  /// sequences, what lies behind the end of the text, and escapes but for `\"` and `\\`, which are by far the most
  /// frequent.
  let stops: UInt64

  /// The block at the front of `rest`, which is the end of `text`.
  @inline(__always)
  init(_ rest: Span<UInt8>, of text: Span<UInt8>) {
    self.init(rest.count >= Self.count ? Self.marks(rest) : Self.lastMarks(rest, of: text))
  }

  @inline(__always)
  private init(_ marks: hl_string_marks) {
    let escapes = Self.escapes(among: marks.backslashes)
    let isFrequent = (marks.quotes | marks.backslashes) &>> 1
    stops = marks.quotes & ~(escapes &<< 1) | marks.unusual | escapes & ~isFrequent
    self.marks = stops | marks.backslashes
  }

  /// The backslashes that begin an escape; one behind them is escaped itself.
  @inline(__always)
  private static func escapes(among backslashes: UInt64) -> UInt64 {
    guard backslashes & backslashes &<< 1 != 0 else { return backslashes }
    return escapes(inPairs: backslashes)
  }

  private static func escapes(inPairs backslashes: UInt64) -> UInt64 {
    var escapes: UInt64 = 0
    var rest = backslashes
    while rest != 0 {
      let first = rest & (0 &- rest)
      escapes |= first
      rest &= ~(first | first &<< 1)
    }
    return escapes
  }

  @inline(__always)
  private static func marks(_ bytes: Span<UInt8>) -> hl_string_marks {
    precondition(bytes.count >= count)
    return hl_mark_string(
      word(bytes, 0), word(bytes, 1), word(bytes, 2), word(bytes, 3), word(bytes, 4), word(bytes, 5), word(bytes, 6),
      word(bytes, 7))
  }

  @inline(__always)
  private static func word(_ bytes: Span<UInt8>, _ index: Int) -> UInt64 {
    Words.first(bytes.extracting(droppingFirst: 8 &* index))
  }

  /// Those of less than a block.
  @inline(never)
  private static func lastMarks(_ rest: Span<UInt8>, of text: Span<UInt8>) -> hl_string_marks {
    let missing = UInt64(count &- rest.count)
    var marks: hl_string_marks
    if text.count >= count {
      // The text's last 64 bytes, of which the first are behind us.
      marks = Self.marks(text.extracting(last: count))
      marks.quotes >>= missing
      marks.backslashes >>= missing
      marks.unusual >>= missing
    } else {
      var padded = InlineArray<64, UInt8>(repeating: 0)
      var target = padded.mutableSpan
      target.write(rest, at: 0)
      marks = Self.marks(padded.span)
    }
    marks.unusual |= ~(.max >> missing)
    return marks
  }
}

/// The block of a text that a scanner has come to.
struct StringBlocks {
  private var block: StringBlock
  private var start: UInt32 = 0

  /// At the beginning of a text.
  init(_ text: Span<UInt8>) {
    block = StringBlock(text, of: text)
  }

  /// The offset behind the block.
  var end: UInt32 { start &+ UInt32(StringBlock.count) }

  /// All marks and the stops from `offset` to the block's end, of which the first byte's is the lowest bit. If that byte
  /// is in no block yet, one begins with it; it must not belong to an escape that began before it.
  @inline(__always)
  mutating func marks(from offset: UInt32, in text: Span<UInt8>) -> (all: UInt64, stops: UInt64) {
    if offset &- start >= StringBlock.count { begin(at: offset, in: text) }
    let place = UInt64(offset &- start)
    return (block.marks &>> place, block.stops &>> place)
  }

  @inline(never)
  private mutating func begin(at offset: UInt32, in text: Span<UInt8>) {
    block = StringBlock(text.extracting(droppingFirst: Int(offset)), of: text)
    start = offset
  }
}
