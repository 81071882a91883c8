// SPDX-License-Identifier: Apache-2.0

/// Writers for the hot path: straight into the caller's buffer, nothing allocated but its growth.
extension JSON {
  /// Appends a string in quotation marks, with the escapes that RFC 8259 section 7 demands and no others: `\"`, `\\`
  /// and the characters below U+0020, the usual five of them as `\b \t \n \f \r`, the rest as `\u00xx`.
  ///
  /// - Parameter utf8: valid UTF-8. It is copied unseen: what is not UTF-8 makes a text that is not JSON.
  package static func appendQuoted(_ utf8: Span<UInt8>, to output: inout [UInt8]) {
    guard nextEscape(utf8, from: 0) < utf8.count else { return appendPlain(utf8, to: &output) }
    let size = quotedSize(utf8)
    output.append(addingCapacity: size) { output in
      // Filled first and then written over: the compiler makes block copies of that, but not of single appends.
      output.append(repeating: ASCII.quote, count: size)
      var target = output.mutableSpan
      var end = 1
      var start = 0
      while start < utf8.count {
        let next = nextEscape(utf8, from: start)
        for i in start..<next { target[end &+ i &- start] = utf8[i] }
        end &+= next &- start
        start = next
        if next < utf8.count {
          end = writeEscape(of: utf8[next], to: &target, at: end)
          start &+= 1
        }
      }
    }
  }

  /// A string without anything to escape.
  private static func appendPlain(_ utf8: Span<UInt8>, to output: inout [UInt8]) {
    output.append(addingCapacity: utf8.count &+ 2) { output in
      // Filled first and then written over: the compiler makes block copies of that, but not of single appends.
      output.append(repeating: ASCII.quote, count: utf8.count &+ 2)
      var target = output.mutableSpan
      for i in utf8.indices { target[i &+ 1] = utf8[i] }
    }
  }

  /// Appends a string in quotation marks, see `appendQuoted(_: Span, to:)`.
  package static func appendQuoted(_ string: String, to output: inout [UInt8]) {
    let utf8 = string.utf8
    appendQuoted(utf8.span, to: &output)
  }

  private static func quotedSize(_ utf8: Span<UInt8>) -> Int {
    var size = utf8.count &+ 2
    var i = nextEscape(utf8, from: 0)
    while i < utf8.count {
      size &+= shortEscape(utf8[i]) == nil ? 5 : 1
      i = nextEscape(utf8, from: i &+ 1)
    }
    return size
  }

  /// The offset of the first byte that cannot stand for itself between quotation marks; the end without one.
  @inline(__always)
  private static func nextEscape(_ utf8: Span<UInt8>, from start: Int) -> Int {
    var i = Scan.plain(utf8, from: start)
    while i < utf8.count, utf8[i] >= 0x80 { i = Scan.plain(utf8, from: i &+ 1) }
    return i
  }

  /// The letter behind the backslash.
  @inline(__always)
  private static func shortEscape(_ byte: UInt8) -> UInt8? {
    switch byte {
    case ASCII.quote, ASCII.backslash: byte
    case 0x08: UInt8(ascii: "b")
    case 0x09: UInt8(ascii: "t")
    case 0x0A: UInt8(ascii: "n")
    case 0x0C: UInt8(ascii: "f")
    case 0x0D: UInt8(ascii: "r")
    default: nil
    }
  }

  private static func writeEscape(of byte: UInt8, to target: inout MutableSpan<UInt8>, at start: Int) -> Int {
    target[start] = ASCII.backslash
    if let letter = shortEscape(byte) {
      target[start &+ 1] = letter
      return start &+ 2
    }
    target[start &+ 1] = UInt8(ascii: "u")
    target[start &+ 2] = ASCII.zero
    target[start &+ 3] = ASCII.zero
    target[start &+ 4] = ASCII.zero &+ byte &>> 4
    let low = byte & 0xF
    target[start &+ 5] = low < 10 ? ASCII.zero &+ low : UInt8(ascii: "a") &+ low &- 10
    return start &+ 6
  }

  /// Appends an integer in decimal digits.
  package static func appendInteger(_ value: Int64, to output: inout [UInt8]) {
    if value < 0 { output.append(ASCII.minus) }
    appendInteger(value.magnitude, to: &output)
  }

  /// Number of decimal digits of an integer, 1 to 20.
  private static func digitCount(_ value: UInt64) -> Int {
    var count = 1
    var bound: UInt64 = 10
    // 10^19 is the largest power of ten that fits.
    while value >= bound, count < 20 {
      count &+= 1
      bound = count < 20 ? bound &* 10 : bound
    }
    return count
  }

  /// Appends an integer in decimal digits.
  package static func appendInteger(_ value: UInt64, to output: inout [UInt8]) {
    let count = digitCount(value)
    output.append(addingCapacity: count) { output in
      output.append(repeating: ASCII.zero, count: count)
      var target = output.mutableSpan
      var rest = value
      for place in stride(from: count &- 1, through: 0, by: -1) {
        let tenth = rest / 10
        target[place] = ASCII.zero &+ UInt8(truncatingIfNeeded: rest &- tenth &* 10)
        rest = tenth
      }
    }
  }
}

extension [UInt8] {
  /// Appends the bytes of a span.
  mutating func append(copying bytes: Span<UInt8>) {
    // For nothing the library would still write the length, of an empty array into storage that all threads share.
    guard !bytes.isEmpty else { return }
    append(addingCapacity: bytes.count) { output in
      // Filled first and then written over: the compiler makes a block copy of that, but not of single appends.
      output.append(repeating: 0, count: bytes.count)
      var target = output.mutableSpan
      for i in bytes.indices { target[i] = bytes[i] }
    }
  }
}
