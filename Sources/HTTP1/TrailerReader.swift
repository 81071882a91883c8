// SPDX-License-Identifier: Apache-2.0

/// Checks a trailer section with the grammar of the head's fields and keeps nothing of it (RFC 9112, 7.1.2).
///
/// Fields that frame, route or authenticate a message must not be sent as trailers (RFC 9110, 6.5.1). The ones that
/// decide framing and routing are refused rather than ignored, for a recipient that merged them would read another message.
struct TrailerReader: Sendable {
  private enum Stage {
    case lineStart, name, value, lineFeed, endLineFeed
  }

  private static var longestForbidden: Int { 17 }

  private let limits: HTTPLimits
  private var stage = Stage.lineStart
  private var length = 0
  private var count = 0
  /// The beginning of the current name in lower case; a longer name is none of the forbidden ones.
  private var name = InlineArray<17, UInt8>(repeating: 0)
  private var nameLength = 0

  init(limits: HTTPLimits) { self.limits = limits }

  /// Whether `byte` ends the section.
  mutating func read(_ byte: UInt8) throws(HTTPFault) -> Bool {
    length += 1
    guard length <= limits.trailers else { throw .trailersTooLarge }
    switch stage {
    case .lineStart: try readLineStart(byte)
    case .name: try readName(byte)
    case .value:
      if byte == .carriageReturn {
        stage = .lineFeed
      } else if !byte.isFieldContent {
        throw byte == .lineFeed ? .bareLineFeed : .invalidFieldValue
      }
    case .lineFeed:
      guard byte == .lineFeed else { throw .bareCarriageReturn }
      stage = .lineStart
    case .endLineFeed:
      guard byte == .lineFeed else { throw .bareCarriageReturn }
      return true
    }
    return false
  }

  private mutating func readLineStart(_ byte: UInt8) throws(HTTPFault) {
    if ByteSet.token.contains(byte) {
      count += 1
      guard count <= limits.fields else { throw .tooManyTrailers }
      nameLength = 0
      keep(byte)
      stage = .name
      return
    }
    switch byte {
    case .carriageReturn: stage = .endLineFeed
    case .lineFeed: throw .bareLineFeed
    case .space, .tab: throw count == 0 ? .whitespaceBeforeFirstField : .lineFolding
    case UInt8(ascii: ":"): throw .emptyFieldName
    default: throw .invalidFieldName
    }
  }

  private mutating func readName(_ byte: UInt8) throws(HTTPFault) {
    if ByteSet.token.contains(byte) {
      keep(byte)
      return
    }
    switch byte {
    case UInt8(ascii: ":"):
      guard !isForbidden else { throw .forbiddenTrailer }
      stage = .value
    case .space, .tab: throw .whitespaceBeforeColon
    case .carriageReturn: throw .missingColon
    case .lineFeed: throw .bareLineFeed
    default: throw .invalidFieldName
    }
  }

  private mutating func keep(_ byte: UInt8) {
    if nameLength < Self.longestForbidden { name[nameLength] = byte.lowercased }
    nameLength += 1
  }

  private var isForbidden: Bool {
    guard nameLength <= Self.longestForbidden else { return false }
    let range = 0..<nameLength
    return name.span.matches(range, "content-length") || name.span.matches(range, "transfer-encoding")
      || name.span.matches(range, "host")
  }
}
