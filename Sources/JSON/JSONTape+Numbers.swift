// SPDX-License-Identifier: Apache-2.0

/// Numbers, booleans and null. Every function that takes bytes takes those that were parsed.
extension JSONTape {
  /// The integer that a number stands for, exactly: `12`, `12.0`, `1.2e1` and `120e-1` are all 12. `nil` if the value
  /// is no number, has a fraction, or does not fit; never rounded.
  package func int64(_ node: JSONNode, in bytes: Span<UInt8>) -> Int64? {
    let token = tokens[node.index]
    guard token.kind == .number else { return nil }
    return DecimalInteger.int64(bytes.extracting(Int(token.start)..<Int(token.end)))
  }

  /// The number as it is written; `nil` if the value is no number.
  package func number(_ node: JSONNode, in bytes: Span<UInt8>) -> JSONNumber? {
    guard kind(of: node) == .number else { return nil }
    guard let utf8 = try? UTF8Span(validating: bytes.extracting(range(of: node))) else {
      preconditionFailure("not the bytes that were parsed")
    }
    return JSONNumber(validated: String(copying: utf8))
  }

  /// The boolean; `nil` if the value is none.
  package func bool(_ node: JSONNode) -> Bool? {
    let token = tokens[node.index]
    return token.kind == .bool ? token.flag : nil
  }

  /// Whether the value is `null`.
  package func isNull(_ node: JSONNode) -> Bool { kind(of: node) == .null }
}
