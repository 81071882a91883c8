// SPDX-License-Identifier: Apache-2.0

import HTTP1
import HTTP1Vectors
import Testing

/// What became of a head: a summary that can be compared whole.
struct HeadSummary: Hashable, CustomStringConvertible {
  var text: String
  var consumed: Int

  init(_ head: RequestHead, in bytes: [UInt8], consumed: Int) {
    func string(_ range: Range<Int>?) -> String {
      range.map { String(decoding: bytes[$0], as: UTF8.self) } ?? "-"
    }
    text = "\(string(head.methodName))[\(head.method)] \(string(head.target)) \(head.form) path=\(string(head.path)) "
    text += "query=\(string(head.query)) 1.\(head.minorVersion) host=\(string(head.host)) \(head.framing) "
    text += "keep=\(head.isKeepAlive) expect=\(head.expectsContinue)"
    for index in 0..<head.fieldCount {
      text += "|\(string(head.fieldName(index)))=\(string(head.fieldValue(index)))"
    }
    self.consumed = consumed
  }

  var description: String { "\(text) (\(consumed) bytes)" }
}

/// The verdict on some bytes, and how many of them it took to reach it.
enum Verdict: Hashable {
  case needMore
  case head(HeadSummary)
  case fault(HTTPFault)

  var status: Int {
    switch self {
    case .needMore: 0
    case .head: 200
    case .fault(let fault): fault.status
    }
  }
}

extension RequestParser {
  mutating func verdict(_ bytes: [UInt8], upTo end: Int, from start: Int = 0) -> Verdict {
    switch parse(bytes.span.extracting(0..<end), from: start) {
    case .needMore: .needMore
    case .fault(let fault): .fault(fault)
    case .head(let consumed): .head(HeadSummary(head, in: bytes, consumed: consumed))
    }
  }
}

/// The verdict when everything comes at once.
func whole(_ bytes: [UInt8], limits: HTTPLimits = .standard) -> Verdict {
  var parser = RequestParser(limits: limits)
  return parser.verdict(bytes, upTo: bytes.count)
}

/// The verdict when the bytes come one at a time, and the length at which it fell.
func dripped(_ bytes: [UInt8], limits: HTTPLimits = .standard) -> (verdict: Verdict, length: Int) {
  var parser = RequestParser(limits: limits)
  for end in 0...bytes.count {
    let verdict = parser.verdict(bytes, upTo: end)
    if verdict != .needMore { return (verdict, end) }
  }
  return (.needMore, bytes.count)
}

/// The verdict when the bytes come in two pieces.
func cut(_ bytes: [UInt8], at place: Int, limits: HTTPLimits = .standard) -> Verdict {
  var parser = RequestParser(limits: limits)
  let first = parser.verdict(bytes, upTo: place)
  return first == .needMore ? parser.verdict(bytes, upTo: bytes.count) : first
}

extension Case: CustomTestStringConvertible {
  /// Its name.
  public var testDescription: String { name }
}
