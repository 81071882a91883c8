// SPDX-License-Identifier: Apache-2.0

internal import Callbacks

/// A path of the public listener.
enum CallbackRoute: Equatable {
  case callback(CallbackKind, token: Range<Int>?)
  case liveness

  /// As bytes, which are compared faster than text.
  private enum Path {
    static let callbacks = Array("/callbacks".utf8)
    static let progress = Array("/progress".utf8)
    static let liveness = Array("/livez".utf8)
    static let separator = Array("/".utf8)
  }

  /// The paths are ASCII that no percent-encoding could shorten, so they are compared as sent.
  init?(path: Range<Int>, in bytes: Span<UInt8>) {
    var rest = path
    guard bytes.consume(Path.callbacks, &rest) else {
      guard bytes.consume(Path.liveness, &rest), rest.isEmpty else { return nil }
      self = .liveness
      return
    }
    if rest.isEmpty {
      self = .callback(.completion, token: nil)
      return
    }
    var tail = rest
    if bytes.consume(Path.progress, &tail), tail.isEmpty {
      self = .callback(.progress, token: nil)
      return
    }
    guard bytes.consume(Path.separator, &rest), !rest.isEmpty else { return nil }
    let end = rest.first { bytes[$0] == UInt8(ascii: "/") } ?? rest.upperBound
    let token = rest.lowerBound..<end
    tail = end..<rest.upperBound
    guard !token.isEmpty else { return nil }
    if tail.isEmpty {
      self = .callback(.completion, token: token)
    } else if bytes.consume(Path.progress, &tail), tail.isEmpty {
      self = .callback(.progress, token: token)
    } else {
      return nil
    }
  }
}

extension Span<UInt8> {
  /// Takes `text` off the front of `range` if it stands there.
  fileprivate func consume(_ text: [UInt8], _ range: inout Range<Int>) -> Bool {
    let expected = text.span
    guard range.count >= expected.count else { return false }
    for index in expected.indices where self[range.lowerBound + index] != expected[index] { return false }
    range = range.lowerBound + expected.count..<range.upperBound
    return true
  }
}
