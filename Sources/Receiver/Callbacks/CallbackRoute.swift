// SPDX-License-Identifier: Apache-2.0

internal import Callbacks

/// A path of the public listener.
enum CallbackRoute: Equatable {
  case callback(CallbackKind, token: Range<Int>?)
  case liveness

  /// The paths are ASCII that no percent-encoding could shorten, so they are compared as sent.
  init?(path: Range<Int>, in bytes: Span<UInt8>) {
    var rest = path
    if bytes.consume("/livez", &rest), rest.isEmpty {
      self = .liveness
      return
    }
    rest = path
    guard bytes.consume("/callbacks", &rest) else { return nil }
    if rest.isEmpty {
      self = .callback(.completion, token: nil)
      return
    }
    var tail = rest
    if bytes.consume("/progress", &tail), tail.isEmpty {
      self = .callback(.progress, token: nil)
      return
    }
    guard bytes.consume("/", &rest), !rest.isEmpty else { return nil }
    let end = rest.first { bytes[$0] == UInt8(ascii: "/") } ?? rest.upperBound
    let token = rest.lowerBound..<end
    tail = end..<rest.upperBound
    guard !token.isEmpty else { return nil }
    if tail.isEmpty {
      self = .callback(.completion, token: token)
    } else if bytes.consume("/progress", &tail), tail.isEmpty {
      self = .callback(.progress, token: token)
    } else {
      return nil
    }
  }
}

extension Span<UInt8> {
  /// Takes `text` off the front of `range` if it stands there.
  fileprivate func consume(_ text: String, _ range: inout Range<Int>) -> Bool {
    let utf8 = text.utf8
    let expected = utf8.span
    guard range.count >= expected.count else { return false }
    for index in expected.indices where self[range.lowerBound + index] != expected[index] { return false }
    range = range.lowerBound + expected.count..<range.upperBound
    return true
  }
}
