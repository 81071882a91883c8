// SPDX-License-Identifier: Apache-2.0

extension JSONTape {
  /// Validates `bytes` as one JSON text and fills the tape with its tokens, in place of what was there.
  ///
  /// - Throws: the first fault. The tape is empty then.
  package mutating func parse(_ bytes: Span<UInt8>, limits: JSONLimits = .standard) throws(JSONError) {
    try parse(bytes, limits: limits, PlainQuotation.self)
  }

  /// Reads the JSON text that a JSON string holds where it stands, without decoding the string first. That can be done
  /// if it has no backslashes but before its quotation marks.
  ///
  /// Afterwards the tape tells of strings what it would tell of the decoded text; only the range of a container is that
  /// of bytes which are not JSON.
  ///
  /// - Parameter contents: what stands between the quotation marks of a string on another tape.
  /// - Returns: whether the tape is filled. If not, the string has to be decoded, and may be JSON or not.
  package mutating func parse(inString contents: Span<UInt8>, limits: JSONLimits = .standard) -> Bool {
    do throws(JSONError) {
      try parse(contents, limits: limits, EscapedQuotation.self)
      return true
    } catch {
      return false
    }
  }

  @inline(__always)
  private mutating func parse<Quotes: Quotation>(
    _ bytes: Span<UInt8>, limits: JSONLimits, _: Quotes.Type
  ) throws(JSONError) {
    tokens.removeAll(keepingCapacity: true)
    guard bytes.count <= limits.maxBytes else { throw JSONError(offset: limits.maxBytes, reason: .tooLarge) }
    let depth = min(limits.maxDepth, bytes.count)
    let names = names
    // Taken out, for it is written to while the tokens are.
    var following: [UInt8] = []
    swap(&following, &self.following)
    defer { swap(&following, &self.following) }
    // Between two tokens stands a comma, a colon, or a bracket that was opened: no text has more tokens than that.
    do throws(JSONError) {
      try tokens.append(addingCapacity: bytes.count / 2 + depth + 2) { (output) throws(JSONError) in
        var writer = TapeWriter<Quotes>(bytes, maxDepth: limits.maxDepth)
        var following = following.mutableSpan
        try writer.write(bytes, names, &following, to: &output)
      }
    } catch {
      tokens.removeAll(keepingCapacity: true)
      throw error
    }
  }
}

/// The pass over the text, from value to value, with the containers that are open as its stack.
private struct TapeWriter<Quotes: Quotation> {
  typealias Token = JSONTape.Token
  typealias Output = OutputSpan<JSONTape.Token>

  private let maxDepth: Int
  private var order = NameOrder()
  /// What of the text is behind us.
  private var offset: UInt32 = 0
  private var blocks: StringBlocks
  private var depth = 0
  /// The innermost container that is open. Its token holds its parent's index until it is closed, and so on outwards:
  /// the tape itself is the stack.
  private var innermost: UInt32 = 0
  /// What ends it; 0 if no container is open.
  private var closingBracket: UInt8 = 0

  init(_ text: Span<UInt8>, maxDepth: Int) {
    blocks = StringBlocks(text)
    self.maxDepth = maxDepth
  }

