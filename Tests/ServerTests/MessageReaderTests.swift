// SPDX-License-Identifier: Apache-2.0

import HTTP1
import Testing

@testable import Server

@Suite("Message reader")
struct MessageReaderTests {
  /// Feeds a reader as a connection does: through one shared buffer, keeping what is left over.
  private struct Feeder {
    let reader: MessageReader
    var seen: [String] = []

    init(limits: HTTPLimits = .standard) {
      reader = MessageReader(limits: limits)
    }

    /// What lies behind the bytes just read in a buffer that is used again and again.
    private static let rubbish = Array(repeating: UInt8(ascii: "Z"), count: 32)

    /// The first bytes of a reader, in the midst of those of others.
    mutating func feed(_ bytes: some Sequence<UInt8>, at offset: Int) {
      let buffer = Array(repeating: UInt8(ascii: "Y"), count: offset) + bytes
      reader.begin(at: offset)
      read(buffer + Self.rubbish, buffer.count)
      reader.keep(buffer + Self.rubbish, buffer.count, isOwn: false)
    }

    mutating func feed(_ bytes: some Sequence<UInt8>) {
      let new = Array(bytes)
      if reader.hasKept {
        reader.append(new + Self.rubbish, new.count)
        let kept = reader.takeKept()
        read(kept, kept.count)
        reader.keep(kept, kept.count, isOwn: true)
      } else {
        let buffer = new + Self.rubbish
        read(buffer, new.count)
        reader.keep(buffer, new.count, isOwn: false)
      }
    }

    private mutating func read(_ bytes: [UInt8], _ count: Int) {
      while true {
        switch reader.read(bytes, count) {
        case .needMore: return
        case .expectation: seen.append("expectation")
        case .fault(let fault):
          seen.append("\(fault.status)")
          return
        case .request:
          let method = String(decoding: bytes[reader.head.methodName], as: UTF8.self)
          let path = String(decoding: bytes[reader.head.path], as: UTF8.self)
          let body = String(decoding: (reader.decodedBody ?? bytes)[reader.bodyRange], as: UTF8.self)
          seen.append("\(method) \(path) \(body)\(reader.hasMore ? " +" : "")")
          reader.finishRequest()
        }
      }
    }
  }

  static let messages = [
    get("/a") + get("/b"),
    post("/a", "12345") + post("/b", "") + get("/c"),
    chunked("/a", ["123", "45"]) + chunked("/b", []) + post("/c", "x"),
    post("/a", "1", "Expect: 100-continue") + get("/b"),
    "\r\n" + get("/a") + "\r\n" + get("/b"),
  ]

  private static func whole(_ message: String) -> [String] {
    var feeder = Feeder()
    feeder.feed(message.utf8)
    return feeder.seen.map { $0.replacing(" +", with: "") }
  }

  @Test("whole messages are read in one go, and more behind one is told")
  func wholeMessages() {
    var feeder = Feeder()
    feeder.feed(Self.messages[2].utf8)
    #expect(feeder.seen == ["POST /a 12345 +", "POST /b  +", "POST /c x"])
    #expect(feeder.reader.isFresh)
    #expect(feeder.reader.progress == .nothing)
    #expect(feeder.reader.waiting == 0)
  }

  @Test("two cuts anywhere change nothing", arguments: messages)
  func everyTwoCuts(message: String) {
    let bytes = Array(message.utf8)
    let expected = Self.whole(message)
    #expect(expected.count >= 2)
    for first in 0...bytes.count {
      for second in first...bytes.count {
        var feeder = Feeder()
        feeder.feed(bytes[..<first])
        feeder.feed(bytes[first..<second])
        feeder.feed(bytes[second...])
        let seen = feeder.seen.map { $0.replacing(" +", with: "") }.filter { $0 != "expectation" }
        if seen != expected || !feeder.reader.isFresh {
          Issue.record("cut at \(first) and \(second): \(seen)")
        }
      }
    }
  }

