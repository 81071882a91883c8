// SPDX-License-Identifier: Apache-2.0

internal import Callbacks
internal import JSON

/// Writing JSON objects member by member into one growing buffer: the journal's lines and the task files are made this
/// way, without a tree in between. Member names are ours and need no escaping.
extension [UInt8] {
  mutating func openObject() { append(UInt8(ascii: "{")) }
  mutating func closeObject() { append(UInt8(ascii: "}")) }
  mutating func openArray() { append(UInt8(ascii: "[")) }
  mutating func closeArray() { append(UInt8(ascii: "]")) }

  mutating func appendName(_ name: StaticString) {
    append(name: name, isFirst: isAtStart)
  }

  /// A comma, unless this is the first member or element.
  mutating func separate() {
    if !isAtStart { append(UInt8(ascii: ",")) }
  }

  /// Whether nothing has been written of the innermost object or array.
  private var isAtStart: Bool {
    guard let last else { return true }
    return last == UInt8(ascii: "{") || last == UInt8(ascii: "[")
  }

  mutating func appendMember(_ name: StaticString, _ value: String) {
    appendName(name)
    append(quoted: value)
  }

  mutating func appendMember(_ name: StaticString, _ value: Int) {
    appendMember(name, Int64(value))
  }

  mutating func appendMember(_ name: StaticString, _ value: Int64) {
    appendName(name)
    JSON.appendInteger(value, to: &self)
  }

  mutating func appendMember(_ name: StaticString, _ value: UInt64) {
    appendName(name)
    JSON.appendInteger(value, to: &self)
  }

  mutating func appendMember(_ name: StaticString, _ value: Bool) {
    appendName(name)
    if value { append(literal: "true") } else { append(literal: "false") }
  }

  mutating func appendMember(_ name: StaticString, _ value: Timestamp) {
    appendName(name)
    append(UInt8(ascii: "\""))
    value.append(to: &self)
    append(UInt8(ascii: "\""))
  }

  mutating func appendMember(_ name: StaticString, _ value: TaskID) {
    appendName(name)
    appendQuoted(value)
  }

  /// `raw` is JSON text already.
  mutating func appendMember(_ name: StaticString, raw: String) {
    appendName(name)
    append(contentsOf: raw.utf8)
  }

  mutating func appendMember(_ name: StaticString, _ values: [String]) {
    appendName(name)
    appendArray(values)
  }

  mutating func appendArray(_ values: [String]) {
    openArray()
    for value in values {
      separate()
      append(quoted: value)
    }
    closeArray()
  }

  mutating func appendNull(_ name: StaticString) {
    appendName(name)
    append(literal: "null")
  }

  mutating func appendQuoted(_ id: TaskID) {
    append(literal: "\"tsk_")
    id.appendULID(to: &self)
    append(UInt8(ascii: "\""))
  }

  /// Sixteen hexadecimal digits, as a string.
  mutating func appendQuoted(hex value: UInt64) {
    append(literal: "\"", hex: value, digits: 16, "\"")
  }
}
