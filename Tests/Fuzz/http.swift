// SPDX-License-Identifier: Apache-2.0

import Glibc
import HTTP1
import Reference

/// One request as the product reads it, in the terms of the reference.
private struct Reading: Equatable {
  var verdict: verdict
  var headEnd = 0
  var end = 0
  var content = 0
  var digest: UInt64 = 0xcbf2_9ce4_8422_2325
  var isChunked = false
  var keepsAlive = false
  var expectsContinue = false

  init(_ verdict: verdict) { self.verdict = verdict }

  init(_ message: message) {
    verdict = message.verdict
    headEnd = message.head_end
    end = message.end
    content = message.content
    digest = message.digest
    isChunked = message.is_chunked != 0
    keepsAlive = message.keeps_alive != 0
    expectsContinue = message.expects_continue != 0
  }
}

/// Reads one request, first only the bytes before `cut` and then all.
private func read(_ bytes: [UInt8], cut: Int) -> Reading {
  var parser = RequestParser()
  var result = parser.parse(bytes.span.extracting(0..<cut), from: 0)
  if result == .needMore { result = parser.parse(bytes.span, from: 0) }
  guard case .head(let headEnd) = result else { return Reading(result == .needMore ? need_more : refused) }
  var reading = Reading(complete)
  reading.headEnd = headEnd
  reading.end = headEnd
  reading.isChunked = parser.head.framing == .chunked
  reading.keepsAlive = parser.head.isKeepAlive
  reading.expectsContinue = parser.head.expectsContinue
  switch parser.head.framing {
  case .none: break
  case .length(let length):
    reading.end += length
    guard reading.end <= bytes.count else { return Reading(need_more) }
    reading.take(Array(bytes[headEnd..<reading.end]))
  case .chunked:
    var decoder = ChunkedDecoder()
    var content: [UInt8] = []
    let first = max(cut, headEnd)
    var result = decoder.decode(bytes.span.extracting(0..<first), from: headEnd, into: &content)
    if case .needMore(let consumed) = result {
      require(consumed == first - headEnd, "the decoder leaves bytes")
      result = decoder.decode(bytes.span, from: first, into: &content)
      reading.end = first
    }
    switch result {
    case .needMore: return Reading(need_more)
    case .fault: return Reading(refused)
    case .done(let consumed): reading.end += consumed
    }
    require(decoder.decodedCount == content.count, "the decoder counts wrongly")
    reading.take(content)
  }
  return reading
}

extension Reading {
  fileprivate mutating func take(_ content: [UInt8]) {
    self.content = content.count
    digest = reference_digest(content, content.count, digest)
  }
}

/// What may follow a text that one has refused: nothing of it may make the other accept.
private let endings = ["\r\n\r\n", "\n\r\n\r\n", " / HTTP/1.1\r\nHost: h\r\n\r\n", ":\r\n\r\n", "\r\n0\r\n\r\n"]

/// A connection's bytes, request after request: both must see the same requests, and end for the same reason.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  var bytes = input(start, count)
  for number in 1... {
    let reference = Reading(reference_request(bytes, bytes.count))
    let cut = bytes.isEmpty ? 0 : bytes.count * 7 % (number + 11) * bytes.count / (number + 11)
    let product = read(bytes, cut: min(cut, bytes.count))
    require(product == read(bytes, cut: 0), "request \(number): cut at \(cut) it reads differently")
    switch (product.verdict, reference.verdict) {
    case (complete, complete):
      require(product == reference, "request \(number): \(product) but the reference \(reference)")
      bytes.removeFirst(product.end)
    case (refused, need_more), (need_more, refused):
      // Neither need wait for the end of what is wrong already, and neither need see it before the end.
      for ending in endings {
        let longer = bytes + Array(ending.utf8)
        require(
          reference_request(longer, longer.count).verdict != complete && read(longer, cut: 0).verdict != complete,
          "request \(number) is refused by one; with \(ending.debugDescription) behind it the other takes it")
      }
      return 0
    default:
      require(
        product.verdict == reference.verdict,
        "request \(number): verdict \(product.verdict.rawValue), the reference \(reference.verdict.rawValue)")
      return 0
    }
  }
  return 0
}
