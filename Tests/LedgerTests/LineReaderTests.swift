// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Ledger

@Suite struct LineReaderTests {
  /// What is read at the beginning of the text, and how far.
  private static func integer(_ text: String) -> (value: Int64?, place: Int) {
    var place = 0
    let value = LineReader.read(Array(text.utf8), 0..<text.utf8.count) { reader -> Int64? in
      let value = reader.integer()
      place = reader.place
      return value
    }
    return (value, place)
  }

  @Test func `reads an integer of any length, whatever comes behind it and however soon the line ends`() {
    for length in 1...18 {
      for digits in ["123456789012345678", "999999999999999999", "100000000000000000", "000000000000000000"] {
        let number = String(digits.prefix(length))
        for sign in ["", "-"] {
          for behind in [
            "", ",", "}", ",\"at\":12345678", "/", ":", "a23456789", "é23456789", "\u{0}\u{0}\u{0}\u{0}\u{0}",
            ",\"at\":123456789012345678", "/23456789012345678", ":23456789012345678", "é23456789012345678",
          ] {
            let read = Self.integer(sign + number + behind)
            #expect(
              read.value == Int64(sign + number) && read.place == sign.utf8.count + length, "\(sign + number + behind)")
          }
        }
      }
    }
  }

  @Test func `reads no more than 18 digits`() {
    let read = Self.integer("1234567890123456789012345678")
    #expect(read.value == 123_456_789_012_345_678 && read.place == 18)
  }

  @Test(arguments: ["", "-", "a", "-a", ",12345678", "\u{FF}12345678", "/2345678", ":2345678"])
  func `reads no integer where there is no digit`(text: String) {
    #expect(Self.integer(text).value == nil)
  }
}
