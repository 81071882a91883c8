// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import JSON

@Suite struct NumberTests {
  static let integers: [(text: String, value: Int64?)] = [
    ("0", 0), ("-0", 0), ("0.000", 0), ("0e999999999999999999999", 0), ("0.0e-5", 0),
    ("7", 7), ("-7", -7), ("12.0", 12), ("1.2e1", 12), ("120e-1", 12), ("1e2", 100), ("1E+2", 100), ("-1.50e1", -15),
    ("1000000000000000000000e-20", 10), ("0.00000000000000000000012e23", 12),
    ("1.5", nil), ("1e-1", nil), ("12e-1", nil), ("0.1", nil), ("1e-999999999999999999999", nil),
    ("9223372036854775807", .max), ("9223372036854775808", nil), ("-9223372036854775808", .min),
    ("-9223372036854775809", nil), ("922337203685477580.7e1", .max), ("9223372036854775807.0", .max),
    ("9223372036854775807.5", nil), ("18446744073709551616", nil), ("18446744073709551615", nil),
    ("99999999999999999999", nil), ("1e18", 1_000_000_000_000_000_000), ("1e19", nil), ("1e20", nil), ("1e400", nil),
    ("1e999999999999999999999", nil), ("1760000000000", 1_760_000_000_000),
  ]

  @Test(arguments: integers)
  func `the integer of a number is exact or absent`(text: String, value: Int64?) throws {
    #expect(try #require(JSONNumber(text: text)).int64 == value)
    let parsed = try ParsedText(text)
    #expect(parsed.int64(parsed.root) == value)
    #expect(parsed.number(parsed.root)?.text == text)
  }

  @Test(arguments: [Int64.min, -1, 0, 1, 42, .max])
  func `an integer's text reads back as the integer`(value: Int64) {
    #expect(JSONNumber(value).int64 == value)
    #expect(JSON(value).int == value)
  }

  @Test func `integers above Int64 keep their text`() {
    #expect(JSONNumber(UInt64.max).text == "18446744073709551615")
    #expect(JSONNumber(UInt64.max).int64 == nil)
  }

  @Test(arguments: [0, -0.0, 1, 0.1, -1.5e-7, 1e21, .leastNonzeroMagnitude, .greatestFiniteMagnitude])
  func `a double's text is a JSON number and reads back as the double`(value: Double) throws {
    let number = try #require(JSONNumber(value))
    #expect(number.double == value)
    #expect(JSONNumber(text: number.text) == number)
  }

  @Test func `what has no text in JSON is no number`() {
    #expect(JSONNumber(Double.infinity) == nil)
    #expect(JSONNumber(Double.nan) == nil)
    for text in ["", " 1", "1 ", "1,", "0x1", "-", "+1", "1.", ".1", "01", "nan", "1e", "é"] {
      #expect(JSONNumber(text: text) == nil, "\(text)")
    }
  }

  @Test func `a number too large for a double has none`() {
    #expect(JSONNumber(text: "1e400")?.double == nil)
    #expect(JSONNumber(text: "1e-400")?.double == 0)
  }

  @Test func `equality is that of the text`() {
    #expect(JSONNumber(text: "1") == JSONNumber(1))
    #expect(JSONNumber(text: "1.0") != JSONNumber(1))
  }

  @Test(arguments: 1...20)
  func `an integer of any length is read digit by digit, and nothing else passes for a digit`(length: Int) throws {
    let digits = (0..<length).map { UInt8(ascii: "1") + UInt8($0 * 7 % 9) }
    let value = digits.reduce(UInt64(0)) { $0 &* 10 &+ UInt64($1 - 48) }
    let text = try ParsedText(digits)
    #expect(text.int64(text.root) == (length < 20 ? Int64(exactly: value) : nil))
    for place in digits.indices {
      for byte in UInt8.min...UInt8.max where !(48...57 ~= byte) && ![0x20, 0x09, 0x0A, 0x0D].contains(byte) {
        var changed = digits
        changed[place] = byte
        let parsed = try? ParsedText(changed)
        let isNumber = byte == UInt8(ascii: ".") || byte | 0x20 == UInt8(ascii: "e") || byte == UInt8(ascii: "-")
        if !isNumber { #expect(parsed == nil) }
      }
    }
  }
}
