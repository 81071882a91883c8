// SPDX-License-Identifier: Apache-2.0

package import JSON
package import Provider

/// Why a text is no value of a setting: the end of a sentence that begins with the place of the value.
package struct SettingValueError: Error, Hashable, Sendable {
  package let message: String

  package init(_ message: String) {
    self.message = message
  }

  /// `"soon" is not a duration such as 300s`.
  static func notA(_ expectation: String, _ text: String) -> SettingValueError {
    SettingValueError("\(text.debugDescription) is not \(expectation)")
  }
}

/// A type that a setting can have: read from text (environment, flag) or JSON (file), and shown again.
package protocol SettingValue: Sendable {
  /// Whether values of this type are masked and may be given as `NAME_FILE`.
  static var isSecret: Bool { get }

  static func parse(_ text: String) throws(SettingValueError) -> Self
  static func read(_ json: JSON) throws(SettingValueError) -> Self

  /// The value as `config print` shows it, secrets masked; in a form that `read` takes back.
  var shown: JSON { get }
}

extension SettingValue {
  package static var isSecret: Bool { false }

  package static func read(_ json: JSON) throws(SettingValueError) -> Self {
    guard let text = json.string else { throw SettingValueError("must be a string") }
    return try parse(text)
  }
}

extension Bool: SettingValue {
  package static func parse(_ text: String) throws(SettingValueError) -> Bool {
    guard let value = Bool(text) else { throw .notA("true or false", text) }
    return value
  }

  package static func read(_ json: JSON) throws(SettingValueError) -> Bool {
    guard let value = json.bool else { throw SettingValueError("must be true or false") }
    return value
  }

  package var shown: JSON { .bool(self) }
}

extension Int: SettingValue {
  package static func parse(_ text: String) throws(SettingValueError) -> Int {
    guard text.utf8.allSatisfy(isDigit), let value = Int(text) else { throw .notA("a whole number", text) }
    return value
  }

  package static func read(_ json: JSON) throws(SettingValueError) -> Int {
    guard let value = json.int, let number = Int(exactly: value), number >= 0 else {
      throw SettingValueError("must be a whole number")
    }
    return number
  }

  package var shown: JSON { .number(JSONNumber(Int64(self))) }
}

extension Double: SettingValue {
  package static func parse(_ text: String) throws(SettingValueError) -> Double {
    guard text.utf8.allSatisfy({ isDigit($0) || $0 == UInt8(ascii: ".") }), let value = Double(text), value.isFinite
    else { throw .notA("a number", text) }
    return value
  }

  package static func read(_ json: JSON) throws(SettingValueError) -> Double {
    guard let value = json.double, value.isFinite, value >= 0 else {
      throw SettingValueError("must be a number, not negative")
    }
    return value
  }

  package var shown: JSON { JSONNumber(text: shortText(self)).map(JSON.number) ?? .null }
}

/// Text that only has to be there: a path or a command.
extension String: SettingValue {
  package static func parse(_ text: String) throws(SettingValueError) -> String {
    guard !text.isEmpty else { throw SettingValueError("must not be empty") }
    guard !text.utf8.contains(0) else { throw SettingValueError("must not hold a NUL") }
    return text
  }

  package var shown: JSON { .string(self) }
}

extension Secret: SettingValue {
  package static var isSecret: Bool { true }

  package static func parse(_ text: String) throws(SettingValueError) -> Secret {
    guard !text.isEmpty else { throw SettingValueError("must not be empty") }
    return Secret(text)
  }

  package var shown: JSON { .string(description) }
}

extension Optional: SettingValue where Wrapped: SettingValue {
  package static var isSecret: Bool { Wrapped.isSecret }

  package static func parse(_ text: String) throws(SettingValueError) -> Wrapped? {
    try Wrapped.parse(text)
  }

  /// `null` in the file says "none" where none is possible.
  package static func read(_ json: JSON) throws(SettingValueError) -> Wrapped? {
    if case .null = json { return nil }
    return try Wrapped.read(json)
  }

  package var shown: JSON { self?.shown ?? .null }
}

/// A list: comma-separated as text, an array (or such a text) in the file.
extension Array: SettingValue where Element: SettingValue {
  package static var isSecret: Bool { Element.isSecret }

  package static func parse(_ text: String) throws(SettingValueError) -> [Element] {
    var list: [Element] = []
    for part in text.split(separator: ",", omittingEmptySubsequences: false) {
      let part = trimmed(part)
      guard !part.isEmpty else { throw SettingValueError("must not have an empty element between its commas") }
      list.append(try Element.parse(part))
    }
    return list
  }

  package static func read(_ json: JSON) throws(SettingValueError) -> [Element] {
    if let text = json.string { return try parse(text) }
    guard let elements = json.array else { throw SettingValueError("must be a list of strings") }
    var list: [Element] = []
    for element in elements { list.append(try Element.read(element)) }
    return list
  }

  package var shown: JSON { .array(map(\.shown)) }
}

func isDigit(_ byte: UInt8) -> Bool {
  byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")
}

/// The text without the spaces and tabs around it.
func trimmed(_ text: some StringProtocol) -> String {
  func isBlank(_ character: Character) -> Bool { character == " " || character == "\t" }
  let head = text.drop(while: isBlank)
  guard let last = head.lastIndex(where: { !isBlank($0) }) else { return "" }
  return String(head[...last])
}

/// `250` rather than `250.0`, and the shortest text otherwise.
func shortText(_ value: Double) -> String {
  Int64(exactly: value).map(String.init) ?? "\(value)"
}
