// SPDX-License-Identifier: Apache-2.0

import HTTP1
import HTTP1Vectors

/// Reads requests one after the other as a server does, fed in pieces of at most `step` bytes.
func exchange(_ bytes: [UInt8], step: Int, limits: HTTPLimits = .standard) -> Exchange {
  var result = Exchange()
  var parser = RequestParser(limits: limits)
  var decoder = ChunkedDecoder(limits: limits)
  var body: [UInt8]?
  var filled = 0
  var next = 0
  while true {
    let progress: Bool
    if body == nil {
      switch parser.parse(bytes.span.extracting(0..<filled), from: next) {
      case .needMore: progress = false
      case .fault(let fault):
        result.end = .fault(fault)
        return result
      case .head(let consumed):
        next += consumed
        body = []
        decoder.reset()
        progress = true
      }
    } else {
      switch parser.head.framing {
      case .none: progress = true
      case .length(let length):
        progress = filled - next >= length
        if progress {
          body = Array(bytes[next..<next + length])
          next += length
        }
      case .chunked:
        var content = body ?? []
        body = []
        switch decoder.decode(bytes.span.extracting(0..<filled), from: next, into: &content) {
        case .needMore(let consumed):
          next += consumed
          progress = false
        case .done(let consumed):
          next += consumed
          progress = true
        case .fault(let fault):
          result.end = .fault(fault)
          return result
        }
        body = content
      }
      if progress, let content = body {
        result.requests.append("\(parser.head.method):" + String(decoding: content, as: UTF8.self))
        body = nil
      }
    }
    if progress { continue }
    guard filled < bytes.count else {
      result.end = body == nil && next == bytes.count ? .idle : .unfinished
      return result
    }
    filled = min(filled + step, bytes.count)
  }
}
