// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import HTTP1

private let letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
private let digits = "0123456789"
private let unreserved = letters + digits + "-._~"
private let delimiters = "!$&'()*+,;="

@Suite struct ByteSetTests {
  private static let sets: [(ByteSet, String)] = [
    (.token, letters + digits + "!#$%&'*+-.^_`|~"),
    (.path, unreserved + delimiters + ":@/"),
    (.query, unreserved + delimiters + ":@/?"),
    (.registeredName, (unreserved + delimiters).filter { $0 != "," }),
    (.authority, (unreserved + delimiters).filter { $0 != "," } + "%:[]"),
    (
      .quotedText,
      "\t"
        + String(String.UnicodeScalarView((0x20...0x7E).compactMap(UnicodeScalar.init))).filter {
          $0 != "\"" && $0 != "\\"
        }
    ),
  ]

  @Test func everySetHasTheBytesOfItsGrammar() {
    for (set, text) in Self.sets {
      let expected = Set(text.utf8)
      for byte in UInt8.min...UInt8.max {
        #expect(set.contains(byte) == expected.contains(byte), "\(byte) in \(text)")
      }
    }
  }

  @Test func everyByteIsClassified() {
    for byte in UInt8.min...UInt8.max {
      let character = Character(UnicodeScalar(byte))
      let isASCII = byte < 0x80
      #expect(byte.isDigit == digits.contains(character))
      #expect(byte.isLetter == letters.contains(character))
      #expect(byte.isBlank == " \t".contains(character))
      #expect(byte.isFieldContent == ((byte >= 0x20 && byte != 0x7F) || byte == 9))
      #expect(byte.hexValue.map(Int.init) == (isASCII ? character.hexDigitValue : nil))
      #expect(byte.lowercased == (isASCII ? character.lowercased().utf8.first : byte))
    }
  }
}
