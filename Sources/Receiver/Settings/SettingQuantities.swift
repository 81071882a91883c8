// SPDX-License-Identifier: Apache-2.0

package import JSON
package import Logging

/// An amount of bytes, written `1048576`, `1MiB` or `2 GiB` (powers of 1024) or `1MB` (powers of 1000).
package struct ByteCount: Hashable, Sendable, CustomStringConvertible {
  package let bytes: Int

  package init(_ bytes: Int) {
    self.bytes = bytes
  }

  private static let units: [(name: String, factor: Int)] = [
    ("tib", 1 << 40), ("gib", 1 << 30), ("mib", 1 << 20), ("kib", 1 << 10),
    ("tb", 1_000_000_000_000), ("gb", 1_000_000_000), ("mb", 1_000_000), ("kb", 1000), ("b", 1), ("", 1),
  ]

  /// The largest power of 1024 that divides the amount: `1 MiB`, or plain bytes.
  package var description: String {
    guard bytes > 0 else { return "\(bytes)" }
    for (name, factor) in [("TiB", 1 << 40), ("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)]
    where bytes % factor == 0 {
      return "\(bytes / factor) \(name)"
    }
    return "\(bytes)"
  }
}

extension ByteCount: SettingValue {
  package static func parse(_ text: String) throws(SettingValueError) -> ByteCount {
    let digits = text.utf8.prefix(while: isDigit)
    let unit = trimmed(text.dropFirst(digits.count)).lowercased()
    guard let amount = Int(Substring(digits)), let factor = units.first(where: { $0.name == unit })?.factor else {
      throw .notA("a size such as 1MiB, 2 GiB or 65536", text)
    }
    let (bytes, overflow) = amount.multipliedReportingOverflow(by: factor)
    guard !overflow else { throw .notA("a size that fits 64 bits", text) }
    return ByteCount(bytes)
  }

  package static func read(_ json: JSON) throws(SettingValueError) -> ByteCount {
    if let text = json.string { return try parse(text) }
    guard let value = json.int, let bytes = Int(exactly: value), bytes >= 0 else {
      throw SettingValueError("must be a size such as \"1MiB\" or a whole number of bytes")
    }
    return ByteCount(bytes)
  }

  package var shown: JSON { .string(description) }
}

/// Durations are written as numbers with units, largest first or not: `300s`, `1m30s`, `500ms`.
extension Duration: SettingValue {
  package static func parse(_ text: String) throws(SettingValueError) -> Duration {
    guard let milliseconds = milliseconds(in: Substring(text)) else {
      throw .notA("a duration such as 300s, 1m30s or 500ms", text)
    }
    return .milliseconds(milliseconds)
  }

  package var shown: JSON { .string(settingText) }

  /// Whole seconds where possible, as in `300s`, else milliseconds.
  package var settingText: String {
    let milliseconds = wholeMilliseconds
    return milliseconds % 1000 == 0 ? "\(milliseconds / 1000)s" : "\(milliseconds)ms"
  }

  /// The duration in milliseconds, rounded down.
  package var wholeMilliseconds: Int64 {
    let (seconds, attoseconds) = components
    return seconds * 1000 + attoseconds / 1_000_000_000_000_000
  }

  /// At most 100 years, so that no sum with a time of ours overflows.
  private static let maximumMilliseconds: Int64 = 100 * 366 * 86_400_000

  private static func milliseconds(in text: Substring) -> Int64? {
    let factors: [Substring: Int64] = ["ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000]
    guard !text.isEmpty else { return nil }
    var rest = text
    var sum: Int64 = 0
    while !rest.isEmpty {
      let digits = rest.prefix { $0.isASCII && $0.isWholeNumber }
      let unit = rest.dropFirst(digits.count).prefix { !($0.isASCII && $0.isWholeNumber) }
      guard let amount = Int64(digits), let factor = factors[unit] else { return nil }
      let (part, overflow) = amount.multipliedReportingOverflow(by: factor)
      guard !overflow, part <= maximumMilliseconds else { return nil }
      sum += part
      guard sum <= maximumMilliseconds else { return nil }
      rest = rest.dropFirst(digits.count + unit.count)
    }
    return sum
  }
}

extension Logger.Level: SettingValue {
  package static func parse(_ text: String) throws(SettingValueError) -> Logger.Level {
    guard let level = Logger.Level(rawValue: text) else {
      throw .notA("one of " + allCases.map(\.rawValue).joined(separator: ", "), text)
    }
    return level
  }

  package var shown: JSON { .string(rawValue) }
}

extension LogFormat: SettingValue {
  package static func parse(_ text: String) throws(SettingValueError) -> LogFormat {
    guard let format = LogFormat(rawValue: text) else { throw .notA("json or text", text) }
    return format
  }

  package var shown: JSON { .string(rawValue) }
}
