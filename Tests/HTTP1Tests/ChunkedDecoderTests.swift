// SPDX-License-Identifier: Apache-2.0

import HTTP1
import HTTP1Vectors
import Testing

private enum Outcome: Hashable, Sendable {
  /// The content, and how many bytes are left over behind the body.
  case done(String, left: Int)
  case needMore
  case fault(HTTPFault)
}

/// Decodes in pieces of at most `step` bytes, after a first one of `first`.
private func decode(
  _ bytes: [UInt8], first: Int = 0, step: Int = .max, limits: HTTPLimits = .standard
) -> (outcome: Outcome, length: Int) {
  var decoder = ChunkedDecoder(limits: limits)
  var content: [UInt8] = []
  var next = 0
  var filled = min(first, bytes.count)
  while true {
    switch decoder.decode(bytes.span.extracting(0..<filled), from: next, into: &content) {
    case .done(let consumed):
      #expect(decoder.decodedCount == content.count)
      return (.done(String(decoding: content, as: UTF8.self), left: bytes.count - next - consumed), filled)
    case .fault(let fault): return (.fault(fault), filled)
    case .needMore(let consumed):
      #expect(consumed == filled - next)
      next += consumed
    }
    guard filled < bytes.count else { return (.needMore, filled) }
    filled += min(step, bytes.count - filled)
  }
}

private let accepted: [Case<Outcome>] = [
  Case("empty body", "0\r\n\r\n", .done("", left: 0)),
  Case("last chunk of many zeros", "000\r\n\r\n", .done("", left: 0)),
  Case(
    "forty zeros before a size", String(repeating: "0", count: 40) + "5\r\nhello\r\n0\r\n\r\n", .done("hello", left: 0)),
  Case("sixteen zeros", "0000000000000000\r\n\r\n", .done("", left: 0)),
  Case("one chunk", "5\r\nhello\r\n0\r\n\r\n", .done("hello", left: 0)),
  Case("two chunks", "5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n", .done("hello world", left: 0)),
  Case("leading zeros", "0005\r\nhello\r\n0\r\n\r\n", .done("hello", left: 0)),
  Case("upper-case digits", "A\r\n0123456789\r\n0\r\n\r\n", .done("0123456789", left: 0)),
  Case("lower-case digits", "a\r\n0123456789\r\n0\r\n\r\n", .done("0123456789", left: 0)),
  Case("two digits", "1a\r\nabcdefghijklmnopqrstuvwxyz\r\n0\r\n\r\n", .done("abcdefghijklmnopqrstuvwxyz", left: 0)),
  Case("line ends as data", "4\r\n\r\n\r\n\r\n0\r\n\r\n", .done("\r\n\r\n", left: 0)),
  Case("a chunk that looks like framing", "5\r\n0\r\n\r\n\r\n0\r\n\r\n", .done("0\r\n\r\n", left: 0)),
  Case("a request behind", "0\r\n\r\nGET / ", .done("", left: 6)),
  Case("extension name", "1;abc\r\nx\r\n0\r\n\r\n", .done("x", left: 0)),
  Case("extension with a value", "1;abc=def\r\nx\r\n0;a=b\r\n\r\n", .done("x", left: 0)),
  Case("several extensions", "1;a;b=c;d=\"e\"\r\nx\r\n0\r\n\r\n", .done("x", left: 0)),
  Case(
    "blanks around the delimiters of extensions", "1 \t; a \t= b ; c;d=\"e\" ;f\r\nx\r\n0\t;g\r\n\r\n",
    .done("x", left: 0)),
  Case("quoted extension", "1;a=\"b \t;=\\\"\\\\\u{E9}\"\r\nx\r\n0\r\n\r\n", .done("x", left: 0)),
  Case("empty quoted extension", "1;a=\"\";b\r\nx\r\n0\r\n\r\n", .done("x", left: 0)),
  Case("trailer", "0\r\nA: b\r\n\r\n", .done("", left: 0)),
  Case("trailers", "1\r\nx\r\n0\r\nA: b\r\nC:\r\nD:\t e \t\r\n\r\nrest", .done("x", left: 4)),
  Case("trailer with obs-text", "0\r\nA: \u{E9}\r\n\r\n", .done("", left: 0)),
  Case(
    "trailer names near the forbidden ones", "0\r\nContent-Lengt: 1\r\nContent-Length-: 1\r\nHosts: a\r\n\r\n",
    .done("", left: 0)),
]

