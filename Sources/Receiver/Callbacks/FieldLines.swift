// SPDX-License-Identifier: Apache-2.0

private import HTTP1
private import JSON
internal import Server

/// The field lines of a request as JSON text, for the journal: an array of `["name","value"]` in the order received.
enum FieldLines {
  /// Credentials that somebody sends us have no place on our disk; a callback carries none.
  private static let masked = ["authorization", "cookie", "proxy-authorization"]

  /// Replaces the content of `text`.
  static func write(_ request: borrowing Request, to text: inout [UInt8]) {
    let bytes = request.bytes.span
    text.removeAll(keepingCapacity: true)
    text.append(UInt8(ascii: "["))
    for index in 0..<request.head.fieldCount {
      let name = bytes.extracting(request.head.fieldName(index))
      let value = bytes.extracting(request.head.fieldValue(index))
      if index > 0 { text.append(UInt8(ascii: ",")) }
      if isPlain(value), !isMasked(name) {
        appendPlain(name, value, to: &text)
      } else {
        append(name, isMasked(name) ? Array("***".utf8) : latin1(value), to: &text)
      }
    }
    text.append(UInt8(ascii: "]"))
  }

  /// Whether the value stands for itself between quotation marks. A name, which is a token, always does.
  private static func isPlain(_ value: Span<UInt8>) -> Bool {
    for index in value.indices {
      let byte = value[index]
      // The only control character that a value may have is the tab.
      if byte < 0x20 || byte >= 0x80 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { return false }
    }
    return true
  }

  private static func appendPlain(_ name: Span<UInt8>, _ value: Span<UInt8>, to text: inout [UInt8]) {
    text.append(addingCapacity: name.count + value.count + 7) { text in
      text.append(UInt8(ascii: "["))
      text.append(UInt8(ascii: "\""))
      for index in name.indices { text.append(name[index]) }
      text.append(UInt8(ascii: "\""))
      text.append(UInt8(ascii: ","))
      text.append(UInt8(ascii: "\""))
      for index in value.indices { text.append(value[index]) }
      text.append(UInt8(ascii: "\""))
      text.append(UInt8(ascii: "]"))
    }
  }

  private static func append(_ name: Span<UInt8>, _ value: [UInt8], to text: inout [UInt8]) {
    text.append(UInt8(ascii: "["))
    JSON.appendQuoted(name, to: &text)
    text.append(UInt8(ascii: ","))
    JSON.appendQuoted(value.span, to: &text)
    text.append(UInt8(ascii: "]"))
  }

  /// Bytes above ASCII have no charset in a field value (RFC 9110 section 5.5); as Latin-1 none is lost.
  private static func latin1(_ value: Span<UInt8>) -> [UInt8] {
    var text = String.UnicodeScalarView()
    for index in value.indices { text.append(Unicode.Scalar(value[index])) }
    return Array(String(text).utf8)
  }

  private static func isMasked(_ name: Span<UInt8>) -> Bool {
    // Most names differ in their length from all three.
    guard name.count == 6 || name.count == 13 || name.count == 19 else { return false }
    return masked.contains { candidate in
      let utf8 = candidate.utf8
      let wanted = utf8.span
      guard wanted.count == name.count else { return false }
      for index in wanted.indices where name[index] | 0x20 != wanted[index] { return false }
      return true
    }
  }
}
