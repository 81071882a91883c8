// SPDX-License-Identifier: Apache-2.0

/// The Gregorian calendar, extended backwards, in whole days.
///
/// Years are counted from March, so that the leap day is a year's last and the days before a month follow one formula;
/// 400 such years are always 146,097 days.
enum Calendar {
  /// Groups of three letters, Sunday first.
  static var weekdays: String { "SunMonTueWedThuFriSat" }
  /// Groups of three letters, January first.
  static var months: String { "JanFebMarAprMayJunJulAugSepOctNovDec" }

  private static var daysPer400Years: Int64 { 146_097 }
  /// From 0000-03-01 to 1970-01-01.
  private static var daysBefore1970: Int64 { 719_468 }

  /// 0 is Sunday; 1970-01-01 was a Thursday.
  static func weekday(daysSince1970 days: Int64) -> Int { Int((days + 4).flooredDivision(by: 7).remainder) }

  static func date(daysSince1970: Int64) -> (year: Int, month: Int, day: Int) {
    let (cycle, dayOfCycle) = (daysSince1970 + daysBefore1970).flooredDivision(by: daysPer400Years)
    let day = Int(dayOfCycle)
    // Takes out the leap days before `day`: one in 4 years (1,460 days), not in 100 (36,524), again in 400 (146,096).
    let yearOfCycle = (day - day / 1460 + day / 36_524 - day / 146_096) / 365
    let dayOfYear = day - (365 * yearOfCycle + yearOfCycle / 4 - yearOfCycle / 100)
    let monthFromMarch = (5 * dayOfYear + 2) / 153
    let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
    let year = Int(cycle) * 400 + yearOfCycle + (month <= 2 ? 1 : 0)
    return (year, month, dayOfYear - (153 * monthFromMarch + 2) / 5 + 1)
  }

  static func daysSince1970(year: Int, month: Int, day: Int) -> Int64 {
    let fromMarch = month > 2 ? month - 3 : month + 9
    let (cycle, yearOfCycle) = Int64(month > 2 ? year : year - 1).flooredDivision(by: 400)
    let dayOfYear = (153 * fromMarch + 2) / 5 + day - 1
    let dayOfCycle = yearOfCycle * 365 + yearOfCycle / 4 - yearOfCycle / 100 + Int64(dayOfYear)
    return cycle * daysPer400Years + dayOfCycle - daysBefore1970
  }

  static func days(inMonth month: Int, year: Int) -> Int {
    switch month {
    case 2: isLeap(year) ? 29 : 28
    case 4, 6, 9, 11: 30
    default: 31
    }
  }

  private static func isLeap(_ year: Int) -> Bool { year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) }
}

extension Int64 {
  /// Division that rounds towards minus infinity, so that the remainder is never negative.
  func flooredDivision(by divisor: Int64) -> (quotient: Int64, remainder: Int64) {
    let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
    return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
  }
}
