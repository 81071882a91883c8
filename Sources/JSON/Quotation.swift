// SPDX-License-Identifier: Apache-2.0

/// How a text writes the quotation marks of its strings. What a token tells of a string is the same either way: from the
/// quotation mark's own byte to the byte behind the contents.
protocol Quotation {
  /// The first byte of a quotation mark.
  static var firstByte: UInt8 { get }
  /// Bytes of a quotation mark.
  static var width: UInt32 { get }
  /// The names that are wanted, as the text writes them.
  static func written(_ names: JSONNames) -> [WrittenName]
  /// A string whose opening quotation mark stands before `start`; its first byte has been seen.
  static func string(
    _ text: Span<UInt8>, from start: UInt32, _ blocks: inout StringBlocks
  ) throws(JSONError) -> Scan.WrittenString
}

/// JSON.
enum PlainQuotation: Quotation {
  @inline(__always)
  static var firstByte: UInt8 { ASCII.quote }

  @inline(__always)
  static var width: UInt32 { 1 }

  @inline(__always)
  static func written(_ names: JSONNames) -> [WrittenName] { names.written }

  @inline(__always)
  static func string(
    _ text: Span<UInt8>, from start: UInt32, _ blocks: inout StringBlocks
  ) throws(JSONError) -> Scan.WrittenString {
    try Scan.string(text, from: start, &blocks)
  }
}

/// JSON as it stands in a JSON string if there is nothing to escape but its quotation marks: they are written `\"`, and
/// there are no other backslashes. As the string around it is valid, a backslash in front of a quotation mark ends what
/// is between two, and what is between them is as it should be.
enum EscapedQuotation: Quotation {
  @inline(__always)
  static var firstByte: UInt8 { ASCII.backslash }

  @inline(__always)
  static var width: UInt32 { 2 }

  @inline(__always)
  static func written(_ names: JSONNames) -> [WrittenName] { names.writtenEscaped }

  @inline(__always)
  static func string(
    _ text: Span<UInt8>, from start: UInt32, _ blocks: inout StringBlocks
  ) throws(JSONError) -> Scan.WrittenString {
    guard Int(start) <= text.count, text[Int(start &- 1)] == ASCII.quote else {
      throw JSONError(offset: Int(start &- 2), reason: .invalidEscape)
    }
    let end = Scan.mark(text, from: start, &blocks)
    guard Int(end) &+ 1 < text.count, text[Int(end)] == ASCII.backslash, text[Int(end &+ 1)] == ASCII.quote else {
      throw JSONError(offset: Int(end), reason: .invalidEscape)
    }
    return Scan.WrittenString(end: end &+ 2, hasEscapes: false)
  }
}