  mutating func write(
    _ text: Span<UInt8>, _ names: JSONNames, _ following: inout MutableSpan<UInt8>, to tokens: inout Output
  ) throws(JSONError) {
    let all = Quotes.written(names)
    let written = all.span
    value: while true {
      if closingBracket == ASCII.closeBrace { try writeName(text, names, written, &following, to: &tokens) }
      let byte = try nextByte(text)
      if byte == Quotes.firstByte {
        let start = offset &+ Quotes.width
        let string = try Quotes.string(text, from: start, &blocks)
        offset = string.end
        let end = offset &+ 1 &- Quotes.width
        Self.write(.string, from: start &- 1, to: end, flag: string.hasEscapes, to: &tokens)
      } else if byte == ASCII.openBrace || byte == ASCII.openBracket {
        try push(byte == ASCII.openBrace ? .object : .array, onto: &tokens)
        offset &+= 1
        guard try nextByte(text) == closingBracket else { continue value }
        offset &+= 1
        pop(from: &tokens)
      } else {
        let scalar = try Scan.scalar(text.extracting(droppingFirst: Int(offset)), of: text)
        let end = offset &+ UInt32(truncatingIfNeeded: scalar.count)
        Self.write(scalar.kind, from: offset, to: end, flag: scalar.isTrue, to: &tokens)
        offset = end
      }
      // Nearly always there is another value, directly behind a comma.
      if closingBracket != 0, Int(offset) < text.count, text[Int(offset)] == ASCII.comma {
        offset &+= 1
        continue value
      }
      while closingBracket != 0 {
        let byte = try nextByte(text)
        guard byte == ASCII.comma || byte == closingBracket else { throw Scan.unexpectedByte(text, at: Int(offset)) }
        offset &+= 1
        if byte == ASCII.comma { continue value }
        pop(from: &tokens)
      }
      break
    }
    offset = Scan.whiteSpace(text, from: offset)
    guard Int(offset) == text.count else { throw JSONError(offset: Int(offset), reason: .trailingBytes) }
  }

  /// The byte that is next, behind white space.
  @inline(__always)
  private mutating func nextByte(_ text: Span<UInt8>) throws(JSONError) -> UInt8 {
    // Most bytes that are asked about are no white space, and one comparison tells.
    if Int(offset) < text.count, text[Int(offset)] > ASCII.space { return text[Int(offset)] }
    offset = Scan.whiteSpace(text, from: offset)
    guard Int(offset) < text.count else { throw Scan.end(of: text) }
    return text[Int(offset)]
  }

  // MARK: - Containers

  @inline(__always)
  private mutating func push(_ kind: JSONKind, onto tokens: inout Output) throws(JSONError) {
    guard depth < maxDepth else { throw JSONError(offset: Int(offset), reason: .tooDeep) }
    let index = UInt32(truncatingIfNeeded: tokens.count)
    tokens.append(Token(kind, from: offset, to: offset, next: innermost))
    depth &+= 1
    innermost = index
    closingBracket = Self.closingBracket(of: kind)
  }

  /// The innermost container ends here.
  @inline(__always)
  private mutating func pop(from tokens: inout Output) {
    let index = Int(innermost)
    depth &-= 1
    let count = UInt32(truncatingIfNeeded: tokens.count)
    innermost = tokens[index].next
    tokens[index].end = offset
    tokens[index].next = count
    closingBracket = depth > 0 ? Self.closingBracket(of: tokens[Int(innermost)].kind) : 0
  }

  private static func closingBracket(of kind: JSONKind) -> UInt8 {
    kind == .object ? ASCII.closeBrace : ASCII.closeBracket
  }

  // MARK: - Tokens

  /// A member's name with the colon behind it, both behind white space.
  @inline(__always)
  private mutating func writeName(
    _ text: Span<UInt8>, _ names: JSONNames, _ written: Span<WrittenName>,
    _ following: inout MutableSpan<UInt8>, to tokens: inout Output
  ) throws(JSONError) {
    let expected = order.expected(following)
    if Int(expected) < written.count, written[Int(expected)].begins(text.extracting(droppingFirst: Int(offset))) {
      let start = offset &+ Quotes.width &- 1
      offset &+= written[Int(expected)].count
      Self.write(.string, from: start, to: offset &- Quotes.width, number: expected, to: &tokens)
      order.pass(expected, &following)
    } else {
      let name = try Scan.name(text, from: offset, names, Quotes.self, &blocks)
      Self.write(
        .string, from: name.start, to: name.end, flag: name.hasEscapes, number: name.number, to: &tokens)
      offset = name.next
      order.pass(name.number, &following)
    }
  }

  /// Anything but a container: the next token is the one behind it.
  @inline(__always)
  private static func write(
    _ kind: JSONKind, from start: UInt32, to end: UInt32, flag: Bool = false, number: UInt8 = 0, to tokens: inout Output
  ) {
    let next = UInt32(truncatingIfNeeded: tokens.count &+ 1)
    tokens.append(Token(kind, from: start, to: end, next: next, flag: flag, number: number))
  }
}