private let refused: [Case<Outcome>] =
  [
    "", " ", " 5", "\t5", "5 ", "5\t", "5 5", "0x5", "0X5", "x5", "+5", "-5", "-1", "5_0", "5.0", "5,", "g", "5g",
    "\"5\"", "5h",
    "\u{B2}", "\0", "5\0", "5\u{0B}", "=", "5=", "5:",
  ].map { Case("size \($0)", $0 + "\r\nhello\r\n0\r\n\r\n", .fault(.invalidChunkSize)) } + [
    Case("extension without size", ";a\r\n", .fault(.invalidChunkSize)),
    Case("size of 64 bits", "FFFFFFFFFFFFFFFF\r\n", .fault(.chunkSizeOverflow)),
    Case("size of 63 bits", "7FFFFFFFFFFFFFFF\r\n", .fault(.bodyTooLarge)),
    Case("size that wraps to 5", "10000000000000005\r\nhello\r\n0\r\n\r\n", .fault(.chunkSizeOverflow)),
    Case("size that wraps 32 bits", "100000005\r\nhello\r\n0\r\n\r\n", .fault(.bodyTooLarge)),
    Case("LF after the size", "5\nhello\r\n0\r\n\r\n", .fault(.bareLineFeed)),
    Case("LF for a size", "\nhello", .fault(.bareLineFeed)),
    Case("CR after the size", "5\rhello\r\n0\r\n\r\n", .fault(.bareCarriageReturn)),
    Case("CR CR LF after the size", "5\r\r\nhello\r\n0\r\n\r\n", .fault(.bareCarriageReturn)),
    Case("data too long", "5\r\nhello!\r\n0\r\n\r\n", .fault(.invalidChunkEnd)),
    Case("data too short", "6\r\nhello\r\n0\r\n\r\n", .fault(.bareLineFeed)),
    Case("no CRLF after data", "5\r\nhello0\r\n\r\n", .fault(.invalidChunkEnd)),
    Case("LF after data", "5\r\nhello\n0\r\n\r\n", .fault(.bareLineFeed)),
    Case("CR after data", "5\r\nhello\r0\r\n\r\n", .fault(.bareCarriageReturn)),
    Case("any two bytes after data", "5\r\nhelloXX0\r\n\r\n", .fault(.invalidChunkEnd)),
    Case("two CRLF after data", "5\r\nhello\r\n\r\n0\r\n\r\n", .fault(.invalidChunkSize)),
    Case("LF after the last chunk", "0\n\r\n", .fault(.bareLineFeed)),
    Case("LF for the last line", "0\r\n\n", .fault(.bareLineFeed)),
    Case("CR for the last line", "0\r\n\rG", .fault(.bareCarriageReturn)),
    Case("space after the last chunk", "0 \r\n\r\n", .fault(.invalidChunkSize)),

    Case("size with a blank and no extension", "5 \r\nhello\r\n0\r\n\r\n", .fault(.invalidChunkSize)),
    Case("size with a blank and more", "5 5\r\nhello\r\n0\r\n\r\n", .fault(.invalidChunkSize)),
    Case("size with a blank and LF", "5 \nhello\r\n0\r\n\r\n", .fault(.bareLineFeed)),
    Case("empty extension after a blank", "5; \r\nhello\r\n0\r\n\r\n", .fault(.invalidChunkExtension)),
    Case("two names in an extension", "5;a b\r\nhello\r\n0\r\n\r\n", .fault(.invalidChunkExtension)),
    Case("two values in an extension", "5;a=b c\r\nhello\r\n0\r\n\r\n", .fault(.invalidChunkExtension)),
    Case("blank after a value", "5;a=b \r\nhello\r\n0\r\n\r\n", .fault(.invalidChunkExtension)),
    Case("blank and LF in an extension", "5;a \nhello\r\n0\r\n\r\n", .fault(.bareLineFeed)),
    Case("empty extension", "5;\r\nhello\r\n0\r\n\r\n", .fault(.invalidChunkExtension)),
    Case("empty extension between", "5;;a\r\nhello\r\n0\r\n\r\n", .fault(.invalidChunkExtension)),
    Case("extension ending in ;", "5;a;\r\nhello\r\n0\r\n\r\n", .fault(.invalidChunkExtension)),
    Case("extension without a name", "5;=a\r\nhello\r\n0\r\n\r\n", .fault(.invalidChunkExtension)),
    Case("extension without a value", "5;a=\r\nhello\r\n0\r\n\r\n", .fault(.invalidChunkExtension)),
    Case("extension with two values", "5;a=b=c\r\nhello\r\n0\r\n\r\n", .fault(.invalidChunkExtension)),
    Case("blank after an extension", "5;a \r\nhello\r\n0\r\n\r\n", .fault(.invalidChunkExtension)),
    Case("blank after a quoted extension", "5;a=\"b\" \r\nhello\r\n0\r\n\r\n", .fault(.invalidChunkExtension)),
    Case("text after a quoted extension", "5;a=\"b\"c\r\nhello\r\n0\r\n\r\n", .fault(.invalidChunkExtension)),
    Case("quote that does not end", "5;a=\"b\r\nhello\r\n0\r\n\r\n", .fault(.invalidChunkExtension)),
    Case("escaped line end in a quote", "5;a=\"b\\\r\nhello\r\n0\r\n\r\n", .fault(.invalidChunkExtension)),
    Case("LF in a quote", "5;a=\"b\n\"\r\nhello\r\n0\r\n\r\n", .fault(.bareLineFeed)),
    Case("quoted name", "5;\"a\"\r\nhello\r\n0\r\n\r\n", .fault(.invalidChunkExtension)),
    Case("delimiter in an extension", "5;a[b]\r\nhello\r\n0\r\n\r\n", .fault(.invalidChunkExtension)),
    Case("comma in an extension", "5;a,b\r\nhello\r\n0\r\n\r\n", .fault(.invalidChunkExtension)),
    Case("NUL in an extension", "5;a\0\r\nhello\r\n0\r\n\r\n", .fault(.invalidChunkExtension)),
    Case("obs-text in an extension", "5;\u{E9}\r\nhello\r\n0\r\n\r\n", .fault(.invalidChunkExtension)),
    Case("LF in an extension", "5;a\nhello\r\n0\r\n\r\n", .fault(.bareLineFeed)),
    Case("LF right after ;", "5;\nhello\r\n0\r\n\r\n", .fault(.bareLineFeed)),
    Case("CR in an extension", "5;a\rX\r\nhello\r\n0\r\n\r\n", .fault(.bareCarriageReturn)),
    Case("LF in the last chunk's extension", "0;a\n\r\n", .fault(.bareLineFeed)),

    Case("trailer with a space before the colon", "0\r\nA : b\r\n\r\n", .fault(.whitespaceBeforeColon)),
    Case("trailer without a colon", "0\r\nA\r\n\r\n", .fault(.missingColon)),
    Case("trailer without a name", "0\r\n: b\r\n\r\n", .fault(.emptyFieldName)),
    Case("trailer with a bad name", "0\r\nA(: b\r\n\r\n", .fault(.invalidFieldName)),
    Case("trailer beginning badly", "0\r\n(A: b\r\n\r\n", .fault(.invalidFieldName)),
    Case("trailer with NUL", "0\r\nA: \0\r\n\r\n", .fault(.invalidFieldValue)),
    Case("trailer with bare CR", "0\r\nA: b\rc\r\n\r\n", .fault(.bareCarriageReturn)),
    Case("trailer with bare LF", "0\r\nA: b\n\r\n", .fault(.bareLineFeed)),
    Case("trailer name with LF", "0\r\nA\n", .fault(.bareLineFeed)),
    Case("trailer folded", "0\r\nA: b\r\n c\r\n\r\n", .fault(.lineFolding)),
    Case("trailer after a space", "0\r\n A: b\r\n\r\n", .fault(.whitespaceBeforeFirstField)),
    Case("a request line as trailer", "0\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n", .fault(.whitespaceBeforeColon)),
    Case("Content-Length as trailer", "0\r\nContent-Length: 5\r\n\r\n", .fault(.forbiddenTrailer)),
    Case("Transfer-Encoding as trailer", "0\r\nA: b\r\nTRANSFER-encoding: chunked\r\n\r\n", .fault(.forbiddenTrailer)),
    Case("Host as trailer", "0\r\nhost: a\r\n\r\n", .fault(.forbiddenTrailer)),
  ]

