// SPDX-License-Identifier: Apache-2.0

/// HTTP-version = "HTTP" "/" DIGIT "." DIGIT, in upper case (RFC 9112, 2.3)
extension RequestParser {
  mutating func readVersionName(_ message: Span<UInt8>, _ stop: Int) throws(HTTPFault) {
    while next < stop, stage == .versionName {
      let expected: UInt8 =
        switch next - mark {
        case 0: UInt8(ascii: "H")
        case 1, 2: UInt8(ascii: "T")
        case 3: UInt8(ascii: "P")
        default: UInt8(ascii: "/")
        }
      guard message[next] == expected else { throw .invalidVersion }
      next += 1
      if next - mark == 5 { stage = .versionMajor }
    }
  }

  /// A well-formed version with another major number is 505, as is one that names the major number alone, as in
  /// "HTTP/3"; anything else is malformed.
  mutating func readVersionNumber(_ byte: UInt8) throws(HTTPFault) {
    switch stage {
    case .versionMajor:
      guard byte.isDigit else { throw .invalidVersion }
      stage = byte == UInt8(ascii: "1") ? .versionDot : .otherVersionDot
    case .versionDot:
      guard byte == UInt8(ascii: ".") else { throw .invalidVersion }
      stage = .versionMinor
    case .otherVersionDot:
      if byte == .carriageReturn { throw .unsupportedVersion }
      guard byte == UInt8(ascii: ".") else { throw .invalidVersion }
      stage = .otherVersionMinor
    case .otherVersionMinor: throw byte.isDigit ? .unsupportedVersion : .invalidVersion
    default:
      guard byte.isDigit else { throw .invalidVersion }
      // PRI is let through to here so that the HTTP/2 preface is told from a malformed request (RFC 9113, 3.4).
      if isPreface, head.form == .asterisk { throw .targetFormNotForMethod }
      head.minorVersion = byte &- 0x30
      stage = .requestLineEnd
    }
    next += 1
  }

  mutating func readRequestLineEnd(_ byte: UInt8) throws(HTTPFault) {
    switch byte {
    case .carriageReturn:
      next += 1
      stage = .requestLineFeed
    case .lineFeed: throw .bareLineFeed
    default: throw .invalidVersion
    }
  }
}
