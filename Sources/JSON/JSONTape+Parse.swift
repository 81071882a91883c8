// SPDX-License-Identifier: Apache-2.0

extension JSONTape {
  /// Validates `bytes` as one JSON text and fills the tape with its tokens, in place of what was there.
  ///
  /// - Throws: the first fault. The tape is empty then.
  package mutating func parse(_ bytes: Span<UInt8>, limits: JSONLimits = .standard) throws(JSONError) {
    tokens.removeAll(keepingCapacity: true)
    guard bytes.count <= limits.maxBytes else { throw JSONError(offset: limits.maxBytes, reason: .tooLarge) }
    let depth = min(limits.maxDepth, bytes.count)
    // Between two tokens stands a comma, a colon, or a bracket that was opened: no text has more tokens than that.
    do throws(JSONError) {
      try tokens.append(addingCapacity: bytes.count / 2 + depth + 2) { (output) throws(JSONError) in
        try TapeWriter.write(bytes, maxDepth: limits.maxDepth, to: &output)
      }
    } catch {
      tokens.removeAll(keepingCapacity: true)
      throw error
    }
  }
}

/// The pass over the text: a machine of few states, with the containers that are open as its stack.
private struct TapeWriter {
  /// What may come next. `…OrEnd` is the state right behind an opening bracket.
  private enum Expectation {
    case value, elementOrEnd, name, nameOrEnd, commaOrEnd
  }

  typealias Token = JSONTape.Token
  typealias Output = OutputSpan<JSONTape.Token>

  private let maxDepth: Int
  private var depth = 0
  /// The innermost container that is open. Its token holds its parent's index until it is closed, and so on outwards:
  /// the tape itself is the stack.
  private var innermost: UInt32 = 0
  private var innermostIsObject = false

  static func write(_ bytes: Span<UInt8>, maxDepth: Int, to tokens: inout Output) throws(JSONError) {
    var writer = TapeWriter(maxDepth: maxDepth)
    let end = Scan.whiteSpace(bytes, from: try writer.writeText(bytes, to: &tokens))
    guard end == bytes.count else { throw JSONError(offset: end, reason: .trailingBytes) }
  }

  private init(maxDepth: Int) {
    self.maxDepth = maxDepth
  }

  /// Reads the outermost value and returns the offset behind it.
  @inline(__always)
  private mutating func writeText(_ bytes: Span<UInt8>, to tokens: inout Output) throws(JSONError) -> Int {
    var expected = Expectation.value
    var i = 0
    repeat {
      i = Scan.whiteSpace(bytes, from: i)
      guard i < bytes.count else { throw Self.missingByte(bytes, tokens.isEmpty) }
      let byte = bytes[i]
      switch expected {
      case .value, .elementOrEnd:
        if byte == ASCII.openBrace || byte == ASCII.openBracket {
          try push(byte == ASCII.openBrace ? .object : .array, at: i, onto: &tokens)
          expected = byte == ASCII.openBrace ? .nameOrEnd : .elementOrEnd
          i &+= 1
          continue
        }
        if byte == ASCII.closeBracket, expected == .elementOrEnd {
          pop(at: i, from: &tokens)
          i &+= 1
        } else {
          i = try Self.writeScalar(bytes, from: i, to: &tokens)
        }
        expected = .commaOrEnd

      case .name, .nameOrEnd:
        if byte == ASCII.quote {
          i = try Self.writeName(bytes, from: i, to: &tokens)
          expected = .value
        } else if byte == ASCII.closeBrace, expected == .nameOrEnd {
          pop(at: i, from: &tokens)
          i &+= 1
          expected = .commaOrEnd
        } else {
          throw Self.unexpectedByte(bytes, at: i)
        }

      case .commaOrEnd:
        if byte == ASCII.comma {
          expected = innermostIsObject ? .name : .value
        } else if byte == (innermostIsObject ? ASCII.closeBrace : ASCII.closeBracket) {
          pop(at: i, from: &tokens)
        } else {
          throw Self.unexpectedByte(bytes, at: i)
        }
        i &+= 1
      }
    } while depth > 0 || expected != .commaOrEnd
    return i
  }

