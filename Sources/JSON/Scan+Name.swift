// SPDX-License-Identifier: Apache-2.0

extension Scan {
  /// A member's name, with the colon behind it.
  struct Name {
    /// The offset of the opening quotation mark.
    let start: UInt32
    /// The offset behind the closing one.
    let end: UInt32
    let hasEscapes: Bool
    /// Its number among those that are wanted; 0 for any other.
    let number: UInt8
    /// The offset behind the colon.
    let next: UInt32
  }

  /// A member's name, written in any way, with white space before it or not.
  @inline(never)
  static func name<Quotes: Quotation>(
    _ text: Span<UInt8>, from offset: UInt32, _ names: JSONNames, _: Quotes.Type, _ blocks: inout StringBlocks
  ) throws(JSONError) -> Name {
    let contents = try behind(Quotes.firstByte, text, from: offset) &+ Quotes.width &- 1
    let string = try Quotes.string(text, from: contents, &blocks)
    let end = string.end &+ 1 &- Quotes.width
    let number = number(
      text.extracting(droppingFirst: Int(contents)), count: Int(end &- contents &- 1), hasEscapes: string.hasEscapes,
      in: names)
    return Name(
      start: contents &- 1, end: end, hasEscapes: string.hasEscapes, number: number,
      next: try behind(ASCII.colon, text, from: string.end))
  }

  @inline(__always)
  private static func number(_ bytes: Span<UInt8>, count: Int, hasEscapes: Bool, in names: JSONNames) -> UInt8 {
    // First, for the names' list would be retained.
    guard !names.isEmpty else { return 0 }
    let table = names.table
    guard hasEscapes else { return JSONNames.number(bytes, count: count, in: table.span, names.multiplier) }
    var name: [UInt8] = []
    Unescape.append(bytes.extracting(first: count), to: &name)
    return JSONNames.number(name.span, count: name.count, in: table.span, names.multiplier)
  }

  /// The offset behind the one byte that is allowed from `start` on, and white space before it.
  @inline(__always)
  private static func behind(_ byte: UInt8, _ text: Span<UInt8>, from start: UInt32) throws(JSONError) -> UInt32 {
    if Int(start) < text.count, text[Int(start)] == byte { return start &+ 1 }
    let offset = whiteSpace(text, from: start)
    guard Int(offset) < text.count else { throw end(of: text) }
    guard text[Int(offset)] == byte else { throw unexpectedByte(text, at: Int(offset)) }
    return offset &+ 1
  }
}
