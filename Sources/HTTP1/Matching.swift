// SPDX-License-Identifier: Apache-2.0

extension Span<UInt8> {
  /// Whether the bytes in `range` are `text`, which must be lower-case ASCII, in any mixture of cases.
  package func matches(_ range: Range<Int>, ignoringCase text: Span<UInt8>) -> Bool {
    guard range.count == text.count else { return false }
    let sent = extracting(range)
    guard text.count >= 8 else {
      for index in text.indices where sent[index].lowercased != text[index] { return false }
      return true
    }
    // The end first: names that are looked for begin alike.
    var index = text.count &- 8
    while true {
      guard Words.areEqualIgnoringCase(Words.load(sent, at: index), Words.load(text, at: index)) else { return false }
      guard index > 0 else { return true }
      index = Swift.max(0, index &- 8)
    }
  }

  /// See `matches(_:ignoringCase: Span)`.
  package func matches(_ range: Range<Int>, ignoringCase text: String) -> Bool {
    let utf8 = text.utf8
    return matches(range, ignoringCase: utf8.span)
  }

  /// Whether the bytes in `range` are exactly `text`.
  @inline(__always)
  func matches(_ range: Range<Int>, _ text: String) -> Bool {
    guard range.count == text.utf8.count else { return false }
    var index = range.lowerBound
    for character in text.utf8 {
      guard self[index] == character else { return false }
      index += 1
    }
    return true
  }
}
