// SPDX-License-Identifier: Apache-2.0

import HTTP1
import HTTP1Vectors
import Testing

private func text(_ seconds: Int64) -> String? {
  guard let date = IMFDate(unixSeconds: seconds) else { return nil }
  var buffer: [UInt8] = []
  date.write(into: &buffer)
  return String(decoding: buffer, as: UTF8.self)
}

private func seconds(_ text: String) -> Int64? {
  let bytes = text.bytes
  return IMFDate(bytes.span, 0..<bytes.count)?.unixSeconds
}

@Suite struct IMFDateTests {
  @Test(
    arguments: [
      (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
      (-1, "Wed, 31 Dec 1969 23:59:59 GMT"),
      (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"),
      (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"),
      (951_868_800, "Wed, 01 Mar 2000 00:00:00 GMT"),
      (1_709_251_199, "Thu, 29 Feb 2024 23:59:59 GMT"),
      (2_147_483_648, "Tue, 19 Jan 2038 03:14:08 GMT"),
      (4_107_542_400, "Mon, 01 Mar 2100 00:00:00 GMT"),
      (-62_167_219_200, "Sat, 01 Jan 0000 00:00:00 GMT"),
      (253_402_300_799, "Fri, 31 Dec 9999 23:59:59 GMT"),
    ] as [(Int64, String)])
  func aSecondHasOneText(_ unixSeconds: Int64, _ expected: String) {
    #expect(text(unixSeconds) == expected)
    #expect(seconds(expected) == unixSeconds)
  }

  @Test func whatFourDigitsCannotSayIsRefused() {
    #expect(IMFDate(unixSeconds: 253_402_300_800) == nil)
    #expect(IMFDate(unixSeconds: -62_167_219_201) == nil)
    #expect(IMFDate(unixSeconds: .max) == nil)
    #expect(IMFDate(unixSeconds: .min) == nil)
  }

  @Test func daysOfAllYearsGoThereAndBack() {
    // A step that is coprime to the lengths of weeks and of 400 years meets every kind of day.
    for day in stride(from: Int64(-719_528), through: 2_932_896, by: 101) {
      let second = day * 86_400 + (day & 0xFFFF)
      if text(second).flatMap(seconds) != second { Issue.record("\(second)") }
    }
  }

  @Test func daysFollowEachOtherInTheCalendar() {
    // Counted without the formula under test.
    var (year, month, day, weekday) = (1896, 1, 1, 3)
    let lengths = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    let names = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    for number in Int64(-27_028)..<Int64(60_000) {
      let expected = "\(names[weekday]), \(day < 10 ? "0" : "")\(day) "
      if text(number * 86_400)?.hasPrefix(expected) != true || text(number * 86_400)?.contains(" \(year) ") != true {
        Issue.record("\(number): \(expected), not \(text(number * 86_400) ?? "nil")")
        return
      }
      weekday = (weekday + 1) % 7
      day += 1
      let isLeap = year % 400 == 0 || (year % 4 == 0 && year % 100 != 0)
      if day > lengths[month - 1] + (month == 2 && isLeap ? 1 : 0) { (month, day) = (month + 1, 1) }
      if month > 12 { (year, month) = (year + 1, 1) }
    }
  }

  @Test(arguments: [
    "", "Sun, 06 Nov 1994 08:49:37 GM", "Sun, 06 Nov 1994 08:49:37 GMT ", " Sun, 06 Nov 1994 08:49:37 GMT",
    "Mon, 06 Nov 1994 08:49:37 GMT", "sun, 06 Nov 1994 08:49:37 GMT", "Sun, 06 nov 1994 08:49:37 GMT",
    "Sun, 06 Nov 1994 08:49:37 gmt", "Sun, 06 Nov 1994 08:49:37 UTC", "Sun, 06 Nov 1994 24:49:37 GMT",
    "Sun, 06 Nov 1994 08:60:37 GMT", "Sun, 06 Nov 1994 08:49:60 GMT", "Sun, 00 Nov 1994 08:49:37 GMT",
    "Thu, 31 Nov 1994 08:49:37 GMT", "Thu, 31 Apr 1994 08:49:37 GMT", "Wed, 29 Feb 1995 08:49:37 GMT",
    "Thu, 29 Feb 1900 08:49:37 GMT", "Sun, 30 Feb 2000 08:49:37 GMT", "Sun, 06-Nov-1994 08:49:37 GMT",
    "Sun,  6 Nov 1994 08:49:37 GMT", "Sun; 06 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08.49:37 GMT",
    "Sun, 06 Nov 1994T08:49:37 GMT", "Sun, 06 Nov +994 08:49:37 GMT", "Sun, 06 Nov 1994 -8:49:37 GMT",
    "Sun, 06 Nov 1994 08:49:3x GMT", "Sun, 06 SunN1994 08:49:37 GMT", "unM, 06 Nov 1994 08:49:37 GMT",
    "Sun Nov  6 08:49:37 1994", "Sunday, 06-Nov-94 08:49:37 GMT",
  ])
  func anyOtherTextIsRefused(_ text: String) {
    #expect(seconds(text) == nil)
  }

  /// 1994-11-06T08:49:37Z in all three, and the years that two digits may mean.
  @Test(arguments: [
    ("Sun, 06 Nov 1994 08:49:37 GMT", 784_111_777), ("Sunday, 06-Nov-94 08:49:37 GMT", 784_111_777),
    ("Sun Nov  6 08:49:37 1994", 784_111_777), ("Wed Nov 16 08:49:37 1994", 784_975_777),
    ("Saturday, 01-Jan-00 00:00:00 GMT", 946_684_800), ("Saturday, 31-Dec-77 23:59:59 GMT", 252_460_799),
    ("Friday, 31-Dec-76 23:59:59 GMT", 220_924_799), ("Thursday, 31-Dec-76 23:59:59 GMT", 3_376_684_799),
  ])
  func theObsoleteFormsAreReadToo(_ text: String, _ second: Int64) {
    // In January 2027 the end of "76" is not fifty years away any more.
    let now: Int64 = text.hasPrefix("Thursday") ? 1_800_000_000 : 1_795_352_400
    let bytes = text.bytes
    #expect(IMFDate(anyForm: bytes.span, 0..<bytes.count, now: now)?.unixSeconds == second)
  }

  @Test(arguments: [
    "", "Sun", ",", "Sun Nov 06 08:49:37 199", "Mon Nov  6 08:49:37 1994", "Sun Nov  6 08:49:37 +994",
    "Sun Nov   08:49:37 1994", "Sun Nov 31 08:49:37 1994", "Sun, 06-Nov-94 08:49:37 GMT",
    "sunday, 06-Nov-94 08:49:37 GMT",
    "Monday, 06-Nov-94 08:49:37 GMT", "Sunday, 6-Nov-94 08:49:37 GMT", "Sunday, 06-Nov-1994 08:49:37 GMT",
    "Sunday, 06 Nov 94 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 UTC", "Sunday, 06-Nov-94 08:49:37 GMT ",
    "Sunday, 06-Nov-94 24:49:37 GMT", "Someday, 06-Nov-94 08:49:37 GMT", ", 06-Nov-94 08:49:37 GMT",
  ])
  func whatIsNoneOfTheThreeFormsIsRefused(_ text: String) {
    let bytes = text.bytes
    #expect(IMFDate(anyForm: bytes.span, 0..<bytes.count, now: 1_795_352_400) == nil)
  }

  @Test func everyChangedByteIsRefusedOrAnotherDate() {
    let original = "Sun, 06 Nov 1994 08:49:37 GMT".bytes
    for index in original.indices {
      for byte in UInt8.min...UInt8.max where byte != original[index] {
        var bytes = original
        bytes[index] = byte
        guard let date = IMFDate(bytes.span, 0..<bytes.count) else { continue }
        #expect(text(date.unixSeconds)?.bytes == bytes)
      }
    }
  }

  @Test func datesAreOrderedByTime() throws {
    let early = try #require(IMFDate(unixSeconds: 1))
    let late = try #require(IMFDate(unixSeconds: 2))
    #expect(early < late)
    #expect(!(late < early))
  }
}
