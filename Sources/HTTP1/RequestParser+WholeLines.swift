// SPDX-License-Identifier: Apache-2.0

/// Shortcuts for lines that lie whole in the bytes given and have nothing odd in them: they are read in words of eight
/// bytes. What is not like that is left, from its first byte on, to the machine that takes one byte at a time. So the
/// shortcuts find no faults, and the machine's verdict is the only one.
extension RequestParser {
  /// Reads all field lines that are there.
  mutating func readWholeFields(_ message: Span<UInt8>, _ stop: Int) throws(HTTPFault) {
    while next < stop, head.fieldPlaces.count < limits.fields {
      let nameEnd = message.endOfToken(next..<stop)
      guard nameEnd > next, nameEnd < stop, message[nameEnd] == UInt8(ascii: ":") else { return }
      let end = message.endOfFieldContent(nameEnd &+ 1..<stop)
      guard
        end &+ 1 < stop, message[end] == .carriageReturn, message[end &+ 1] == .lineFeed
      else { return }
      let name = next..<nameEnd
      next = end &+ 2
      try takeField(name, message.trimmingBlanks(nameEnd &+ 1..<end), in: message)
    }
  }

  /// Reads the version by far the most frequent, with the end of its line; whether it was that.
  mutating func readWholeVersion(_ message: Span<UInt8>, _ stop: Int) -> Bool {
    guard
      next == mark, stop &- next >= 10, !isPreface, Words.load(message, at: next) == Words.http11,
      message[next &+ 8] == .carriageReturn, message[next &+ 9] == .lineFeed
    else { return false }
    head.minorVersion = 1
    next &+= 10
    stage = .fieldStart
    return true
  }
}

extension Words {
  /// `HTTP/1.1`
  fileprivate static var http11: UInt64 { 0x312E_312F_5054_5448 }
}

extension Span<UInt8> {
  /// Where the token ends that `range` begins with.
  @inline(__always)
  fileprivate func endOfToken(_ range: Range<Int>) -> Int {
    var index = range.lowerBound
    while index &+ 8 <= range.upperBound {
      let word = Words.load(self, at: index)
      let others = ~(Words.letters(word) | Words.bytes(UInt8(ascii: "-"), in: word)) & Words.every(0x80)
      if others != 0 {
        index &+= Words.first(others)
        break
      }
      index &+= 8
    }
    while index < range.upperBound, ByteSet.token.contains(self[index]) { index &+= 1 }
    return index
  }

  /// Where the bytes end that a field value may hold, which `range` begins with.
  @inline(__always)
  fileprivate func endOfFieldContent(_ range: Range<Int>) -> Int {
    var index = range.lowerBound
    while index &+ 8 <= range.upperBound {
      let found = Words.notPrintable(Words.load(self, at: index))
      if found == 0 {
        index &+= 8
      } else {
        index &+= Words.first(found)
        guard self[index].isFieldContent else { return index }
        index &+= 1
      }
    }
    while index < range.upperBound, self[index].isFieldContent { index &+= 1 }
    return index
  }
}
