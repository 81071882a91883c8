// SPDX-License-Identifier: Apache-2.0

extension Span<UInt8> {
  /// Whether the bytes in `range` are `text`, which must be lower-case ASCII, in any mixture of cases.
  package func matches(_ range: Range<Int>, ignoringCase text: Span<UInt8>) -> Bool {
    guard range.count == text.count else { return false }
    let sent = extracting(range)
    guard text.count >= 4 else {
      for index in text.indices where sent[index].lowercased != text[index] { return false }
      return true
    }
    if text.count <= 16 { return SixteenBytes(endsOf: sent).isEqualIgnoringCase(SixteenBytes(endsOf: text)) }
    // The end first: names that are looked for begin alike.
    var index = text.count &- 16
    while true {
      guard SixteenBytes(sent, at: index).isEqualIgnoringCase(SixteenBytes(text, at: index)) else { return false }
      guard index > 0 else { return true }
      index = Swift.max(0, index &- 16)
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

extension SixteenBytes {
  /// All bytes of a text of 4 to 16, some of them twice.
  @inline(__always)
  fileprivate init(endsOf text: Span<UInt8>) {
    if text.count >= 8 {
      self.init(low: Words.load(text, at: 0), high: Words.load(text, at: text.count &- 8))
    } else {
      self.init(low: Words.loadHalf(text, at: 0), high: Words.loadHalf(text, at: text.count &- 4))
    }
  }
}
