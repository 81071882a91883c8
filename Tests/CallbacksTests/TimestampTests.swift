// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Callbacks

@Suite struct TimestampTests {
  @Test(
    arguments: [
      (0, "1970-01-01T00:00:00.000Z"), (-1, "1969-12-31T23:59:59.999Z"), (1, "1970-01-01T00:00:00.001Z"),
      (951_782_400_000, "2000-02-29T00:00:00.000Z"), (951_868_799_999, "2000-02-29T23:59:59.999Z"),
      (1_709_164_800_000, "2024-02-29T00:00:00.000Z"), (4_107_542_400_000, "2100-03-01T00:00:00.000Z"),
      (1_795_352_400_123, "2026-11-22T13:00:00.123Z"), (-62_167_219_200_000, "0000-01-01T00:00:00.000Z"),
      (253_402_300_799_999, "9999-12-31T23:59:59.999Z"),
    ] as [(Int64, String)])
  func `a moment and its text go both ways`(milliseconds: Int64, text: String) {
    #expect(Timestamp(milliseconds: milliseconds).description == text)
    #expect(Timestamp(text)?.milliseconds == milliseconds)
  }

  @Test func `every day of eight centuries goes both ways and follows the one before`() {
    var last = ""
    for day in Int64(-146_097)...146_097 {
      let moment = Timestamp(seconds: day * 86_400)
      let text = moment.description
      #expect(text > last)
      #expect(Timestamp(text) == moment)
      last = text
    }
  }

  @Test(arguments: [
    ("2026-11-22t13:00:00z", "2026-11-22T13:00:00.000Z"), ("2026-11-22T13:00:00.1Z", "2026-11-22T13:00:00.100Z"),
    ("2026-11-22T13:00:00.12Z", "2026-11-22T13:00:00.120Z"),
    ("2026-11-22T13:00:00.123999999999999999999999Z", "2026-11-22T13:00:00.123Z"),
    ("2026-11-22T13:00:00+02:30", "2026-11-22T10:30:00.000Z"),
    ("2026-11-22T23:00:00.5-01:00", "2026-11-23T00:00:00.500Z"),
    ("2026-11-22T13:00:00-00:00", "2026-11-22T13:00:00.000Z"),
  ])
  func `other forms of RFC 3339 are read`(text: String, canonical: String) {
    #expect(Timestamp(text)?.description == canonical)
  }

  @Test(arguments: [
    "", "2026", "2026-11-22", "2026-11-22T13:00:00", "2026-11-22 13:00:00Z", "2026-11-22T13:00:00.Z",
    "2026-11-22T13:00Z",
    "2026-11-22T24:00:00Z", "2026-11-22T13:60:00Z", "2026-11-22T13:00:60Z", "2026-00-22T13:00:00Z",
    "2026-13-22T13:00:00Z",
    "2026-11-00T13:00:00Z", "2026-11-31T13:00:00Z", "2026-12-32T13:00:00Z", "2026-02-29T13:00:00Z",
    "2100-02-29T13:00:00Z",
    "2024-02-30T13:00:00Z", "2026-11-22T13:00:00+24:00", "2026-11-22T13:00:00+01:60", "2026-11-22T13:00:00+0100",
    "2026-11-22T13:00:00+1:00", "2026-11-22T13:00:00ZZ", " 2026-11-22T13:00:00Z", "2026-11-22T13:00:00Z ",
    "20261122T130000Z", "-026-11-22T13:00:00Z", "2026-1a-22T13:00:00Z", "٢٠٢٦-11-22T13:00:00Z", "12026-11-22T13:00:00Z",
    "0000-01-01T00:00:00+00:01", "9999-12-31T23:59:59-00:01",
  ])
  func `any other text is refused`(text: String) {
    #expect(Timestamp(text) == nil)
  }

  @Test func `every prefix of a text is refused`() {
    let text = "2026-11-22T13:00:00.123+01:00"
    #expect(Timestamp(text) != nil)
    for length in 0..<text.count { #expect(Timestamp(String(text.prefix(length))) == nil) }
  }

  @Test func `a value out of range becomes the nearer end`() {
    #expect(Timestamp(milliseconds: .max).milliseconds == Timestamp.range.upperBound)
    #expect(Timestamp(milliseconds: .min).milliseconds == Timestamp.range.lowerBound)
    #expect(Timestamp(seconds: .max).milliseconds == Timestamp.range.upperBound)
    #expect(Timestamp(seconds: .min).milliseconds == Timestamp.range.lowerBound)
  }

  @Test(arguments: [(0, 0), (999, 0), (1000, 1), (-1, -1), (-1000, -1), (-1001, -2)] as [(Int64, Int64)])
  func `seconds are rounded towards the past`(milliseconds: Int64, seconds: Int64) {
    #expect(Timestamp(milliseconds: milliseconds).seconds == seconds)
  }

  @Test func `moments are ordered by time`() {
    #expect(Timestamp(milliseconds: -5) < Timestamp(milliseconds: 3))
    #expect(!(Timestamp(milliseconds: 3) < Timestamp(milliseconds: 3)))
  }

  @Test func `now lies after these lines were written and does not stand still`() {
    let first = Timestamp.now()
    #expect(first > Timestamp(seconds: 1_760_000_000))
    while Timestamp.now() == first {}
  }
}