  // MARK: - Containers

  @inline(__always)
  private mutating func push(_ kind: JSONKind, at offset: Int, onto tokens: inout Output) throws(JSONError) {
    guard depth < maxDepth else { throw JSONError(offset: offset, reason: .tooDeep) }
    let index = UInt32(truncatingIfNeeded: tokens.count)
    Self.write(kind, offset..<offset, next: innermost, to: &tokens)
    depth &+= 1
    innermost = index
    innermostIsObject = kind == .object
  }

  @inline(__always)
  private mutating func pop(at offset: Int, from tokens: inout Output) {
    let index = Int(innermost)
    depth &-= 1
    let count = UInt32(truncatingIfNeeded: tokens.count)
    innermost = tokens[index].next
    tokens[index].end = UInt32(truncatingIfNeeded: offset &+ 1)
    tokens[index].next = count
    innermostIsObject = depth > 0 && tokens[Int(innermost)].kind == .object
  }

  // MARK: - Tokens

  /// A member's name with the colon behind it.
  @inline(__always)
  private static func writeName(
    _ bytes: Span<UInt8>, from start: Int, to tokens: inout Output
  ) throws(JSONError) -> Int {
    let colon = Scan.whiteSpace(bytes, from: try writeString(bytes, from: start, to: &tokens))
    guard colon < bytes.count else { throw missingByte(bytes, false) }
    guard bytes[colon] == ASCII.colon else { throw unexpectedByte(bytes, at: colon) }
    return colon &+ 1
  }

  @inline(__always)
  private static func writeScalar(
    _ bytes: Span<UInt8>, from start: Int, to tokens: inout Output
  ) throws(JSONError) -> Int {
    switch bytes[start] {
    case ASCII.quote:
      return try writeString(bytes, from: start, to: &tokens)
    case ASCII.zero...ASCII.nine, ASCII.minus:
      let end = try Scan.number(bytes, from: start)
      write(.number, start..<end, to: &tokens)
      return end
    case UInt8(ascii: "n"):
      let end = try Scan.word(bytes, from: start, ASCII.null)
      write(.null, start..<end, to: &tokens)
      return end
    case UInt8(ascii: "t"):
      let end = try Scan.word(bytes, from: start, ASCII.true)
      write(.bool, start..<end, flag: true, to: &tokens)
      return end
    case UInt8(ascii: "f"):
      let end = try Scan.word(bytes, from: start, ASCII.false)
      write(.bool, start..<end, flag: false, to: &tokens)
      return end
    default:
      throw unexpectedByte(bytes, at: start)
    }
  }

  @inline(never)
  private static func writeString(
    _ bytes: Span<UInt8>, from start: Int, to tokens: inout Output
  ) throws(JSONError) -> Int {
    let (end, hasEscapes) = try Scan.string(bytes, from: start)
    write(.string, start..<end, flag: hasEscapes, to: &tokens)
    return end
  }

  /// `next` defaults to the token behind this one: right for everything but a container.
  @inline(__always)
  private static func write(
    _ kind: JSONKind, _ range: Range<Int>, flag: Bool = false, next: UInt32? = nil, to tokens: inout Output
  ) {
    tokens.append(
      Token(
        start: UInt32(truncatingIfNeeded: range.lowerBound),
        end: UInt32(truncatingIfNeeded: range.upperBound),
        next: next ?? UInt32(truncatingIfNeeded: tokens.count &+ 1),
        kind: kind,
        flag: flag))
  }

  // MARK: - Faults

  private static func missingByte(_ bytes: Span<UInt8>, _ isFirst: Bool) -> JSONError {
    JSONError(offset: bytes.count, reason: isFirst ? .emptyText : .unexpectedEnd)
  }

  private static func unexpectedByte(_ bytes: Span<UInt8>, at offset: Int) -> JSONError {
    let startsWithMark = offset == 0 && bytes.count >= 3 && bytes[0] == 0xEF && bytes[1] == 0xBB && bytes[2] == 0xBF
    return JSONError(offset: offset, reason: startsWithMark ? .byteOrderMark : .unexpectedByte)
  }
}
