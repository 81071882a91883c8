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
      if JSON.isPlain(value), !isMasked(name) {
        appendPlain(name, value, to: &text)
      } else {
        append(name, isMasked(name) ? Array("***".utf8) : latin1(value), to: &text)
      }
    }
    text.append(UInt8(ascii: "]"))
  }

  /// A name, which is a token, always stands for itself between quotation marks.
  private static func appendPlain(_ name: Span<UInt8>, _ value: Span<UInt8>, to text: inout [UInt8]) {
    let size = name.count &+ value.count &+ 7
    text.append(addingCapacity: size) { output in
      output.append(repeating: UInt8(ascii: "\""), count: size)
      var text = output.mutableSpan
      text[0] = UInt8(ascii: "[")
      text.write(name, at: 2)
      text[name.count &+ 3] = UInt8(ascii: ",")
      text.write(value, at: name.count &+ 5)
      text[size &- 1] = UInt8(ascii: "]")
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
    // Most names differ in their length or their first letter from all three.
    guard name.count == 6 || name.count == 13 || name.count == 19, name[0] | 0x20 < UInt8(ascii: "q") else {
      return false
    }
    return masked.contains { candidate in
      let utf8 = candidate.utf8
      let wanted = utf8.span
      guard wanted.count == name.count else { return false }
      for index in wanted.indices where name[index] | 0x20 != wanted[index] { return false }
      return true
    }
  }
}
