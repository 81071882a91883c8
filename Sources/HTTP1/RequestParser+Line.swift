// SPDX-License-Identifier: Apache-2.0

/// request-line = method SP request-target SP HTTP-version CRLF (RFC 9112, 3)
extension RequestParser {
  /// RFC 9112, 2.2 asks to ignore at least one empty line; more than this is not a client's slip.
  private static var maximumEmptyLines: Int { 2 }

  mutating func readStart(_ byte: UInt8) throws(HTTPFault) {
    if ByteSet.token.contains(byte) {
      head.lineStart = UInt32(truncatingIfNeeded: next)
      mark = next
      stage = .method
      return
    }
    switch byte {
    case .carriageReturn:
      guard emptyLines < Self.maximumEmptyLines else { throw .tooManyEmptyLines }
      next += 1
      stage = .emptyLineEnd
    case .lineFeed: throw .bareLineFeed
    case 0x16 where next == 0: throw .tlsOnPlainPort
    default: throw .invalidMethod
    }
  }

  mutating func readEmptyLineEnd(_ byte: UInt8) throws(HTTPFault) {
    try readLineFeed(byte, then: .start)
    emptyLines += 1
  }

  mutating func readMethod(_ message: Span<UInt8>, _ stop: Int) throws(HTTPFault) {
    let end = min(stop, mark + limits.method)
    while next < end, ByteSet.token.contains(message[next]) { next += 1 }
    guard next < stop else { return }
    if message[next] == .space {
      head.method = HTTPMethod(mark..<next, in: message)
      head.methodEnd = UInt32(truncatingIfNeeded: next)
      isPreface = message.matches(mark..<next, "PRI")
      next += 1
      mark = next
      stage = .target
    } else {
      throw ByteSet.token.contains(message[next]) ? .methodTooLong : .invalidMethod
    }
  }

  /// The first byte of the target tells its form (RFC 9112, 3.2); CONNECT takes only its own.
  mutating func readTargetStart(_ byte: UInt8) throws(HTTPFault) {
    if head.method == .connect {
      guard ByteSet.authority.contains(byte) else { throw .targetFormNotForMethod }
      head.form = .authority
      stage = .authority
    } else if byte == UInt8(ascii: "/") {
      head.form = .origin
      pathMark = next
      stage = .path
    } else if byte == UInt8(ascii: "*") {
      guard head.method == .options || isPreface else { throw .targetFormNotForMethod }
      head.form = .asterisk
      next += 1
      stage = .asteriskEnd
    } else if byte.isLetter {
      head.form = .absolute
      stage = .scheme
    } else {
      throw .invalidTarget
    }
  }

  mutating func readAsteriskEnd(_ byte: UInt8) throws(HTTPFault) {
    guard byte == .space else { throw .invalidTarget }
    finishTarget()
  }

  /// Only http and https name a resource here; their scheme is matched in any case (RFC 9110, 4.2.3).
  mutating func readScheme(_ message: Span<UInt8>, _ stop: Int) throws(HTTPFault) {
    while next < stop, message[next].isLetter, next - mark <= 5 { next += 1 }
    guard next < stop else { return }
    let name = mark..<next
    guard
      message[next] == UInt8(ascii: ":"),
      message.matches(name, ignoringCase: "http") || message.matches(name, ignoringCase: "https")
    else { throw .invalidTarget }
    next += 1
    stage = .schemeFirstSlash
  }

  mutating func readSchemeSlash(_ byte: UInt8, then following: Stage) throws(HTTPFault) {
    guard byte == UInt8(ascii: "/") else { throw .invalidTarget }
    next += 1
    stage = following
    authorityMark = next
  }

  /// The authority of an absolute target, or the whole target of CONNECT. Userinfo is refused (RFC 9110, 4.2.4).
  mutating func readAuthority(_ message: Span<UInt8>, _ stop: Int) throws(HTTPFault) {
    let isWhole = head.form == .authority
    let first = isWhole ? mark : authorityMark
    while next < stop, ByteSet.authority.contains(message[next]) { next += 1 }
    guard next < stop else { return }
    let range = first..<next
    let byte = message[next]
    guard byte == .space || (!isWhole && (byte == UInt8(ascii: "/") || byte == UInt8(ascii: "?"))) else {
      throw .invalidAuthority
    }
    guard Authority.isValid(range, in: message, port: isWhole ? .required : .optional) else { throw .invalidAuthority }
    head.hostPlace = Place(range)
    head.hasHost = true
    head.pathPlace = Place(next..<next)
    pathMark = next
    switch byte {
    case .space: finishTarget()
    case UInt8(ascii: "?"): beginQuery()
    default: stage = .path
    }
  }

  mutating func readPath(_ message: Span<UInt8>, _ stop: Int) throws(HTTPFault) {
    try readURIPart(message, stop, .path)
    guard next < stop else { return }
    switch message[next] {
    case .space:
      head.pathPlace = Place(pathMark..<next)
      finishTarget()
    case UInt8(ascii: "?"):
      head.pathPlace = Place(pathMark..<next)
      beginQuery()
    default: throw .invalidTarget
    }
  }

  mutating func readQuery(_ message: Span<UInt8>, _ stop: Int) throws(HTTPFault) {
    try readURIPart(message, stop, .query)
    guard next < stop else { return }
    guard message[next] == .space else { throw .invalidTarget }
    head.queryPlace = Place(queryMark..<next)
    finishTarget()
  }

  /// Stands at the first byte that is neither in `set` nor part of a "%" with its two hexadecimal digits.
  private mutating func readURIPart(_ message: Span<UInt8>, _ stop: Int, _ set: ByteSet) throws(HTTPFault) {
    while next < stop {
      if escapeDigits > 0 {
        guard message[next].hexValue != nil else { throw .invalidTarget }
        escapeDigits -= 1
      } else {
        var index = message.extracting(0..<stop).first(from: next) { $0.notOfPath }
        while index < stop, set.contains(message[index]) { index += 1 }
        next = index
        guard index < stop, message[index] == UInt8(ascii: "%") else { return }
        escapeDigits = 2
      }
      next += 1
    }
  }

  private mutating func beginQuery() {
    next += 1
    queryMark = next
    head.hasQuery = true
    stage = .query
  }

  private mutating func finishTarget() {
    head.targetPlace = Place(mark..<next)
    next += 1
    mark = next
    stage = .versionName
  }
}
