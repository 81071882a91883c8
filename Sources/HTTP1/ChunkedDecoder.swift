// SPDX-License-Identifier: Apache-2.0

/// What a call of `ChunkedDecoder.decode` found. `consumed` counts from the call's `from`.
package enum ChunkedResult: Hashable, Sendable {
  /// All bytes given were used; the body goes on. They need not be kept.
  case needMore(consumed: Int)
  /// The body is complete with its trailer section; the next message begins after `consumed` bytes.
  case done(consumed: Int)
  /// The body is refused; answer and close. Further calls answer the same.
  case fault(HTTPFault)
}

/// Takes the chunked transfer coding off a request body (RFC 9112, 7.1). Like the head it is read one byte at a time, so
/// it can be fed in any pieces, and every byte once.
///
/// Chunk extensions are checked and ignored, trailer fields are checked and dropped. Blanks are taken where the grammar
/// forgives them, around the delimiters of an extension (BWS, which RFC 9110, 5.6.3 tells every recipient to parse). A
/// blank before the size, or one that no delimiter follows, is where parsers are known to differ, and is refused.
package struct ChunkedDecoder: Sendable {
  package let limits: HTTPLimits
  /// How many bytes of content have been decoded so far.
  package private(set) var decodedCount = 0

  private enum Stage {
    case size, sizeEnd, sizeLineFeed
    case `extension`(ChunkExtensionGrammar)
    case data, dataEnd, dataLineFeed
    case trailers, complete
  }

  private var stage = Stage.size
  private var hasSize = false
  /// The size being read, then what is left of the chunk.
  private var remaining = 0
  private var lineLength = 0
  private var extensionLength = 0
  private var trailers: TrailerReader
  private var failure: HTTPFault?

  package init(limits: HTTPLimits = .standard) {
    self.limits = limits
    trailers = TrailerReader(limits: limits)
  }

  /// Begins a new body.
  package mutating func reset() { self = ChunkedDecoder(limits: limits) }

  /// Decodes what is in `bytes` from `from` on and appends the content to `output`.
  package mutating func decode(_ bytes: Span<UInt8>, from: Int, into output: inout [UInt8]) -> ChunkedResult {
    if let failure { return .fault(failure) }
    var next = from
    do {
      while next < bytes.count {
        if case .complete = stage { break }
        if case .data = stage {
          let count = min(remaining, bytes.count - next)
          output.append(bytes, next..<next + count)
          next += count
          remaining -= count
          decodedCount += count
          if remaining == 0 { stage = .dataEnd }
        } else {
          try read(bytes[next])
          next += 1
        }
      }
    } catch {
      failure = error
      return .fault(error)
    }
    if case .complete = stage { return .done(consumed: next - from) }
    return .needMore(consumed: next - from)
  }

  private mutating func read(_ byte: UInt8) throws(HTTPFault) {
    switch stage {
    case .size:
      try countLineByte()
      try readSize(byte)
    case .sizeEnd:
      try countLineByte()
      if byte == UInt8(ascii: ";") {
        stage = .extension(ChunkExtensionGrammar())
      } else if !byte.isBlank {
        throw byte == .lineFeed ? .bareLineFeed : .invalidChunkSize
      }
    case .sizeLineFeed:
      try countLineByte()
      guard byte == .lineFeed else { throw .bareCarriageReturn }
      stage = remaining > 0 ? .data : .trailers
    case .extension(var grammar):
      try countLineByte()
      extensionLength += 1
      guard extensionLength <= limits.chunkExtensions else { throw .chunkExtensionsTooLarge }
      stage = try grammar.read(byte) ? .sizeLineFeed : .extension(grammar)
    case .dataEnd:
      guard byte == .carriageReturn else { throw byte == .lineFeed ? .bareLineFeed : .invalidChunkEnd }
      stage = .dataLineFeed
    case .dataLineFeed:
      guard byte == .lineFeed else { throw .bareCarriageReturn }
      stage = .size
      hasSize = false
      lineLength = 0
    case .trailers:
      if try trailers.read(byte) { stage = .complete }
    case .data, .complete: break
    }
  }

  private mutating func countLineByte() throws(HTTPFault) {
    lineLength += 1
    guard lineLength <= limits.chunkLine else { throw .chunkLineTooLong }
  }

  /// chunk-size = 1*HEXDIG. Zeros in front are of no account, as long as the line keeps within its limit.
  private mutating func readSize(_ byte: UInt8) throws(HTTPFault) {
    if let digit = byte.hexValue {
      hasSize = true
      guard remaining <= Int.max >> 4 else { throw .chunkSizeOverflow }
      remaining = remaining << 4 | Int(digit)
      return
    }
    guard hasSize else { throw byte == .lineFeed ? .bareLineFeed : .invalidChunkSize }
    switch byte {
    case .carriageReturn: stage = .sizeLineFeed
    case .space, .tab: stage = .sizeEnd
    case UInt8(ascii: ";"): stage = .extension(ChunkExtensionGrammar())
    case .lineFeed: throw .bareLineFeed
    default: throw .invalidChunkSize
    }
    guard remaining <= limits.body - decodedCount else { throw .bodyTooLarge }
  }
}

extension [UInt8] {
  /// Appends a part of `bytes`.
  mutating func append(_ bytes: Span<UInt8>, _ range: Range<Int>) {
    // For nothing the library would still write the length, of an empty array into storage that all threads share.
    guard !range.isEmpty else { return }
    append(addingCapacity: range.count) { (output: inout OutputSpan<UInt8>) in
      for index in range { output.append(bytes[index]) }
    }
  }
}
