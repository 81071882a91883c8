// SPDX-License-Identifier: Apache-2.0

/// Collects the fields that decide where a message ends, whom it is for and what becomes of the connection.
struct FramingFields: Sendable {
  enum Expectation {
    case none, `continue`, other
  }

  /// Names as words, as `Words.lowercased` gives them.
  private enum Name {
    /// `host`
    static var host: UInt64 { 0x7473_6F68 }
    /// `content-` and `t-length`
    static var contentLength: (UInt64, UInt64) { (0x2D74_6E65_746E_6F63, 0x6874_676E_656C_2D74) }
  }

  enum TransferCoding {
    case none, chunked, unknownThenChunked, notChunked
  }

  private(set) var host: Range<Int>?
  private(set) var contentLength: Int?
  private(set) var transferCoding = TransferCoding.none
  private(set) var saysClose = false
  private(set) var saysKeepAlive = false
  private(set) var expectation = Expectation.none

  /// Takes a field line if it is one of these.
  @inline(__always)
  mutating func note(_ name: Range<Int>, _ value: Range<Int>, in message: Span<UInt8>) throws(HTTPFault) {
    // The two of these that nearly every request has, as words.
    switch name.count {
    case 4 where Words.lowercased(Words.loadHalf(message, at: name.lowerBound)) & 0xFFFF_FFFF == Name.host:
      try noteHost(value, in: message)
    case 14 where Self.isContentLength(name, in: message): try noteContentLength(value, in: message)
    case 6 where message.matches(name, ignoringCase: "expect"): noteExpect(value, in: message)
    case 10 where message.matches(name, ignoringCase: "connection"): try noteConnection(value, in: message)
    case 17 where message.matches(name, ignoringCase: "transfer-encoding"):
      try noteTransferEncoding(value, in: message)
    default: break
    }
  }

  @inline(__always)
  private static func isContentLength(_ name: Range<Int>, in message: Span<UInt8>) -> Bool {
    Words.lowercased(Words.load(message, at: name.lowerBound)) == Name.contentLength.0
      && Words.lowercased(Words.load(message, at: name.lowerBound &+ 6)) == Name.contentLength.1
  }

  /// RFC 9112, 3.2: exactly one, and valid.
  private mutating func noteHost(_ value: Range<Int>, in message: Span<UInt8>) throws(HTTPFault) {
    guard host == nil else { throw .duplicateHost }
    guard Authority.isValid(value, in: message, port: .optional) else { throw .invalidHost }
    host = value
  }

  /// RFC 9110, 10.1.1: 100-continue is the only expectation there is, so one line with it alone.
  private mutating func noteExpect(_ value: Range<Int>, in message: Span<UInt8>) {
    let isContinue = expectation == .none && message.matches(value, ignoringCase: "100-continue")
    expectation = isContinue ? .continue : .other
  }

  /// RFC 9110, 7.6.1: a list of tokens; empty elements are ignored (5.6.1.2).
  private mutating func noteConnection(_ value: Range<Int>, in message: Span<UInt8>) throws(HTTPFault) {
    try message.forEachListElement(value) { element throws(HTTPFault) in
      guard message.isToken(element) || element.isEmpty else { throw .invalidConnection }
      if message.matches(element, ignoringCase: "close") { saysClose = true }
      if message.matches(element, ignoringCase: "keep-alive") { saysKeepAlive = true }
    }
  }

  /// RFC 9110, 8.6 and RFC 9112, 6.3: 1*DIGIT, leading zeros included. A list of equal
  /// numbers, which a recipient may forgive, is not forgiven.
  private mutating func noteContentLength(_ value: Range<Int>, in message: Span<UInt8>) throws(HTTPFault) {
    guard contentLength == nil else { throw .duplicateContentLength }
    guard !value.isEmpty else { throw .invalidContentLength }
    var length = 0
    for index in value {
      let byte = message[index]
      guard byte.isDigit else { throw .invalidContentLength }
      let (scaled, overflow) = length.multipliedReportingOverflow(by: 10)
      let (sum, carry) = scaled.addingReportingOverflow(Int(byte &- 0x30))
      guard !overflow, !carry else { throw .contentLengthOverflow }
      length = sum
    }
    contentLength = length
  }

  /// RFC 9112, 6.1: a list of codings. Only `chunked` alone is understood; parameters are refused because no coding
  /// has any, and empty elements because recipients differ on what is then the last coding.
  private mutating func noteTransferEncoding(_ value: Range<Int>, in message: Span<UInt8>) throws(HTTPFault) {
    guard transferCoding == .none else { throw .duplicateTransferEncoding }
    if message.matches(value, ignoringCase: "chunked") {
      transferCoding = .chunked
      return
    }
    var isChunked = false
    try message.forEachListElement(value) { element throws(HTTPFault) in
      guard message.isToken(element) else { throw .invalidTransferEncoding }
      guard !isChunked else { throw .transferEncodingWithoutFinalChunked }
      isChunked = message.matches(element, ignoringCase: "chunked")
    }
    transferCoding = isChunked ? .unknownThenChunked : .notChunked
  }

  /// RFC 9112, 6.1 and 6.3: every way in which the two framing fields can contradict each other or the version.
  func body(isHTTP10: Bool, limit: Int) throws(HTTPFault) -> BodyFraming {
    guard transferCoding != .none else {
      guard let contentLength else { return .none }
      guard contentLength <= limit else { throw .bodyTooLarge }
      return .length(contentLength)
    }
    guard contentLength == nil else { throw .transferEncodingWithContentLength }
    guard !isHTTP10 else { throw .transferEncodingInHTTP10 }
    switch transferCoding {
    case .none, .chunked: return .chunked
    case .unknownThenChunked: throw .unknownTransferCoding
    case .notChunked: throw .transferEncodingWithoutFinalChunked
    }
  }
}

extension Span<UInt8> {
  /// RFC 9110, 5.6.2: 1*tchar.
  func isToken(_ range: Range<Int>) -> Bool {
    for index in range {
      guard ByteSet.token.contains(self[index]) else { return false }
    }
    return !range.isEmpty
  }

  /// Calls `body` with every comma-separated element of `range`, blanks around it removed; elements may be empty, and
  /// an empty range is one empty element.
  func forEachListElement(_ range: Range<Int>, _ body: (Range<Int>) throws(HTTPFault) -> Void) throws(HTTPFault) {
    var first = range.lowerBound
    for index in range where self[index] == UInt8(ascii: ",") {
      try body(trimmingBlanks(first..<index))
      first = index + 1
    }
    try body(trimmingBlanks(first..<range.upperBound))
  }
}
