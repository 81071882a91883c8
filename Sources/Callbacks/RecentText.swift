// SPDX-License-Identifier: Apache-2.0

import JSON

/// The string that one member held last. The provider's texts repeat from callback to callback: an equal one costs a
/// comparison, and all reports share its storage.
struct RecentText {
  /// So that nobody's long text is kept.
  private static let maxBytes = 64

  private var text = ""
  /// The text's UTF-8, as it stands in a body.
  private var utf8: [UInt8] = []

  /// The value as written, if it is a number or a string that is not empty.
  mutating func textOrNumber(_ value: JSONNode?, _ tape: borrowing JSONTape, in bytes: Span<UInt8>) -> String? {
    guard let value, tape.kind(of: value) == .number else { return text(value, tape, in: bytes) }
    if Self.areEqual(utf8.span, bytes.extracting(tape.range(of: value))) { return text }
    guard let number = tape.number(value, in: bytes)?.text else { return nil }
    guard number.utf8.count <= Self.maxBytes else { return number }
    text = number
    utf8 = Array(number.utf8)
    return number
  }

  /// The value, if it is a string that is not empty.
  mutating func text(_ value: JSONNode?, _ tape: borrowing JSONTape, in bytes: Span<UInt8>) -> String? {
    guard let value, let range = tape.contents(of: value), !range.isEmpty else { return nil }
    let contents = bytes.extracting(range)
    // Without escapes, equal bytes are equal texts; with them, `utf8` could not be equal: it is never kept.
    if Self.areEqual(utf8.span, contents) { return text }
    guard let string = tape.string(value, in: bytes) else { return nil }
    guard contents.count <= Self.maxBytes, !tape.hasEscapes(value) else { return string }
    text = string
    utf8 = Array(string.utf8)
    return string
  }

  private static func areEqual(_ a: Span<UInt8>, _ b: Span<UInt8>) -> Bool {
    guard a.count == b.count else { return false }
    var (rest, other) = (a, b)
    while rest.count >= 8, other.count >= 8 {
      guard rest.firstWord == other.firstWord else { return false }
      rest = rest.extracting(droppingFirst: 8)
      other = other.extracting(droppingFirst: 8)
    }
    // What is left of a longer text, together with some that was seen.
    if a.count >= 8 { return a.extracting(last: 8).firstWord == b.extracting(last: 8).firstWord }
    for index in a.indices where a[index] != b[index] { return false }
    return true
  }
}
