// SPDX-License-Identifier: Apache-2.0

import HTTP1
import HTTP1Vectors
import Testing

/// SplitMix64: the same numbers in every run.
private struct Randomness: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var word = state
    word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
    word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
    return word ^ (word >> 31)
  }
}

/// What must hold for any bytes whatever: the verdict does not depend on the cuts, and what is accepted has one reading
/// only, checked with means that share nothing with the parser.
private func check(_ bytes: [UInt8], cutAt place: Int) {
  let verdict = whole(bytes)
  var isSound = dripped(bytes).verdict == verdict && cut(bytes, at: place) == verdict
  if case .head(let summary) = verdict {
    isSound = isSound && hasOneReading(bytes, summary)
  }
  if !isSound { Issue.record("\(verdict) for \(bytes.map { String($0, radix: 16) }.joined(separator: " "))") }
}

private func hasOneReading(_ bytes: [UInt8], _ summary: HeadSummary) -> Bool {
  var parser = RequestParser()
  guard parser.parse(bytes.span, from: 0) == .head(consumed: summary.consumed) else { return false }
  let head = parser.head

  var lines: [[UInt8]] = [[]]
  for byte in bytes[..<summary.consumed] {
    lines[lines.count - 1].append(byte)
    if lines[lines.count - 1].suffix(2) == [13, 10] {
      lines[lines.count - 1].removeLast(2)
      lines.append([])
    }
  }
  lines.removeLast()
  lines = Array(lines.drop(while: \.isEmpty))
  guard
    lines.count == head.fieldCount + 2, lines.last?.isEmpty == true,
    lines.allSatisfy({ !$0.contains(13) && !$0.contains(10) && !$0.contains(0) }),
    lines.first == bytes[head.methodName] + [32] + bytes[head.target] + " HTTP/1.\(head.minorVersion)".bytes
  else { return false }

  var names: [String: Int] = [:]
  for (index, line) in lines.dropFirst().dropLast().enumerated() {
    let name = Array(bytes[head.fieldName(index)])
    let value = Array(bytes[head.fieldValue(index)])
    guard
      line.starts(with: name + [58]), !name.isEmpty,
      line.dropFirst(name.count + 1).filter({ $0 != 32 && $0 != 9 }) == value.filter({ $0 != 32 && $0 != 9 })
    else { return false }
    names[String(decoding: name, as: UTF8.self).lowercased(), default: 0] += 1
  }
  let lengths = names["content-length", default: 0]
  let codings = names["transfer-encoding", default: 0]
  let isFramedAsSaid =
    switch head.framing {
    case .none: lengths == 0 && codings == 0
    case .length: lengths == 1 && codings == 0
    case .chunked: lengths == 0 && codings == 1 && head.minorVersion > 0
    }
  let hosts = names["host", default: 0]
  return isFramedAsSaid && (hosts == 1 || (hosts == 0 && head.minorVersion == 0))
}

@Suite struct MutationTests {
  @Test func everyFlippedBitIsRefusedOrReadOneWay() {
    for example in acceptedHeads {
      for index in example.bytes.indices {
        for bit in 0..<8 {
          var bytes = example.bytes
          bytes[index] ^= 1 << bit
          check(bytes, cutAt: index)
        }
      }
    }
  }

  @Test func randomMutationsAreRefusedOrReadOneWay() throws {
    var random = Randomness(state: 20_261_122)
    let seeds = acceptedHeads.map(\.bytes) + refusedHeads.map(\.bytes)
    let pieces = [
      "\r\n", "\r", "\n", "\0", " ", "\t", ":", ",", ";", "%", "chunked", "Content-Length: 1", "Host: x", "\r\n ",
      "\u{FF}",
    ]
    var accepted = 0
    for _ in 0..<20_000 {
      var bytes = try #require(seeds.randomElement(using: &random))
      for _ in 0..<Int.random(in: 1...3, using: &random) where !bytes.isEmpty {
        let place = Int.random(in: 0..<bytes.count, using: &random)
        switch Int.random(in: 0..<5, using: &random) {
        case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
        case 1: bytes.remove(at: place)
        case 2: bytes.insert(contentsOf: pieces.randomElement(using: &random)?.bytes ?? [], at: place)
        case 3: bytes.insert(contentsOf: bytes[place...].prefix(Int.random(in: 1...20, using: &random)), at: place)
        default: bytes.removeSubrange(place..<min(bytes.count, place + Int.random(in: 1...20, using: &random)))
        }
      }
      if whole(bytes).status == 200 { accepted += 1 }
      check(bytes, cutAt: Int.random(in: 0...bytes.count, using: &random))
    }
    // The mutations must be mild enough to reach both sides.
    #expect(accepted > 500)
    #expect(accepted < 10_000)
  }

  @Test func randomConnectionsAreReadTheSameInAnyPieces() throws {
    var random = Randomness(state: 9_112)
    let pieces = [
      "GET / HTTP/1.1\r\nHost: h\r\n\r\n", "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n",
      "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 7\r\n\r\n", "5\r\nhello\r\n", "1;a=\"b\"\r\nx\r\n", "0\r\n\r\n",
      "0\r\nA: b\r\n\r\n",
      "\r\n", "\n", "x", "7 bytes", "A: b\r\n", "10\r\n",
    ]
    var ends: Set<String> = []
    for _ in 0..<5_000 {
      var text = ""
      for _ in 0..<Int.random(in: 1...8, using: &random) { text += pieces.randomElement(using: &random) ?? "" }
      let bytes = text.bytes
      let expected = exchange(bytes, step: .max)
      ends.insert("\(expected.end)")
      for step in [1, 2, 3, 7, 30] where exchange(bytes, step: step) != expected {
        Issue.record("step \(step): \(text)")
      }
    }
    #expect(ends.count > 5)
  }

  @Test func randomBytesNeverBecomeARequest() {
    var random = Randomness(state: 1)
    for _ in 0..<2_000 {
      let bytes = (0..<64).map { _ in UInt8.random(in: 0...255, using: &random) }
      #expect(whole(bytes).status != 200)
      check(bytes, cutAt: 32)
    }
  }
}
