// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import JSON

@Suite struct AppendTests {
  static let strings: [(text: String, quoted: String)] = [
    ("", #""""#), ("a", #""a""#), ("12345678", #""12345678""#), ("say \"x\"", #""say \"x\"""#), (#"\"#, #""\\""#),
    ("\u{8}\u{9}\u{A}\u{C}\u{D}", #""\b\t\n\f\r""#),
    ("\u{0}\u{1}\u{B}\u{E}\u{1F}", #""\u0000\u0001\u000b\u000e\u001f""#),
    (" ~\u{7F}/", "\" ~\u{7F}/\""), ("é€😀\u{2028}", "\"é€😀\u{2028}\""), ("é\né", #""é\né""#),
  ]

  @Test(arguments: strings)
  func `a string is quoted with the escapes it needs and no others`(text: String, quoted: String) {
    var output: [UInt8] = [0x3A]
    JSON.appendQuoted(text, to: &output)
    #expect(output == [0x3A] + quoted.utf8)
    var fromSpan: [UInt8] = [0x3A]
    JSON.appendQuoted(Array(text.utf8).span, to: &fromSpan)
    #expect(fromSpan == output)
  }

  @Test func `every ASCII character at every place reads back as it was`() throws {
    for byte in UInt8(0)..<0x80 {
      for position in 0..<18 {
        var bytes = [UInt8](repeating: UInt8(ascii: "x"), count: 18)
        bytes[position] = byte
        var quoted: [UInt8] = []
        JSON.appendQuoted(bytes.span, to: &quoted)
        #expect(
          try JSON.parse(quoted) == .string(String(decoding: bytes, as: UTF8.self)), "byte \(byte) at \(position)")
      }
    }
  }

  @Test(arguments: [0, 1, -1, 9, 10, 99, 100, -1_760_000_000_000, Int64.max, .min])
  func `an integer is appended in decimal`(value: Int64) {
    var output: [UInt8] = [0x3A]
    JSON.appendInteger(value, to: &output)
    #expect(output == [0x3A] + String(value).utf8)
  }

  @Test func `powers of ten and their neighbours are appended in decimal`() {
    var power: UInt64 = 1
    while true {
      for value in [power - 1, power, power + 1, .max] {
        var output: [UInt8] = []
        JSON.appendInteger(value, to: &output)
        #expect(output == Array(String(value).utf8))
      }
      let (next, overflow) = power.multipliedReportingOverflow(by: 10)
      if overflow { break }
      power = next
    }
  }

  @Test func `a buffer with room enough does not grow`() {
    var output: [UInt8] = []
    output.reserveCapacity(256)
    let capacity = output.capacity
    for _ in 0..<3 {
      output.removeAll(keepingCapacity: true)
      JSON.appendQuoted("a \"kite\"\n", to: &output)
      JSON.appendInteger(Int64.min, to: &output)
    }
    #expect(output.capacity == capacity)
  }
}
