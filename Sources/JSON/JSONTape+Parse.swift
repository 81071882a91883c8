// SPDX-License-Identifier: Apache-2.0

extension JSONTape {
  /// What may come next. `…OrEnd` is the state right behind an opening bracket.
  private enum Expectation {
    case value, elementOrEnd, name, nameOrEnd, commaOrEnd
  }

  /// Validates `bytes` as one JSON text and fills the tape with its tokens, in place of what was there.
  ///
  /// - Throws: the first fault. The tape is empty then.
  package mutating func parse(_ bytes: Span<UInt8>, limits: JSONLimits = .standard) throws(JSONError) {
    tokens.removeAll(keepingCapacity: true)
    guard bytes.count <= limits.maxBytes else { throw JSONError(offset: limits.maxBytes, reason: .tooLarge) }
    do throws(JSONError) {
      let end = Scan.whiteSpace(bytes, from: try appendText(bytes, maxDepth: limits.maxDepth))
      guard end == bytes.count else { throw JSONError(offset: end, reason: .trailingBytes) }
    } catch {
      tokens.removeAll(keepingCapacity: true)
      throw error
    }
  }

  /// Reads the outermost value and returns the offset behind it.
  private mutating func appendText(_ bytes: Span<UInt8>, maxDepth: Int) throws(JSONError) -> Int {
    var open = OpenContainers(maxDepth: maxDepth)
    var expected = Expectation.value
    var i = 0
    repeat {
      i = Scan.whiteSpace(bytes, from: i)
      guard i < bytes.count else { throw missingByte(bytes) }
      let byte = bytes[i]
      switch expected {
      case .value, .elementOrEnd:
        if byte == ASCII.openBrace || byte == ASCII.openBracket {
          try push(byte == ASCII.openBrace ? .object : .array, at: i, onto: &open)
          expected = byte == ASCII.openBrace ? .nameOrEnd : .elementOrEnd
          i &+= 1
          continue
        }
        if byte == ASCII.closeBracket, expected == .elementOrEnd {
          pop(at: i, from: &open)
          i &+= 1
        } else {
          i = try appendScalar(bytes, from: i)
        }
        expected = .commaOrEnd

      case .name, .nameOrEnd:
        if byte == ASCII.quote {
          i = try appendName(bytes, from: i)
          expected = .value
        } else if byte == ASCII.closeBrace, expected == .nameOrEnd {
          pop(at: i, from: &open)
          i &+= 1
          expected = .commaOrEnd
        } else {
          throw unexpectedByte(bytes, at: i)
        }

      case .commaOrEnd:
        if byte == ASCII.comma {
          expected = open.innermostIsObject ? .name : .value
        } else if byte == (open.innermostIsObject ? ASCII.closeBrace : ASCII.closeBracket) {
          pop(at: i, from: &open)
        } else {
          throw unexpectedByte(bytes, at: i)
        }
        i &+= 1
      }
    } while open.depth > 0 || expected != .commaOrEnd
    return i
  }

  private func missingByte(_ bytes: Span<UInt8>) -> JSONError {
    JSONError(offset: bytes.count, reason: tokens.isEmpty ? .emptyText : .unexpectedEnd)
  }

  private func unexpectedByte(_ bytes: Span<UInt8>, at offset: Int) -> JSONError {
    let startsWithMark = offset == 0 && bytes.count >= 3 && bytes[0] == 0xEF && bytes[1] == 0xBB && bytes[2] == 0xBF
    return JSONError(offset: offset, reason: startsWithMark ? .byteOrderMark : .unexpectedByte)
  }
}

// MARK: - Containers

extension JSONTape {
  /// The containers that are open. Only the innermost is held here: each open container's token holds its parent's
  /// index until it is closed, so that the tape itself is the stack.
  private struct OpenContainers {
    let maxDepth: Int
    var depth = 0
    var innermost: UInt32 = 0
    var innermostIsObject = false
  }

  @inline(__always)
  private mutating func push(
    _ kind: JSONKind, at offset: Int, onto open: inout OpenContainers
  ) throws(JSONError) {
    guard open.depth < open.maxDepth else { throw JSONError(offset: offset, reason: .tooDeep) }
    let index = UInt32(truncatingIfNeeded: tokens.count)
    append(kind, offset..<offset, next: open.innermost)
    open.depth &+= 1
    open.innermost = index
    open.innermostIsObject = kind == .object
  }

  @inline(__always)
  private mutating func pop(at offset: Int, from open: inout OpenContainers) {
    let index = Int(open.innermost)
    open.innermost = tokens[index].next
    open.depth &-= 1
    tokens[index].end = UInt32(truncatingIfNeeded: offset &+ 1)
    tokens[index].next = UInt32(truncatingIfNeeded: tokens.count)
    open.innermostIsObject = open.depth > 0 && tokens[Int(open.innermost)].kind == .object
  }
}

// MARK: - Tokens

extension JSONTape {
  /// A member's name with the colon behind it.
  @inline(__always)
  private mutating func appendName(_ bytes: Span<UInt8>, from start: Int) throws(JSONError) -> Int {
    let colon = Scan.whiteSpace(bytes, from: try appendString(bytes, from: start))
    guard colon < bytes.count else { throw missingByte(bytes) }
    guard bytes[colon] == ASCII.colon else { throw unexpectedByte(bytes, at: colon) }
    return colon &+ 1
  }

  @inline(__always)
  private mutating func appendScalar(_ bytes: Span<UInt8>, from start: Int) throws(JSONError) -> Int {
    switch bytes[start] {
    case ASCII.quote:
      return try appendString(bytes, from: start)
    case ASCII.zero...ASCII.nine, ASCII.minus:
      let end = try Scan.number(bytes, from: start)
      append(.number, start..<end)
      return end
    case UInt8(ascii: "n"):
      let end = try Scan.word(bytes, from: start, ASCII.null)
      append(.null, start..<end)
      return end
    case UInt8(ascii: "t"):
      let end = try Scan.word(bytes, from: start, ASCII.true)
      append(.bool, start..<end, flag: true)
      return end
    case UInt8(ascii: "f"):
      let end = try Scan.word(bytes, from: start, ASCII.false)
      append(.bool, start..<end, flag: false)
      return end
    default:
      throw unexpectedByte(bytes, at: start)
    }
  }

  @inline(never)
  private mutating func appendString(_ bytes: Span<UInt8>, from start: Int) throws(JSONError) -> Int {
    let (end, hasEscapes) = try Scan.string(bytes, from: start)
    append(.string, start..<end, flag: hasEscapes)
    return end
  }

  /// `next` defaults to the token behind this one: right for everything but a container.
  @inline(__always)
  private mutating func append(_ kind: JSONKind, _ range: Range<Int>, flag: Bool = false, next: UInt32? = nil) {
    tokens.append(
      Token(
        start: UInt32(truncatingIfNeeded: range.lowerBound),
        end: UInt32(truncatingIfNeeded: range.upperBound),
        next: next ?? UInt32(truncatingIfNeeded: tokens.count &+ 1),
        kind: kind,
        flag: flag))
  }
}
