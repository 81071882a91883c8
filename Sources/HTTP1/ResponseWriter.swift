// SPDX-License-Identifier: Apache-2.0

/// Writes response heads and chunk framing behind what is in a byte array. Whatever would let text from outside break
/// out of its field is refused, and then the array is as it was (RFC 9110, 5.5; response splitting).
package enum ResponseWriter {
  /// Appends a whole head with its final empty line.
  /// - Parameters:
  ///   - date: the Date field; nil writes none, as 1xx and 5xx may (RFC 9110, 6.6.1).
  package static func append(
    _ head: ResponseHead, date: IMFDate?, to buffer: inout [UInt8]
  ) throws(ResponseFault) {
    let count = buffer.count
    do {
      try appendStatusLine(head.status, to: &buffer)
      if let date { appendDate(date, to: &buffer) }
      for field in head.fields { try appendField(field.name, field.value, to: &buffer) }
      try appendFraming(head.body, status: head.status, connection: head.connection, to: &buffer)
      appendConnection(head.connection, to: &buffer)
      endHead(&buffer)
    } catch {
      buffer.removeSubrange(count...)
      throw error
    }
  }

  /// `HTTP/1.1 100 Continue`, complete with its empty line.
  package static func appendContinue(to buffer: inout [UInt8]) {
    buffer.append(text: "HTTP/1.1 100 Continue\r\n\r\n")
  }

  /// The status line always says HTTP/1.1: it names what this side can (RFC 9110, 2.5).
  package static func appendStatusLine(_ status: Int, to buffer: inout [UInt8]) throws(ResponseFault) {
    guard 100...599 ~= status else { throw .invalidStatus }
    buffer.append(text: "HTTP/1.1 ")
    buffer.append(decimal: status)
    buffer.append(.space)
    buffer.append(text: reasonPhrase(status))
    buffer.append(text: "\r\n")
  }

  package static func appendDate(_ date: IMFDate, to buffer: inout [UInt8]) {
    buffer.append(text: "Date: ")
    date.write(into: &buffer)
    buffer.append(text: "\r\n")
  }

  /// Appends one field line. On an error nothing is appended.
  package static func appendField(_ name: String, _ value: String, to buffer: inout [UInt8]) throws(ResponseFault) {
    guard !name.isEmpty, name.utf8.allSatisfy(ByteSet.token.contains) else { throw .invalidFieldName }
    guard !isReserved(name) else { throw .reservedField }
    guard
      value.utf8.allSatisfy(\.isFieldContent), value.utf8.first?.isBlank != true, value.utf8.last?.isBlank != true
    else { throw .invalidFieldValue }
    appendLine(name, value, to: &buffer)
  }

  /// Content-Length or Transfer-Encoding, as far as the status may have one. A 304 may tell the length that a 200 would
  /// have had.
  package static func appendFraming(
    _ body: ResponseBody, status: Int, connection: ResponseConnection, to buffer: inout [UInt8]
  ) throws(ResponseFault) {
    let isBare = status < 200 || status == 204
    switch body {
    case .none:
      guard isBare || status == 304 else { throw .framingNotForStatus }
    case .length(let length):
      guard !isBare, length >= 0 else { throw .framingNotForStatus }
      buffer.append(text: "Content-Length: ")
      buffer.append(decimal: length)
      buffer.append(text: "\r\n")
    case .chunked:
      guard !isBare, status != 304 else { throw .framingNotForStatus }
      appendLine("Transfer-Encoding", "chunked", to: &buffer)
    case .untilClose:
      guard !isBare, status != 304, connection == .close else { throw .framingNotForStatus }
    }
  }

  package static func appendConnection(_ connection: ResponseConnection, to buffer: inout [UInt8]) {
    switch connection {
    case .persistent: break
    case .keepAlive: appendLine("Connection", "keep-alive", to: &buffer)
    case .close: appendLine("Connection", "close", to: &buffer)
    }
  }

  /// The empty line behind the last field.
  package static func endHead(_ buffer: inout [UInt8]) { buffer.append(text: "\r\n") }

  /// Appends one chunk; nothing for no bytes, because an empty chunk ends the body.
  package static func appendChunk(_ bytes: Span<UInt8>, to buffer: inout [UInt8]) {
    guard !bytes.isEmpty else { return }
    buffer.append(text: String(bytes.count, radix: 16))
    buffer.append(text: "\r\n")
    buffer.append(bytes, 0..<bytes.count)
    buffer.append(text: "\r\n")
  }

  /// Ends a chunked body, without trailers.
  package static func appendLastChunk(to buffer: inout [UInt8]) { buffer.append(text: "0\r\n\r\n") }

  private static func appendLine(_ name: String, _ value: String, to buffer: inout [UInt8]) {
    buffer.append(text: name)
    buffer.append(text: ": ")
    buffer.append(text: value)
    buffer.append(text: "\r\n")
  }

  private static func isReserved(_ name: String) -> Bool {
    switch name.utf8.count {
    case 4: name.equals("date")
    case 10: name.equals("connection")
    case 14: name.equals("content-length")
    case 17: name.equals("transfer-encoding")
    default: false
    }
  }
}

extension String {
  /// Equality with a lower-case ASCII text of the same length, whatever the case of `self`.
  fileprivate func equals(_ text: String) -> Bool { zip(utf8, text.utf8).allSatisfy { $0.lowercased == $1 } }
}

extension [UInt8] {
  mutating func append(text: String) { append(contentsOf: text.utf8) }

  /// Appends a number that is not negative.
  mutating func append(decimal number: Int) {
    var divisor = 1
    while number / divisor >= 10 { divisor *= 10 }
    while divisor > 0 {
      append(UInt8(ascii: "0") + UInt8(number / divisor % 10))
      divisor /= 10
    }
  }
}
