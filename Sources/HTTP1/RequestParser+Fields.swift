// SPDX-License-Identifier: Apache-2.0

/// field-line = field-name ":" OWS field-value OWS, each ending in CRLF (RFC 9112, 5)
extension RequestParser {
  mutating func readFieldStart(_ byte: UInt8) throws(HTTPFault) {
    if ByteSet.token.contains(byte) {
      guard head.fieldCount < limits.fields else { throw .tooManyFields }
      mark = next
      stage = .fieldName
      return
    }
    switch byte {
    case .carriageReturn:
      next += 1
      stage = .headLineFeed
    case .lineFeed: throw .bareLineFeed
    case .space, .tab: throw head.fieldCount == 0 ? .whitespaceBeforeFirstField : .lineFolding
    case UInt8(ascii: ":"): throw .emptyFieldName
    default: throw .invalidFieldName
    }
  }

  mutating func readFieldName(_ message: Span<UInt8>, _ stop: Int) throws(HTTPFault) {
    var index = next
    while index < stop, ByteSet.token.contains(message[index]) { index += 1 }
    next = index
    guard index < stop else { return }
    switch message[index] {
    case UInt8(ascii: ":"):
      nameEnd = index
      next = index + 1
      stage = .fieldBlank
      try readFieldBlank(message, stop)
    case .space, .tab: throw .whitespaceBeforeColon
    case .carriageReturn: throw .missingColon
    case .lineFeed: throw .bareLineFeed
    default: throw .invalidFieldName
    }
  }

  mutating func readFieldBlank(_ message: Span<UInt8>, _ stop: Int) throws(HTTPFault) {
    while next < stop, message[next].isBlank { next += 1 }
    guard next < stop else { return }
    valueStart = next
    stage = .fieldValue
    try readFieldValue(message, stop)
  }

  mutating func readFieldValue(_ message: Span<UInt8>, _ stop: Int) throws(HTTPFault) {
    var index = next
    while index < stop, message[index].isFieldContent { index += 1 }
    next = index
    guard index < stop else { return }
    switch message[index] {
    case .carriageReturn:
      valueEnd = index
      while valueEnd > valueStart, message[valueEnd - 1].isBlank { valueEnd -= 1 }
      next = index + 1
      stage = .fieldLineFeed
    case .lineFeed: throw .bareLineFeed
    default: throw .invalidFieldValue
    }
  }

  mutating func finishField(_ message: Span<UInt8>) throws(HTTPFault) {
    let name = mark..<nameEnd
    let value = valueStart..<valueEnd
    head.append(FieldPlace(name: Place(name), value: Place(value)))
    head.hasPlainValues = false
    try framing.note(name, value, in: message)
  }

  /// What only the whole head can tell. Malformed framing (400) goes before what is merely not supported.
  mutating func finishHead() throws(HTTPFault) {
    let isHTTP10 = head.minorVersion == 0
    if let host = framing.host {
      if !head.hasHost {
        head.hostPlace = Place(host)
        head.hasHost = true
      }
    } else if !isHTTP10 {
      throw .missingHost
    }
    head.framing = try framing.body(isHTTP10: isHTTP10, limit: limits.body)
    head.isKeepAlive = isHTTP10 ? framing.saysKeepAlive && !framing.saysClose : !framing.saysClose
    switch framing.expectation {
    case .none: break
    case .continue: head.expectsContinue = !isHTTP10
    case .other: throw .unknownExpectation
    }
  }
}
