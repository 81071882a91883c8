// SPDX-License-Identifier: Apache-2.0

internal import HTTP1
private import JSON
internal import Server

/// The field lines of a request as JSON text, for the journal: an array of `["name","value"]` in the order received.
///
/// One value serves several requests at once, and others after them.
struct FieldLines {
  /// Credentials that somebody sends us have no place on our disk; a callback carries none.
  private static let masked = ["authorization", "cookie", "proxy-authorization"].map { Array($0.utf8) }

  /// More of it is not kept when it is emptied.
  private static let kept = 64 * 1024

  /// The texts stand at its beginning, one behind the other.
  private(set) var buffer: [UInt8] = []
  /// Bytes of the texts.
  private var count = 0

  /// Adds the text of a request and answers where it stands.
  mutating func append(_ request: borrowing Request) -> Range<Int> {
    let start = count
    if !appendPlain(request) {
      buffer.replaceSubrange(start..., with: Self.any(request))
      count = buffer.count
    }
    return start..<count
  }

  /// Drops all texts.
  mutating func removeAll() {
    count = 0
    if buffer.count > Self.kept { buffer = [] }
  }

  // MARK: - Any fields

  private static func any(_ request: borrowing Request) -> [UInt8] {
    let bytes = request.bytes.span
    var text = [UInt8(ascii: "[")]
    for index in 0..<request.head.fieldCount {
      let name = request.head.fieldName(index)
      if index > 0 { text.append(UInt8(ascii: ",")) }
      text.append(UInt8(ascii: "["))
      // A name, which is a token, always stands for itself between quotation marks.
      JSON.appendQuoted(bytes.extracting(name), to: &text)
      text.append(UInt8(ascii: ","))
      let value =
        isMasked(name, in: bytes) ? Array("***".utf8) : latin1(bytes.extracting(request.head.fieldValue(index)))
      JSON.appendQuoted(value.span, to: &text)
      text.append(UInt8(ascii: "]"))
    }
    text.append(UInt8(ascii: "]"))
    return text
  }

  /// Bytes above ASCII have no charset in a field value (RFC 9110 section 5.5); as Latin-1 none is lost.
  private static func latin1(_ value: Span<UInt8>) -> [UInt8] {
    var text = String.UnicodeScalarView()
    for index in value.indices { text.append(Unicode.Scalar(value[index])) }
    return Array(String(text).utf8)
  }

  @inline(__always)
  private static func isMasked(_ name: Range<Int>, in bytes: Span<UInt8>) -> Bool {
    // Most names differ in their length or their first letter from all three.
    guard name.count == 6 || name.count == 13 || name.count == 19,
      bytes[name.lowerBound] | 0x20 < UInt8(ascii: "q")
    else { return false }
    return isOneOfMasked(name, in: bytes)
  }

  @inline(never)
  private static func isOneOfMasked(_ name: Range<Int>, in bytes: Span<UInt8>) -> Bool {
    masked.contains { bytes.matches(name, ignoringCase: $0.span) }
  }

  // MARK: - Plain fields

  /// Adds fields that need no escapes and no mask. `false`, and nothing to be read, when there are others, or when
  /// the bytes end with the head.
  private mutating func appendPlain(_ request: borrowing Request) -> Bool {
    let fields = request.head.fieldCount
    guard fields > 0, request.head.hasPlainValues else { return false }
    // A field has eight bytes here beside its name and its value, and three in the head at least.
    let lines = request.head.fieldName(0).lowerBound..<request.head.fieldValue(fields &- 1).upperBound
    guard request.bytes.count &- lines.upperBound >= Self.slack else { return false }
    let most = count &+ lines.count &+ 5 &* fields &+ 4 &+ Self.slack
    if buffer.count < most { buffer.append(contentsOf: repeatElement(0, count: 2 &* most &- buffer.count)) }
    let start = count
    var text = buffer.mutableSpan
    guard let end = Self.writePlain(request, request.bytes.span, to: &text, at: start) else { return false }
    count = end
    return true
  }

  /// Answers where the text ends; `nil` for a field to be masked.
  private static func writePlain(
    _ request: borrowing Request, _ bytes: Span<UInt8>, to text: inout MutableSpan<UInt8>, at start: Int
  ) -> Int? {
    text.store(Punctuation.begin, at: start)
    var end = start &+ 3
    for index in 0..<request.head.fieldCount {
      if index > 0 {
        text.store(Punctuation.betweenFields, at: end)
        end &+= 5
      }
      let name = request.head.fieldName(index)
      guard !isMasked(name, in: bytes) else { return nil }
      end = text.copy(name, of: bytes, to: end)
      text.store(Punctuation.betweenNameAndValue, at: end)
      end = text.copy(request.head.fieldValue(index), of: bytes, to: end &+ 3)
    }
    text.store(Punctuation.end, at: end)
    return end &+ 3
  }

  /// Bytes behind the fields that may be read, and behind the text that may be written over, because sixteen are copied
  /// at a time.
  private static var slack: Int { 16 }

  /// As words, with the first byte in the lowest bits.
  private enum Punctuation {
    /// `[["`
    static var begin: UInt64 { 0x22_5B5B }
    /// `","`
    static var betweenNameAndValue: UInt64 { 0x22_2C22 }
    /// `"],["`
    static var betweenFields: UInt64 { 0x22_5B2C_5D22 }
    /// `"]]`
    static var end: UInt64 { 0x5D_5D22 }
  }
}

extension MutableSpan<UInt8> {
  /// Replaces the eight bytes from `offset` on.
  @inline(__always)
  fileprivate mutating func store(_ word: UInt64, at offset: Int) {
    var rest = _mutatingExtracting(offset..<count)
    // Stands for the checks of the eight, and the compiler makes one store of them.
    precondition(rest.count >= 8)
    for index in 0..<8 { rest[index] = UInt8(truncatingIfNeeded: word &>> UInt64(8 &* index)) }
  }

  /// Copies a range of `source`, behind which there are fifteen more bytes, to `offset` and answers where that ends. Up to
  /// fifteen bytes behind it are changed, too.
  @inline(__always)
  fileprivate mutating func copy(_ range: Range<Int>, of source: Span<UInt8>, to offset: Int) -> Int {
    let end = offset &+ range.count
    var rest = source.extracting(range.lowerBound..<source.count)
    var to = offset
    // Names and values are short: a block copy would mostly find out how short.
    while to < end {
      var target = _mutatingExtracting(to..<count)
      // Stands for the checks of the sixteen, and the compiler makes one load and one store of them.
      precondition(rest.count >= 16 && target.count >= 16)
      var bytes = SIMD16<UInt8>()
      for index in 0..<16 { bytes[index] = rest[index] }
      for index in 0..<16 { target[index] = bytes[index] }
      rest = rest.extracting(droppingFirst: 16)
      to &+= 16
    }
    return end
  }
}
