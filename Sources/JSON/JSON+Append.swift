// SPDX-License-Identifier: Apache-2.0

/// Writers for the hot path: straight into the caller's buffer, nothing allocated but its growth.
extension JSON {
  /// Appends a string in quotation marks, with the escapes that RFC 8259 section 7 demands and no others: `\"`, `\\`
  /// and the characters below U+0020, the usual five of them as `\b \t \n \f \r`, the rest as `\u00xx`.
  ///
  /// - Parameter utf8: valid UTF-8. It is copied unseen: what is not UTF-8 makes a text that is not JSON.
  package static func appendQuoted(_ utf8: Span<UInt8>, to output: inout [UInt8]) {
    output.append(ASCII.quote)
    var start = 0
    for i in utf8.indices {
      let byte = utf8[i]
      guard byte < 0x20 || byte == ASCII.quote || byte == ASCII.backslash else { continue }
      output.append(copying: utf8.extracting(start..<i))
      appendEscape(byte, to: &output)
      start = i + 1
    }
    output.append(copying: utf8.extracting(start..<utf8.count))
    output.append(ASCII.quote)
  }

  /// Appends a string in quotation marks, see `appendQuoted(_: Span, to:)`.
  package static func appendQuoted(_ string: String, to output: inout [UInt8]) {
    let utf8 = string.utf8
    appendQuoted(utf8.span, to: &output)
  }

  private static func appendEscape(_ byte: UInt8, to output: inout [UInt8]) {
    output.append(ASCII.backslash)
    switch byte {
    case ASCII.quote, ASCII.backslash: output.append(byte)
    case 0x08: output.append(UInt8(ascii: "b"))
    case 0x09: output.append(UInt8(ascii: "t"))
    case 0x0A: output.append(UInt8(ascii: "n"))
    case 0x0C: output.append(UInt8(ascii: "f"))
    case 0x0D: output.append(UInt8(ascii: "r"))
    default:
      output.append(contentsOf: "u00".utf8)
      output.append(ASCII.zero + byte >> 4)
      let low = byte & 0xF
      output.append(low < 10 ? ASCII.zero + low : UInt8(ascii: "a") + low - 10)
    }
  }

  /// Appends an integer in decimal digits.
  package static func appendInteger(_ value: Int64, to output: inout [UInt8]) {
    if value < 0 { output.append(ASCII.minus) }
    appendInteger(value.magnitude, to: &output)
  }

  /// Appends an integer in decimal digits.
  package static func appendInteger(_ value: UInt64, to output: inout [UInt8]) {
    // UInt64.max has 20 digits.
    var digits = InlineArray<20, UInt8>(repeating: ASCII.zero)
    var rest = value
    var first = 20
    repeat {
      first -= 1
      digits[first] += UInt8(truncatingIfNeeded: rest % 10)
      rest /= 10
    } while rest > 0
    output.append(copying: digits.span.extracting(first..<20))
  }
}

extension [UInt8] {
  /// Appends the bytes of a span.
  mutating func append(copying bytes: Span<UInt8>) {
    append(addingCapacity: bytes.count) { output in
      for i in bytes.indices { output.append(bytes[i]) }
    }
  }
}