@Suite struct ChunkedDecoderTests {
  @Test(arguments: accepted + refused)
  private func aBodyIsDecodedOrRefused(_ example: Case<Outcome>) {
    #expect(decode(example.bytes, first: .max).outcome == example.expected)
  }

  @Test func everyCutGivesTheOutcomeOfTheWhole() {
    for example in accepted + refused {
      #expect(decode(example.bytes, step: 1).outcome.ignoringRest == example.expected.ignoringRest, "\(example.name)")
      for place in example.bytes.indices {
        let outcome = decode(example.bytes, first: place).outcome
        #expect(outcome.ignoringRest == example.expected.ignoringRest, "\(example.name) at \(place)")
      }
    }
  }

  @Test func everyPrefixOfAValidBodyNeedsMore() {
    for example in accepted {
      guard case .done(_, let left) = example.expected else { continue }
      for end in 0..<example.bytes.count - left {
        #expect(decode(Array(example.bytes[..<end]), first: .max).outcome == .needMore, "\(example.name) at \(end)")
      }
    }
  }

  @Test func theBodyLimitHoldsForTheSum() {
    let limits = HTTPLimits(body: 10)
    #expect(
      decode("5\r\nhello\r\n5\r\nworld\r\n0\r\n\r\n".bytes, limits: limits).outcome == .done("helloworld", left: 0))
    #expect(decode("a\r\n0123456789\r\n0\r\n\r\n".bytes, limits: limits).outcome == .done("0123456789", left: 0))
    #expect(decode("b\r\n".bytes, step: 1, limits: limits) == (.fault(.bodyTooLarge), 2))
    #expect(decode("5\r\nhello\r\n6\r".bytes, step: 1, limits: limits) == (.fault(.bodyTooLarge), 12))
  }

  @Test func theChunkLineEndsWithin1KiB() {
    func body(_ length: Int) -> [UInt8] {
      ("1;" + String(repeating: "a", count: length - 4) + "\r\nx\r\n0\r\n\r\n").bytes
    }
    #expect(decode(body(1024)).outcome == .done("x", left: 0))
    #expect(decode(body(1025)).outcome == .fault(.chunkLineTooLong))
    #expect(decode(body(1025), step: 1) == (.fault(.chunkLineTooLong), 1025))
  }

  @Test func allExtensionsTogetherHaveALimit() {
    let limits = HTTPLimits(chunkExtensions: 20)
    // Each extension counts its name and the CR that ends it.
    func body(_ count: Int) -> [UInt8] { (String(repeating: "1;abc\r\nx\r\n", count: count) + "0\r\n\r\n").bytes }
    #expect(decode(body(5), limits: limits).outcome == .done("xxxxx", left: 0))
    #expect(decode(body(6), limits: limits).outcome == .fault(.chunkExtensionsTooLarge))
  }

  @Test func trailersHaveLimits() {
    func trailer(_ length: Int) -> [UInt8] {
      ("0\r\nA:" + String(repeating: "b", count: length - 6) + "\r\n\r\n").bytes
    }
    #expect(decode(trailer(8192)).outcome == .done("", left: 0))
    #expect(decode(trailer(8193)).outcome == .fault(.trailersTooLarge))
    func trailers(_ count: Int) -> [UInt8] { ("0\r\n" + String(repeating: "A:b\r\n", count: count) + "\r\n").bytes }
    #expect(decode(trailers(100)).outcome == .done("", left: 0))
    #expect(decode(trailers(101)).outcome == .fault(.tooManyTrailers))
  }

  @Test func aFaultStaysAndResetForgetsIt() {
    var decoder = ChunkedDecoder()
    var content: [UInt8] = []
    #expect(decoder.decode("x".bytes.span, from: 0, into: &content) == .fault(.invalidChunkSize))
    #expect(decoder.decode("0\r\n\r\n".bytes.span, from: 0, into: &content) == .fault(.invalidChunkSize))
    decoder.reset()
    #expect(decoder.decode("0\r\n\r\n".bytes.span, from: 0, into: &content) == .done(consumed: 5))
    #expect(decoder.decode("0\r\n\r\n".bytes.span, from: 0, into: &content) == .done(consumed: 0))
  }

  @Test func whatTheWriterWritesIsReadBack() {
    var framed: [UInt8] = []
    var plain: [UInt8] = []
    for length in [1, 9, 10, 15, 16, 17, 255, 256, 4096, 0] {
      let chunk = (0..<length).map { UInt8(truncatingIfNeeded: $0) & 0x7F }
      plain += chunk
      ResponseWriter.appendChunk(chunk.span, to: &framed)
    }
    ResponseWriter.appendLastChunk(to: &framed)
    #expect(decode(framed, step: 100).outcome == .done(String(decoding: plain, as: UTF8.self), left: 0))
  }
}

extension Outcome {
  /// What is left over depends on how much was given.
  fileprivate var ignoringRest: Outcome {
    if case .done(let content, _) = self { .done(content, left: 0) } else { self }
  }
}
