// SPDX-License-Identifier: Apache-2.0

/// What follows the first ";" of a chunk-size line (RFC 9112, 7.1.1):
///
///     chunk-ext = *( BWS ";" BWS token [ BWS "=" BWS ( token / quoted-string ) ] )
///
/// Blanks stand before and behind the delimiters only, never at the end of the line.
struct ChunkExtensionGrammar: Sendable {
  private enum Stage {
    case nameStart, name, nameEnd, valueStart, token, quoted, quotedPair, quotedEnd, valueEnd
  }

  private var stage = Stage.nameStart

  /// Whether `byte` is the CR that ends the line.
  mutating func read(_ byte: UInt8) throws(HTTPFault) -> Bool {
    let isToken = ByteSet.token.contains(byte)
    switch stage {
    case .nameStart where isToken: stage = .name
    case .name where isToken: break
    case .name where byte == UInt8(ascii: "="), .nameEnd where byte == UInt8(ascii: "="): stage = .valueStart
    case .name where byte.isBlank: stage = .nameEnd
    case .valueStart where isToken: stage = .token
    case .valueStart where byte == UInt8(ascii: "\""): stage = .quoted
    case .token where isToken: break
    case .token where byte.isBlank, .quotedEnd where byte.isBlank: stage = .valueEnd
    case .nameStart where byte.isBlank, .nameEnd where byte.isBlank, .valueStart where byte.isBlank,
      .valueEnd where byte.isBlank:
      break
    case .nameEnd where byte == UInt8(ascii: ";"), .valueEnd where byte == UInt8(ascii: ";"): stage = .nameStart
    case .name, .token, .quotedEnd: return try readEnd(byte)
    case .quoted where byte == UInt8(ascii: "\""): stage = .quotedEnd
    case .quoted where byte == UInt8(ascii: "\\"): stage = .quotedPair
    case .quoted where byte >= 0x80 || ByteSet.quotedText.contains(byte): break
    case .quotedPair where byte.isFieldContent: stage = .quoted
    default: throw byte == .lineFeed ? .bareLineFeed : .invalidChunkExtension
    }
    return false
  }

  private mutating func readEnd(_ byte: UInt8) throws(HTTPFault) -> Bool {
    switch byte {
    case .carriageReturn: return true
    case UInt8(ascii: ";"):
      stage = .nameStart
      return false
    case .lineFeed: throw .bareLineFeed
    default: throw .invalidChunkExtension
    }
  }
}
