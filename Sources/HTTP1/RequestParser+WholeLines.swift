// SPDX-License-Identifier: Apache-2.0

/// Shortcuts for lines that lie whole in the bytes given and have nothing odd in them: they are read sixteen bytes
/// at a time. What is not like that is left, from its first byte on, to the machine that takes one byte at a time. So the
/// shortcuts find no faults, and the machine's verdict is the only one.
extension RequestParser {
  /// Reads one of the two methods by far the most frequent, with the space behind it and the first byte of a target in
  /// origin form; whether it was that.
  mutating func readWholeMethod(_ message: Span<UInt8>, _ stop: Int) -> Bool {
    guard stop &- next >= 8, limits.method >= 4 else { return false }
    let word = Words.load(message, at: next)
    if word & 0xFFFF_FFFF_FFFF == Words.post {
      begin(.post, count: 4)
    } else if word & 0xFF_FFFF_FFFF == Words.get {
      begin(.get, count: 3)
    } else {
      return false
    }
    return true
  }

  private mutating func begin(_ method: HTTPMethod, count: Int) {
    head.lineStart = UInt32(truncatingIfNeeded: next)
    next &+= count
    head.method = method
    head.methodEnd = UInt32(truncatingIfNeeded: next)
    head.form = .origin
    isPreface = false
    next &+= 1
    mark = next
    pathMark = next
    stage = .path
  }

  /// Reads all field lines that are there.
  mutating func readWholeFields(_ message: Span<UInt8>, _ stop: Int) throws(HTTPFault) {
    while try !readFieldsForRoom(message, stop) { head.makeRoom() }
  }

  /// Reads field lines as long as there is room for them; `false` when there was too little.
  private mutating func readFieldsForRoom(_ message: Span<UInt8>, _ stop: Int) throws(HTTPFault) -> Bool {
    // Taken out, and once for all lines seen to be nobody else's.
    var fields: [FieldPlace] = []
    swap(&fields, &head.fieldPlaces)
    defer { swap(&fields, &head.fieldPlaces) }
    var places = fields.mutableSpan
    return try readFields(message, stop, into: &places)
  }

  @inline(__always)
  private mutating func readFields(
    _ message: Span<UInt8>, _ stop: Int, into places: inout MutableSpan<FieldPlace>
  ) throws(HTTPFault) -> Bool {
    let lines = message.extracting(0..<stop)
    while next < stop, head.fieldCount < limits.fields {
      guard head.fieldCount < places.count else { return false }
      let nameEnd = lines.endOfToken(from: next)
      guard nameEnd > next, nameEnd < stop, lines[nameEnd] == UInt8(ascii: ":") else { return true }
      let (end, isPlain) = lines.endOfFieldContent(from: nameEnd &+ 1)
      guard end &+ 1 < stop, lines[end] == .carriageReturn, lines[end &+ 1] == .lineFeed else { return true }
      let name = next..<nameEnd
      let value = lines.trimmingBlanks(nameEnd &+ 1..<end)
      next = end &+ 2
      places[head.fieldCount] = FieldPlace(name: Place(name), value: Place(value))
      head.fieldCount &+= 1
      if !isPlain { head.hasPlainValues = false }
      try framing.note(name, value, in: message)
    }
    return true
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
  /// `POST /`
  fileprivate static var post: UInt64 { 0x2F20_5453_4F50 }
  /// `GET /`
  fileprivate static var get: UInt64 { 0x2F_2054_4547 }
}

extension Span<UInt8> {
  /// Where the token ends that begins at `start`.
  @inline(__always)
  fileprivate func endOfToken(from start: Int) -> Int {
    var index = first(from: start) { $0.others }
    // Nearly always.
    if index < count, self[index] == UInt8(ascii: ":") { return index }
    while index < count, ByteSet.token.contains(self[index]) { index &+= 1 }
    return index
  }

  /// Where the bytes end that a field value may hold, from `start` on; and whether they are known to be all printable
  /// ASCII without quotation marks and backslashes.
  @inline(__always)
  fileprivate func endOfFieldContent(from start: Int) -> (end: Int, isPlain: Bool) {
    var index = start
    var escaped: UInt32 = 0
    while count &- index >= 16 {
      let found = SixteenBytes(self, at: index).notPlain
      let others = found & 0xFFFF
      guard others != 0 else {
        escaped |= found
        index &+= 16
        continue
      }
      let first = others.trailingZeroBitCount
      escaped |= found &>> 16 & ((1 &<< UInt32(first)) &- 1)
      index &+= first
      guard self[index] != .carriageReturn, self[index].isFieldContent else { return (index, escaped == 0) }
      escaped = 1
      index &+= 1
    }
    while index < count, self[index].isFieldContent { index &+= 1 }
    return (index, false)
  }
}
