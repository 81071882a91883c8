// SPDX-License-Identifier: Apache-2.0

private import HTTP1
private import JSON
internal import Server

/// The field lines of a request as JSON text, for the journal: an array of `["name","value"]` in the order received.
enum FieldLines {
  /// Credentials that somebody sends us have no place on our disk; a callback carries none.
  private static let masked: [StaticString] = ["authorization", "cookie", "proxy-authorization"]

  /// Replaces the content of `text`.
  static func write(_ request: borrowing Request, to text: inout [UInt8]) {
    text.removeAll(keepingCapacity: true)
    text.append(UInt8(ascii: "["))
    for index in 0..<request.head.fieldCount {
      if index > 0 { text.append(UInt8(ascii: ",")) }
      let name = request.head.fieldName(index)
      text.append(UInt8(ascii: "["))
      JSON.appendQuoted(request.bytes.span.extracting(name), to: &text)
      text.append(UInt8(ascii: ","))
      appendValue(request.head.fieldValue(index), isMasked: isMasked(name, request), request, to: &text)
      text.append(UInt8(ascii: "]"))
    }
    text.append(UInt8(ascii: "]"))
  }

  private static func appendValue(
    _ value: Range<Int>, isMasked: Bool, _ request: borrowing Request, to text: inout [UInt8]
  ) {
    guard !isMasked else { return JSON.appendQuoted("***", to: &text) }
    if request.bytes[value].allSatisfy({ $0 < 0x80 }) {
      JSON.appendQuoted(request.bytes.span.extracting(value), to: &text)
    } else {
      // Bytes above ASCII have no charset in a field value (RFC 9110 section 5.5); as Latin-1 none is lost.
      JSON.appendQuoted(String(String.UnicodeScalarView(request.bytes[value].map { Unicode.Scalar($0) })), to: &text)
    }
  }

  private static func isMasked(_ name: Range<Int>, _ request: borrowing Request) -> Bool {
    for candidate in masked where candidate.utf8CodeUnitCount == name.count {
      let text = String(decoding: request.bytes[name], as: UTF8.self).lowercased()
      if text == candidate.description { return true }
    }
    return false
  }
}
