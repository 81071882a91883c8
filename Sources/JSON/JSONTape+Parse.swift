// SPDX-License-Identifier: Apache-2.0

extension JSONTape {
  /// Validates `bytes` as one JSON text and fills the tape with its tokens, in place of what was there.
  ///
  /// - Throws: the first fault. The tape is empty then.
  package mutating func parse(_ bytes: Span<UInt8>, limits: JSONLimits = .standard) throws(JSONError) {
    tokens.removeAll(keepingCapacity: true)
    guard bytes.count <= limits.maxBytes else { throw JSONError(offset: limits.maxBytes, reason: .tooLarge) }
    let depth = min(limits.maxDepth, bytes.count)
    let names = names
    // Between two tokens stands a comma, a colon, or a bracket that was opened: no text has more tokens than that.
    do throws(JSONError) {
      try tokens.append(addingCapacity: bytes.count / 2 + depth + 2) { (output) throws(JSONError) in
        var writer = TapeWriter(maxDepth: limits.maxDepth, multiplier: names.multiplier)
        try writer.write(bytes, names.table.span, to: &output)
      }
    } catch {
      tokens.removeAll(keepingCapacity: true)
      throw error
    }
  }
}

/// The pass over the text, from value to value, with the containers that are open as its stack. What is not read yet is
/// a span that becomes shorter: a byte at its front takes one comparison to reach, and a word of eight no more.
private struct TapeWriter {
  typealias Token = JSONTape.Token
  typealias Output = OutputSpan<JSONTape.Token>
  typealias Names = Span<JSONNames.Entry>

  private let maxDepth: Int
  private let multiplier: UInt64
  private var depth = 0
  /// The innermost container that is open. Its token holds its parent's index until it is closed, and so on outwards:
  /// the tape itself is the stack.
  private var innermost: UInt32 = 0
  private var innermostIsObject = false

  init(maxDepth: Int, multiplier: UInt64) {
    self.maxDepth = maxDepth
    self.multiplier = multiplier
  }

  mutating func write(_ text: Span<UInt8>, _ names: Names, to tokens: inout Output) throws(JSONError) {
    var rest = text
    value: while true {
      if innermostIsObject { try writeName(&rest, of: text, names, to: &tokens) }
      let byte = try Self.nextByte(&rest, of: text, isFirst: tokens.isEmpty)
      if byte == ASCII.openBrace || byte == ASCII.openBracket {
        try push(byte == ASCII.openBrace ? .object : .array, at: text.count &- rest.count, onto: &tokens)
        rest = rest.extracting(droppingFirst: 1)
        guard try Self.nextByte(&rest, of: text) == closingBracket else { continue value }
        rest = rest.extracting(droppingFirst: 1)
        pop(at: text.count &- rest.count, from: &tokens)
      } else if byte == ASCII.quote {
        try Self.writeString(&rest, of: text, to: &tokens)
      } else {
        rest = rest.extracting(droppingFirst: try Self.writeScalar(rest, of: text, to: &tokens))
      }
      while depth > 0 {
        let byte = try Self.nextByte(&rest, of: text)
        guard byte == ASCII.comma || byte == closingBracket else { throw Self.unexpectedByte(rest, of: text) }
        rest = rest.extracting(droppingFirst: 1)
        if byte == ASCII.comma { continue value }
        pop(at: text.count &- rest.count, from: &tokens)
      }
      break
    }
    Scan.skipWhiteSpace(&rest)
    guard rest.isEmpty else { throw JSONError(offset: text.count &- rest.count, reason: .trailingBytes) }
  }

  /// The byte at the front, behind white space.
  @inline(__always)
  private static func nextByte(
    _ rest: inout Span<UInt8>, of text: Span<UInt8>, isFirst: Bool = false
  ) throws(JSONError) -> UInt8 {
    Scan.skipWhiteSpace(&rest)
    guard rest.count > 0 else {
      throw JSONError(offset: text.count, reason: isFirst ? .emptyText : .unexpectedEnd)
    }
    return rest[0]
  }

  // MARK: - Containers

  private var closingBracket: UInt8 { innermostIsObject ? ASCII.closeBrace : ASCII.closeBracket }

  @inline(__always)
  private mutating func push(_ kind: JSONKind, at offset: Int, onto tokens: inout Output) throws(JSONError) {
    guard depth < maxDepth else { throw JSONError(offset: offset, reason: .tooDeep) }
    let index = UInt32(truncatingIfNeeded: tokens.count)
    tokens.append(Token(kind, from: offset, to: offset, next: innermost))
    depth &+= 1
    innermost = index
    innermostIsObject = kind == .object
  }

