// SPDX-License-Identifier: Apache-2.0

import JSON

/// Percent done, in any of the forms that a progress may take; the provider documents none of them for callbacks.
struct Progress: Equatable {
  /// 0 to 100; `nil` if the text cannot be read.
  let percent: Int?
  /// The text as written.
  let text: String

  /// Reads a number or a string: `45`, `"45"`, `"45 %"`, or a fraction such as `0.45`.
  ///
  /// Only a number below 1 that is not whole, and without a percent sign, counts as a fraction: 1 is one percent.
  init(_ text: String) {
    self.text = text
    if let whole = Int64(text) {
      percent = Int(min(max(whole, 0), 100))
      return
    }
    var digits = Substring(text).utf8
    while digits.last == UInt8(ascii: " ") { digits.removeLast() }
    let hasSign = digits.last == UInt8(ascii: "%")
    if hasSign { digits.removeLast() }
    while digits.last == UInt8(ascii: " ") { digits.removeLast() }
    while digits.first == UInt8(ascii: " ") { digits.removeFirst() }
    // The grammar of JSON, for `Double` alone would also take "inf" and hexadecimal.
    guard let value = JSONNumber(text: String(Substring(digits)))?.double else {
      percent = nil
      return
    }
    let scaled = !hasSign && value > 0 && value < 1 ? value * 100 : value
    percent = Int(min(max(scaled, 0), 100))
  }
}
