// SPDX-License-Identifier: Apache-2.0

/// A number, kept exactly as it was written: no digit is lost on the way through.
///
/// Equality is that of the text: `1`, `1.0` and `1e0` are three numbers here. Compare `int64` for values.
package struct JSONNumber: Hashable, Sendable, CustomStringConvertible {
  /// The text, valid by RFC 8259 section 6.
  package let text: String

  /// Any integer.
  package init(_ value: some BinaryInteger) { text = String(value) }

  /// The shortest text that reads back as `value`; `nil` for infinities and NaN, which JSON cannot write.
  package init?(_ value: Double) {
    guard value.isFinite else { return nil }
    text = value.description
  }

  /// A number by its text; `nil` unless the whole of it is a number by RFC 8259 section 6.
  package init?(text: String) {
    let utf8 = text.utf8
    guard JSONNumber.isNumber(utf8.span) else { return nil }
    self.text = text
  }

  /// For the parser, which has looked already.
  init(validated text: String) { self.text = text }

  /// The integer that the text stands for exactly: `12`, `12.0` and `1.2e1` are all 12. `nil` if it has a fraction or
  /// does not fit; never rounded.
  package var int64: Int64? {
    let utf8 = text.utf8
    return DecimalInteger.int64(utf8.span)
  }

  /// The nearest double; `nil` if that is infinite.
  package var double: Double? {
    guard let value = Double(text), value.isFinite else { return nil }
    return value
  }

  package var description: String { text }

  private static func isNumber(_ text: Span<UInt8>) -> Bool {
    guard !text.isEmpty, let end = try? Scan.number(text, from: 0) else { return false }
    return end == text.count
  }
}