  /// - Parameter end: the offset behind the bracket.
  @inline(__always)
  private mutating func pop(at end: Int, from tokens: inout Output) {
    let index = Int(innermost)
    depth &-= 1
    let count = UInt32(truncatingIfNeeded: tokens.count)
    innermost = tokens[index].next
    tokens[index].end = UInt32(truncatingIfNeeded: end)
    tokens[index].next = count
    innermostIsObject = depth > 0 && tokens[Int(innermost)].kind == .object
  }

  // MARK: - Tokens

  /// A member's name with the colon behind it, both behind white space.
  @inline(__always)
  private func writeName(
    _ rest: inout Span<UInt8>, of text: Span<UInt8>, _ names: Names, to tokens: inout Output
  ) throws(JSONError) {
    guard try Self.nextByte(&rest, of: text) == ASCII.quote else { throw Self.unexpectedByte(rest, of: text) }
    let start = text.count &- rest.count
    rest = rest.extracting(droppingFirst: 1)
    let contents = rest
    let hasEscapes = try Scan.string(&rest, of: text)
    let count = contents.count &- rest.count &- 1
    let number =
      hasEscapes
      ? decodedNumber(contents.extracting(first: count), names)
      : JSONNames.number(contents, count: count, in: names, multiplier)
    Self.write(.string, from: start, to: text.count &- rest.count, flag: hasEscapes, number: number, to: &tokens)
    guard try Self.nextByte(&rest, of: text) == ASCII.colon else { throw Self.unexpectedByte(rest, of: text) }
    rest = rest.extracting(droppingFirst: 1)
  }

  @inline(never)
  private func decodedNumber(_ contents: Span<UInt8>, _ names: Names) -> UInt8 {
    guard !names.isEmpty else { return 0 }
    var name: [UInt8] = []
    Unescape.append(contents, to: &name)
    return JSONNames.number(name.span, count: name.count, in: names, multiplier)
  }

  @inline(__always)
  private static func writeString(
    _ rest: inout Span<UInt8>, of text: Span<UInt8>, to tokens: inout Output
  ) throws(JSONError) {
    let start = text.count &- rest.count
    rest = rest.extracting(droppingFirst: 1)
    let hasEscapes = try Scan.string(&rest, of: text)
    write(.string, from: start, to: text.count &- rest.count, flag: hasEscapes, to: &tokens)
  }

  /// A number, `true`, `false` or `null`. Not part of the loop, which so has registers enough for the strings.
  ///
  /// - Returns: its length.
  @inline(never)
  private static func writeScalar(
    _ rest: Span<UInt8>, of text: Span<UInt8>, to tokens: inout Output
  ) throws(JSONError) -> Int {
    let start = text.count &- rest.count
    let count: Int
    switch rest[0] {
    case ASCII.zero...ASCII.nine, ASCII.minus:
      count = try Scan.number(rest, of: text)
      write(.number, from: start, to: start &+ count, to: &tokens)
    case UInt8(ascii: "n"):
      count = try Scan.literal(rest, of: text, ASCII.null)
      write(.null, from: start, to: start &+ count, to: &tokens)
    case UInt8(ascii: "t"):
      count = try Scan.literal(rest, of: text, ASCII.true)
      write(.bool, from: start, to: start &+ count, flag: true, to: &tokens)
    case UInt8(ascii: "f"):
      count = try Scan.literal(rest, of: text, ASCII.false)
      write(.bool, from: start, to: start &+ count, flag: false, to: &tokens)
    default:
      throw unexpectedByte(rest, of: text)
    }
    return count
  }

  /// Anything but a container: the next token is the one behind it.
  @inline(__always)
  private static func write(
    _ kind: JSONKind, from start: Int, to end: Int, flag: Bool = false, number: UInt8 = 0, to tokens: inout Output
  ) {
    let next = UInt32(truncatingIfNeeded: tokens.count &+ 1)
    tokens.append(Token(kind, from: start, to: end, next: next, flag: flag, number: number))
  }

  // MARK: - Faults

  /// The first byte of `rest` does not belong there.
  private static func unexpectedByte(_ rest: Span<UInt8>, of text: Span<UInt8>) -> JSONError {
    let offset = text.count &- rest.count
    let startsWithMark = offset == 0 && text.count >= 3 && text[0] == 0xEF && text[1] == 0xBB && text[2] == 0xBF
    return JSONError(offset: offset, reason: startsWithMark ? .byteOrderMark : .unexpectedByte)
  }
}
