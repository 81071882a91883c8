// SPDX-License-Identifier: Apache-2.0

import JSON

/// Values as the provider writes them: one may be missing, null or empty, and a number may come as a string.
extension JSONTape {
  /// The value, if it is a string that is not empty.
  func text(_ value: JSONNode?, in bytes: Span<UInt8>) -> String? {
    guard let value, contents(of: value)?.isEmpty == false else { return nil }
    return string(value, in: bytes)
  }

  /// The value as written, if it is a number or a string that is not empty.
  func textOrNumber(_ value: JSONNode?, in bytes: Span<UInt8>) -> String? {
    guard let value else { return nil }
    return number(value, in: bytes)?.text ?? text(value, in: bytes)
  }

  /// The value, if it is an integer or a string that holds one.
  func integer(_ value: JSONNode?, in bytes: Span<UInt8>) -> Int64? {
    guard let value else { return nil }
    return int64(value, in: bytes) ?? string(value, in: bytes).flatMap { Int64($0) }
  }
}
