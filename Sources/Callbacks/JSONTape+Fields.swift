// SPDX-License-Identifier: Apache-2.0

import JSON

/// Fields as the provider writes them: a value may be missing, null or empty, and a number may come as a string.
extension JSONTape {
  /// The member, if it is an object.
  func object(_ name: String, of node: JSONNode, in bytes: Span<UInt8>) -> JSONNode? {
    guard let value = member(name, of: node, in: bytes), kind(of: value) == .object else { return nil }
    return value
  }

  /// The member, if it is a string that is not empty.
  func text(_ name: String, of node: JSONNode, in bytes: Span<UInt8>) -> String? {
    guard let value = member(name, of: node, in: bytes), contents(of: value)?.isEmpty == false else { return nil }
    return string(value, in: bytes)
  }

  /// The member as written, if it is a number or a string that is not empty.
  func textOrNumber(_ name: String, of node: JSONNode, in bytes: Span<UInt8>) -> String? {
    guard let value = member(name, of: node, in: bytes) else { return nil }
    return number(value, in: bytes)?.text ?? text(name, of: node, in: bytes)
  }

  /// The member, if it is an integer or a string that holds one.
  func integer(_ name: String, of node: JSONNode, in bytes: Span<UInt8>) -> Int64? {
    guard let value = member(name, of: node, in: bytes) else { return nil }
    return int64(value, in: bytes) ?? string(value, in: bytes).flatMap { Int64($0) }
  }
}
