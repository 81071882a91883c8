// SPDX-License-Identifier: Apache-2.0

/// A second in time as HTTP writes it: `Sun, 06 Nov 1994 08:49:37 GMT` (IMF-fixdate, RFC 9110, 5.6.7).
package struct IMFDate: Hashable, Comparable, Sendable {
  /// Seconds since 1970-01-01T00:00:00Z, between the years 0 and 9999.
  package let unixSeconds: Int64

  /// How long the text is, in bytes.
  package static var length: Int { 29 }

  /// 0000-01-01T00:00:00Z ... 9999-12-31T23:59:59Z, all that four digits of a year can say.
  private static var representable: ClosedRange<Int64> { -62_167_219_200...253_402_300_799 }

  /// nil outside the years 0 to 9999.
  package init?(unixSeconds: Int64) {
    guard Self.representable.contains(unixSeconds) else { return nil }
    self.unixSeconds = unixSeconds
  }

  package static func < (left: IMFDate, right: IMFDate) -> Bool { left.unixSeconds < right.unixSeconds }

  /// Appends the 29 bytes.
  package func write(into buffer: inout [UInt8]) {
    let bytes = self.bytes
    buffer.append(bytes.span, 0..<Self.length)
  }

  /// The 29 bytes.
  package var bytes: InlineArray<29, UInt8> {
    let (days, second) = unixSeconds.flooredDivision(by: 86_400)
    let (year, month, day) = Calendar.date(daysSince1970: days)
    var text = InlineArray<29, UInt8>(repeating: .space)
    text.put(Calendar.weekdays, name: Calendar.weekday(daysSince1970: days), at: 0)
    text[3] = UInt8(ascii: ",")
    text.put(day, digits: 2, at: 5)
    text.put(Calendar.months, name: month - 1, at: 8)
    text.put(year, digits: 4, at: 12)
    text.put(Int(second) / 3600, digits: 2, at: 17)
    text[19] = UInt8(ascii: ":")
    text.put(Int(second) / 60 % 60, digits: 2, at: 20)
    text[22] = UInt8(ascii: ":")
    text.put(Int(second) % 60, digits: 2, at: 23)
    text[26] = UInt8(ascii: "G")
    text[27] = UInt8(ascii: "M")
    text[28] = UInt8(ascii: "T")
    return text
  }

  /// Reads exactly the 29 bytes that `bytes` writes; names are case-sensitive, the weekday must be the date's, and a
  /// leap second (60) is refused because a Unix second cannot hold it.
  package init?(_ bytes: Span<UInt8>, _ range: Range<Int>) {
    guard range.count == Self.length else { return nil }
    let text = bytes.extracting(range)
    guard
      let weekday = text.name(Calendar.weekdays, at: 0), text.matches(3..<5, ", "),
      let day = text.number(5..<7), text[7] == .space,
      let month = text.name(Calendar.months, at: 8), text[11] == .space,
      let year = text.number(12..<16), text[16] == .space,
      let second = text.secondOfDay(at: 17), text.matches(25..<29, " GMT")
    else { return nil }
    self.init(weekday: weekday, year: year, month: month + 1, day: day, second: second)
  }

  /// A date of the calendar, which must fall on that weekday (0 is Sunday); nil if there is none.
  init?(weekday: Int, year: Int, month: Int, day: Int, second: Int) {
    guard day >= 1, day <= Calendar.days(inMonth: month, year: year) else { return nil }
    let days = Calendar.daysSince1970(year: year, month: month, day: day)
    guard Calendar.weekday(daysSince1970: days) == weekday else { return nil }
    self.init(unixSeconds: days * 86_400 + Int64(second))
  }
}

extension InlineArray<29, UInt8> {
  fileprivate mutating func put(_ number: Int, digits: Int, at offset: Int) {
    var rest = number
    for index in (offset..<offset + digits).reversed() {
      self[index] = UInt8(ascii: "0") + UInt8(rest % 10)
      rest /= 10
    }
  }

  /// Puts the `name`th group of three letters.
  fileprivate mutating func put(_ names: String, name: Int, at offset: Int) {
    var index = offset
    for letter in names.utf8.dropFirst(name * 3).prefix(3) {
      self[index] = letter
      index += 1
    }
  }
}