  @Test("where in a buffer a message begins, and where it is cut, changes nothing", arguments: messages)
  func everyBeginning(message: String) {
    let bytes = Array(message.utf8)
    let expected = Self.whole(message)
    for offset in [1, 13, 500] {
      for cut in 1...bytes.count {
        var feeder = Feeder()
        feeder.feed(bytes[..<cut], at: offset)
        #expect(feeder.reader.held == feeder.reader.waiting || feeder.reader.progress == .body)
        feeder.feed(bytes[cut...])
        let seen = feeder.seen.map { $0.replacing(" +", with: "") }.filter { $0 != "expectation" }
        if seen != expected || !feeder.reader.isFresh {
          Issue.record("at \(offset), cut at \(cut): \(seen)")
        }
      }
    }
  }

  @Test("byte by byte it is the same, and no read keeps more than its message", arguments: messages)
  func byteByByte(message: String) {
    var feeder = Feeder()
    for byte in message.utf8 {
      feeder.feed([byte])
      #expect(feeder.reader.waiting <= message.utf8.count)
    }
    #expect(feeder.seen.filter { $0 != "expectation" } == Self.whole(message))
  }

  @Test("of a chunked body only the head is kept")
  func chunksAreNotKept() {
    var feeder = Feeder()
    let head = "POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
    feeder.feed(head.utf8)
    for _ in 0..<1000 {
      feeder.feed("1\r\nx\r\n".utf8)
      #expect(feeder.reader.waiting == head.utf8.count)
    }
    feeder.feed("0\r\n\r\n".utf8)
    #expect(feeder.seen == ["POST /a " + String(repeating: "x", count: 1000)])
  }

  @Test("progress tells nothing, head and body apart")
  func progress() {
    var feeder = Feeder()
    #expect(feeder.reader.progress == .nothing)
    feeder.feed("G".utf8)
    #expect(feeder.reader.progress == .head)
    feeder = Feeder()
    feeder.feed(post("/a", "12").utf8.dropLast(2))
    #expect(feeder.reader.progress == .body)
    feeder.feed("1".utf8)
    #expect(feeder.reader.progress == .body)
    feeder.feed("2G".utf8)
    #expect(feeder.reader.progress == .head)
  }

  @Test("a wait for 100 is told only if nothing of the body has come, and once")
  func expectation() {
    let message = Array(post("/a", "123", "Expect: 100-continue").utf8)
    for cut in 0...message.count {
      var feeder = Feeder()
      feeder.feed(message[..<cut])
      feeder.feed(message[cut...])
      let expected = cut == message.count - 3 ? ["expectation", "POST /a 123"] : ["POST /a 123"]
      #expect(feeder.seen == expected, "cut at \(cut)")
    }
    var empty = Feeder()
    empty.feed(post("/a", "", "Expect: 100-continue").utf8)
    #expect(empty.seen == ["POST /a "])
  }

  @Test("after a fault nothing more is read, and a reset makes it fit for another connection")
  func faultAndReset() {
    var feeder = Feeder()
    feeder.feed("BAD\r\n\r\n".utf8)
    feeder.feed(get("/a").utf8)
    #expect(feeder.seen == ["400", "400"])
    feeder.reader.reset()
    #expect(feeder.reader.isFresh)
    feeder.seen = []
    feeder.feed(get("/a").utf8)
    #expect(feeder.seen == ["GET /a "])
  }

  @Test("a reader that is reset inside a message begins anew", arguments: messages)
  func resetAnywhere(message: String) {
    let bytes = Array(message.utf8)
    let reused = Feeder()
    for cut in 0..<bytes.count {
      var feeder = reused
      feeder.feed(bytes[..<cut])
      feeder.reader.reset()
      feeder.seen = []
      feeder.feed(chunked("/z", ["1", "2"]).utf8)
      #expect(feeder.seen == ["POST /z 12"], "cut at \(cut)")
    }
  }
}
