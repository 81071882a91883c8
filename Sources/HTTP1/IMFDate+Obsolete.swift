// SPDX-License-Identifier: Apache-2.0

extension IMFDate {
  /// Reads an HTTP-date in any of its three forms, the obsolete ones of RFC 850 and of asctime(3) included: who takes a
  /// date from a field must understand them all (RFC 9110, 5.6.7).
  ///
  /// - Parameter now: Unix seconds. RFC 850 has two digits for the year: one that would lie more than 50 years after
  ///   `now` is the last such year before it.
  package init?(anyForm bytes: Span<UInt8>, _ range: Range<Int>, now: Int64) {
    switch range.count {
    case Self.length where bytes[range.lowerBound + 3] == UInt8(ascii: ","): self.init(bytes, range)
    case 24: self.init(asctime: bytes.extracting(range))
    default: self.init(rfc850: bytes.extracting(range), now: now)
    }
  }

  /// `Sun Nov  6 08:49:37 1994`
  private init?(asctime text: Span<UInt8>) {
    guard
      let weekday = text.name(Calendar.weekdays, at: 0), text[3] == .space,
      let month = text.name(Calendar.months, at: 4), text[7] == .space,
      let day = text.number(text[8] == .space ? 9..<10 : 8..<10), text[10] == .space,
      let second = text.secondOfDay(at: 11), text[19] == .space, let year = text.number(20..<24)
    else { return nil }
    self.init(weekday: weekday, year: year, month: month + 1, day: day, second: second)
  }

  /// 365.25 days, in seconds.
  private static var averageYear: Int64 { 31_557_600 }

  /// `Sunday, 06-Nov-94 08:49:37 GMT`
  private init?(rfc850 text: Span<UInt8>, now: Int64) {
    guard
      let comma = text.indices.first(where: { text[$0] == UInt8(ascii: ",") }), text.count == comma + 24,
      let weekday = Calendar.longWeekdays.firstIndex(where: { text.matches(0..<comma, $0) }),
      text[comma + 1] == .space, let day = text.number(comma + 2..<comma + 4), text[comma + 4] == UInt8(ascii: "-"),
      let month = text.name(Calendar.months, at: comma + 5), text[comma + 8] == UInt8(ascii: "-"),
      let twoDigits = text.number(comma + 9..<comma + 11), text[comma + 11] == .space,
      let second = text.secondOfDay(at: comma + 12), text.matches(comma + 20..<comma + 24, " GMT")
    else { return nil }
    let latest = now + 50 * Self.averageYear
    let lastYear = Calendar.date(daysSince1970: latest.flooredDivision(by: 86_400).quotient).year
    var year = lastYear - (lastYear - twoDigits) % 100
    if Calendar.daysSince1970(year: year, month: month + 1, day: day) * 86_400 + Int64(second) > latest { year -= 100 }
    self.init(weekday: weekday, year: year, month: month + 1, day: day, second: second)
  }
}

extension Calendar {
  fileprivate static var longWeekdays: [String] {
    ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"]
  }
}

extension Span<UInt8> {
  /// The number that the digits in `range` write; nil if there is another byte among them.
  func number(_ range: Range<Int>) -> Int? {
    var number = 0
    for index in range {
      guard self[index].isDigit else { return nil }
      number = number * 10 + Int(self[index] &- 0x30)
    }
    return number
  }

  /// Which group of three letters stands at `offset`.
  func name(_ names: String, at offset: Int) -> Int? {
    var letter = 0
    var isEqual = true
    for character in names.utf8 {
      if self[offset + letter % 3] != character { isEqual = false }
      letter += 1
      if letter % 3 == 0 {
        if isEqual { return letter / 3 - 1 }
        isEqual = true
      }
    }
    return nil
  }

  /// `08:49:37` at `offset`, in seconds since midnight.
  func secondOfDay(at offset: Int) -> Int? {
    guard
      let hour = number(offset..<offset + 2), hour < 24, self[offset + 2] == UInt8(ascii: ":"),
      let minute = number(offset + 3..<offset + 5), minute < 60, self[offset + 5] == UInt8(ascii: ":"),
      let second = number(offset + 6..<offset + 8), second < 60
    else { return nil }
    return hour * 3600 + minute * 60 + second
  }
}
