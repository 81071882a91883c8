// SPDX-License-Identifier: Apache-2.0

internal import JSON
internal import Server

/// A query item that is not as it should be.
struct ParameterError: Sendable {
  let name: String
  let message: String

  init(_ name: String, _ message: String) {
    self.name = name
    self.message = message
  }
}

extension [ParameterError] {
  /// The value, or an error more.
  mutating func value<Value>(_ name: String, _ value: Value?, _ expectation: String) -> Value? {
    if value == nil { append(ParameterError(name, "is not \(expectation)")) }
    return value
  }

  mutating func limit(_ text: String, _ maximum: Int) -> Int? {
    let number = text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } ? Int(text) : nil
    return value("limit", number.flatMap { (1...maximum).contains($0) ? $0 : nil }, "a number from 1 to \(maximum)")
  }
}

extension APIRequest {
  /// 400 with every error.
  func problem(_ errors: [ParameterError]) -> Response {
    let list = errors.map {
      JSON.object(JSONObject([("parameter", .string($0.name)), ("message", .string($0.message))]))
    }
    let words = errors.map { "\($0.name) \($0.message)" }.joined(separator: "; ")
    return problem(400, words, members: [(name: "errors", value: .array(list))])
  }
}

/// A list's place as an opaque text.
enum Cursor {
  static func text(_ number: UInt64) -> String { String(number, radix: 36) }

  static func number(_ text: String) -> UInt64? {
    guard text.utf8.count <= 13, text.first != "+", text.first != "-" else { return nil }
    return UInt64(text, radix: 36)
  }
}

/// A page of a list.
enum Page {
  /// `items` are JSON texts; `extra` is a further member.
  static func write(_ items: [[UInt8]], next: String?, extra: (name: String, value: JSON)? = nil) -> [UInt8] {
    var bytes = Array(#"{"data":["#.utf8)
    for (place, item) in items.enumerated() {
      if place > 0 { bytes.append(UInt8(ascii: ",")) }
      bytes.append(contentsOf: item)
    }
    bytes.append(contentsOf: #"],"nextCursor":"#.utf8)
    if let next { JSON.appendQuoted(next, to: &bytes) } else { bytes.append(contentsOf: "null".utf8) }
    bytes.append(contentsOf: #","hasMore":"#.utf8)
    bytes.append(contentsOf: (next == nil ? "false" : "true").utf8)
    if let extra {
      bytes.append(contentsOf: ",\"\(extra.name)\":".utf8)
      extra.value.write(into: &bytes)
    }
    bytes.append(UInt8(ascii: "}"))
    return bytes
  }
}
