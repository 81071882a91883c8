// SPDX-License-Identifier: Apache-2.0

extension Timestamp: CustomStringConvertible {
  /// RFC 3339 in UTC with three fraction digits: `2026-11-22T13:00:00.123Z`.
  package var description: String {
    let characters = rfc3339
    return String(decoding: characters.indices.lazy.map { characters[$0] }, as: UTF8.self)
  }

  /// The 24 ASCII bytes of ``description``.
  package var rfc3339: InlineArray<24, UInt8> {
    let (day, millisecond) = milliseconds.flooredDivision(by: 86_400_000)
    let date = civilDate(day: day)
    var text = Text()
    text.append(date.year / 100)
    text.append(date.year % 100, then: "-")
    text.append(date.month, then: "-")
    text.append(date.day, then: "T")
    text.append(millisecond / 3_600_000, then: ":")
    text.append(millisecond / 60_000 % 60, then: ":")
    text.append(millisecond / 1000 % 60, then: ".")
    text.append(millisecond % 1000 / 10)
    text.append(UInt8(ascii: "0") + UInt8(millisecond % 10))
    text.append(UInt8(ascii: "Z"))
    return text.bytes
  }

  /// Reads a date-time of RFC 3339 section 5.6: any number of fraction digits (cut to milliseconds), `Z` or an offset.
  ///
  /// `nil` for anything else, for a date the calendar does not have, and for second 60, which no Unix clock shows.
  package init?(_ text: String) {
    var cursor = DateTimeCursor(rest: Substring(text).utf8)
    guard let year = cursor.digits(4), cursor.skip("-"), let month = cursor.digits(2), cursor.skip("-"),
      let day = cursor.digits(2), cursor.skip("T", or: "t"), let hour = cursor.digits(2), cursor.skip(":"),
      let minute = cursor.digits(2), cursor.skip(":"), let second = cursor.digits(2),
      let fraction = cursor.fraction(), let offset = cursor.offset(), cursor.rest.isEmpty,
      1...12 ~= month, day >= 1, day <= daysInMonth(month, year: year), hour < 24, minute < 60, second < 60
    else { return nil }
    let minutes = (dayNumber(year: year, month: month, day: day) * 24 + hour) * 60 + minute - offset
    let milliseconds = (minutes * 60 + second) * 1000 + fraction
    guard Self.range.contains(milliseconds) else { return nil }
    self.init(milliseconds: milliseconds)
  }
}

/// Takes the parts of a date-time off the front of a text.
private struct DateTimeCursor {
  var rest: Substring.UTF8View

  mutating func skip(_ wanted: Unicode.Scalar, or other: Unicode.Scalar? = nil) -> Bool {
    guard let byte = rest.first, byte == UInt8(ascii: wanted) || other.map({ byte == UInt8(ascii: $0) }) == true
    else { return false }
    rest.removeFirst()
    return true
  }

  mutating func digits(_ count: Int) -> Int64? {
    var value: Int64 = 0
    for _ in 0..<count {
      guard let digit = digit() else { return nil }
      value = value * 10 + digit
    }
    return value
  }

  /// Milliseconds of an optional fraction; `nil` for a point without digits.
  mutating func fraction() -> Int64? {
    guard skip(".") else { return 0 }
    guard let first = digit() else { return nil }
    var value = first * 100
    var weight: Int64 = 10
    while let digit = digit() {
      value += digit * weight
      weight /= 10
    }
    return value
  }

  /// Minutes east of UTC.
  mutating func offset() -> Int64? {
    if skip("Z", or: "z") { return 0 }
    let isWest = skip("-")
    guard isWest || skip("+"), let hours = digits(2), skip(":"), let minutes = digits(2), hours < 24, minutes < 60
    else { return nil }
    return (hours * 60 + minutes) * (isWest ? -1 : 1)
  }

  private mutating func digit() -> Int64? {
    guard let byte = rest.first, UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte else { return nil }
    rest.removeFirst()
    return Int64(byte - UInt8(ascii: "0"))
  }
}

private struct Text {
  var bytes = InlineArray<24, UInt8>(repeating: 0)
  private var count = 0

  @inline(__always)
  mutating func append(_ byte: UInt8) {
    bytes[count] = byte
    count += 1
  }

  /// Appends two digits of a value from 0 to 99, and what stands behind them.
  @inline(__always)
  mutating func append(_ value: Int64, then separator: Unicode.Scalar? = nil) {
    append(UInt8(ascii: "0") + UInt8(value / 10))
    append(UInt8(ascii: "0") + UInt8(value % 10))
    if let separator { append(UInt8(ascii: separator)) }
  }
}

private func daysInMonth(_ month: Int64, year: Int64) -> Int64 {
  switch month {
  case 4, 6, 9, 11: 30
  case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
  default: 31
  }
}

/// Days from 1970-01-01 to a date of the proleptic Gregorian calendar.
///
/// The year is taken to begin in March, so that the leap day is the last of it and months have a regular length.
private func dayNumber(year: Int64, month: Int64, day: Int64) -> Int64 {
  let shifted = month <= 2 ? year - 1 : year
  let (era, yearOfEra) = shifted.flooredDivision(by: 400)
  let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
  let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
  return era * 146_097 + dayOfEra - 719_468
}

/// The inverse of `dayNumber`.
private func civilDate(day: Int64) -> (year: Int64, month: Int64, day: Int64) {
  let (era, dayOfEra) = (day + 719_468).flooredDivision(by: 146_097)
  let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
  let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
  let shiftedMonth = (5 * dayOfYear + 2) / 153
  let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
  let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
  return (year, month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
}
