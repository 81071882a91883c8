// SPDX-License-Identifier: Apache-2.0

import HTTP1
import HTTP1Vectors
import Testing

@Suite struct RequestParserTests {
  @Test(arguments: acceptedHeads)
  func aValidHeadIsRead(_ example: Case<String>) throws {
    let verdict = whole(example.bytes)
    guard case .head(let summary) = verdict else {
      Issue.record("\(verdict)")
      return
    }
    #expect(summary.text.contains(example.expected), "\(summary.text)")
    #expect(summary.consumed == example.bytes.count)
  }

  @Test(arguments: refusedHeads)
  func aFaultyHeadIsRefused(_ example: Case<HTTPFault>) {
    #expect(whole(example.bytes) == .fault(example.expected))
  }

  @Test func everyNameOfACaseIsItsOwn() {
    let names = acceptedHeads.map(\.name) + refusedHeads.map(\.name)
    #expect(Set(names).count == names.count)
    #expect(names.count > 350)
  }

  @Test func everyCutGivesTheVerdictOfTheWhole() {
    for bytes in acceptedHeads.map(\.bytes) + refusedHeads.map(\.bytes) {
      let verdict = whole(bytes)
      #expect(dripped(bytes).verdict == verdict, "\(String(decoding: bytes, as: UTF8.self))")
      for place in 0...bytes.count where cut(bytes, at: place) != verdict {
        Issue.record("cut at \(place) of \(String(decoding: bytes, as: UTF8.self))")
      }
    }
  }

  @Test func everyPrefixOfAValidHeadNeedsMore() {
    for example in acceptedHeads {
      for end in example.bytes.indices where whole(Array(example.bytes[..<end])) != .needMore {
        Issue.record("\(example.name) at \(end)")
      }
    }
  }

  @Test func whatFollowsTheHeadIsNotLookedAt() {
    for example in acceptedHeads {
      let verdict = whole(example.bytes)
      #expect(whole(example.bytes + [0, 0xFF, 0x0D, 0x0A]) == verdict)
    }
  }

  /// Each text ends in the byte that decides; one byte less is still undecided.
  @Test(arguments: [
    "\u{16}", "\n", " ", "GE(", "GET  ", "GET a/", "GET *", "GET /#", "GET /\u{E9}", "GET /%x", "GET / h",
    "GET / HTTP/x",
    "GET / HTTP/1.1 ", "GET / HTTP/1.1\n", "GET / HTTP/2.0", "GET / HTTP/3\r", "GET ftp:", "GET http://u@", "CONNECT /",
    "GET / HTTP/1.1\r\n ", "GET / HTTP/1.1\r\n:", "GET / HTTP/1.1\r\nA ", "GET / HTTP/1.1\r\nA:\0",
    "GET / HTTP/1.1\r\nA:\n",
    "GET / HTTP/1.1\r\nA: b\r\n\t", "GET / HTTP/1.1\r\nHost:a b\r\n", "GET / HTTP/1.1\r\nContent-Length:x\r\n",
    "GET / HTTP/1.1\r\nTransfer-Encoding:\r\n", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n", "GET / HTTP/1.1\r\n\r\n",
  ])
  func theFaultIsFoundAtTheByteThatDecides(_ text: String) {
    let (verdict, length) = dripped(text.bytes + Array(repeating: 0x41, count: 3))
    #expect(verdict.status >= 400)
    #expect(length == text.bytes.count)
  }

  @Test func aFaultStaysUntilReset() {
    let bad = "GET  / HTTP/1.1\r\n".bytes
    let good = line("GET / HTTP/1.1").bytes
    var parser = RequestParser()
    #expect(parser.parse(bad.span, from: 0) == .fault(.invalidTarget))
    #expect(parser.parse(good.span, from: 0) == .fault(.invalidTarget))
    parser.reset()
    #expect(parser.parse(good.span, from: 0) == .head(consumed: good.count))
  }

  @Test func nothingOfOneHeadIsLeftInTheNext() {
    var parser = RequestParser()
    for first in acceptedHeads {
      for second in acceptedHeads {
        let bytes = first.bytes + second.bytes
        guard case .head(let consumed) = parser.parse(bytes.span, from: 0) else {
          Issue.record("\(first.name)")
          return
        }
        let verdict = parser.verdict(bytes, upTo: bytes.count, from: consumed)
        guard case .head(let summary) = verdict, case .head(let alone) = whole(second.bytes) else {
          Issue.record("\(first.name), then \(second.name)")
          return
        }
        #expect(summary == alone)
      }
    }
  }

  @Test func theBytesMayMoveBetweenCalls() {
    for example in acceptedHeads {
      var parser = RequestParser()
      for end in 0..<example.bytes.count {
        let shift = end % 7
        let moved = [UInt8](repeating: 0, count: shift) + example.bytes[..<end]
        #expect(parser.parse(moved.span, from: shift) == .needMore)
      }
      let shifted = [UInt8](repeating: 0, count: 5) + example.bytes
      let verdict = parser.verdict(shifted, upTo: shifted.count, from: 5)
      #expect(verdict == whole(example.bytes))

      guard case .head(let summary) = verdict else { continue }
      parser.head.start = 0
      #expect(HeadSummary(parser.head, in: example.bytes, consumed: summary.consumed) == summary)
    }
  }

  @Test func fieldsAreFoundByLowerCaseNameInAnyCase() throws {
    let bytes = field("X-Sig: one\r\nx-sig: two\r\nX-Sig-2: three").bytes
    var parser = RequestParser()
    #expect(parser.parse(bytes.span, from: 0) == .head(consumed: bytes.count))
    let value = parser.head.value(of: "x-sig", in: bytes.span)
    #expect(try Array(bytes[#require(value)]) == "one".bytes)
    #expect(parser.head.count(of: "x-sig", in: bytes.span) == 2)
    #expect(parser.head.count(of: "x-si", in: bytes.span) == 0)
    #expect(parser.head.value(of: "x-sig-3", in: bytes.span) == nil)
    #expect(parser.head.fieldCount == 4)
  }

  @Test func aHeadBegunIsToldFromIdleness() {
    var parser = RequestParser()
    #expect(!parser.isInsideHead)
    #expect(parser.parse("\r\n".bytes.span, from: 0) == .needMore)
    #expect(!parser.isInsideHead)
    #expect(parser.parse("\r\nG".bytes.span, from: 0) == .needMore)
    #expect(parser.isInsideHead)
    #expect(parser.parse(("\r\n" + line("G / HTTP/1.1")).bytes.span, from: 0) != .needMore)
    #expect(!parser.isInsideHead)
  }
}
