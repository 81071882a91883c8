// SPDX-License-Identifier: Apache-2.0

internal import HTTP1
private import JSON
internal import Server

/// The field lines of a request as JSON text, for the journal: an array of `["name","value"]` in the order received.
enum FieldLines {
  /// Credentials that somebody sends us have no place on our disk; a callback carries none.
  private static let masked = ["authorization", "cookie", "proxy-authorization"].map { Array($0.utf8) }

  /// Replaces the content of `text`.
  static func write(_ request: borrowing Request, to text: inout [UInt8]) {
    text.removeAll(keepingCapacity: true)
    if !writePlain(request, to: &text) { writeAny(request, to: &text) }
  }

  // MARK: - Any fields

  private static func writeAny(_ request: borrowing Request, to text: inout [UInt8]) {
    let bytes = request.bytes.span
    text.append(UInt8(ascii: "["))
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

  private static func isOneOfMasked(_ name: Range<Int>, in bytes: Span<UInt8>) -> Bool {
    masked.contains { bytes.matches(name, ignoringCase: $0.span) }
  }

  // MARK: - Plain fields

  /// Writes fields that need no escapes and no mask, in one go. `false`, and nothing written, when there are others.
  private static func writePlain(_ request: borrowing Request, to text: inout [UInt8]) -> Bool {
    let bytes = request.bytes.span
    let count = request.head.fieldCount
    guard count > 0 else { return false }
    let lines = request.head.fieldName(0).lowerBound..<request.head.fieldValue(count &- 1).upperBound
    // In the head at least ":" and the line's end stand where eight bytes are written.
    let most = lines.count &+ 5 &* count &+ 4
    var size: Int?
    text.append(addingCapacity: most) { output in
      output.append(repeating: UInt8(ascii: "\""), count: most)
      var text = output.mutableSpan
      size = writePlain(request, bytes, to: &text)
    }
    text.removeLast(text.count &- (size ?? 0))
    return size != nil
  }

  /// Writes between quotation marks that are there, and answers where that ends; `nil` for a field that is not plain.
  private static func writePlain(
    _ request: borrowing Request, _ bytes: Span<UInt8>, to text: inout MutableSpan<UInt8>
  ) -> Int? {
    var end = 0
    for index in 0..<request.head.fieldCount {
      let name = request.head.fieldName(index)
      let value = bytes.extracting(request.head.fieldValue(index))
      guard !isMasked(name, in: bytes), JSON.isPlain(value) else { return nil }
      text[end] = index == 0 ? UInt8(ascii: "[") : UInt8(ascii: ",")
      text[end &+ 1] = UInt8(ascii: "[")
      end = text.copy(bytes.extracting(name), at: end &+ 3) &+ 1
      text[end] = UInt8(ascii: ",")
      end = text.copy(value, at: end &+ 2) &+ 1
      text[end] = UInt8(ascii: "]")
      end &+= 1
    }
    text[end] = UInt8(ascii: "]")
    return end &+ 1
  }
}

extension MutableSpan<UInt8> {
  /// Replaces the bytes from `offset` on with those of `source` and answers where that ends.
  @inline(__always)
  fileprivate mutating func copy(_ source: Span<UInt8>, at offset: Int) -> Int {
    // Of two spans of one length the compiler makes a block copy.
    var target = _mutatingExtracting(offset..<offset &+ source.count)
    for index in source.indices { target[index] = source[index] }
    return offset &+ source.count
  }
}
