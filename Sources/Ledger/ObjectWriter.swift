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
    separate()
    append(UInt8(ascii: "\""))
    append(literal: name)
    append(literal: "\":")
  }

  /// A comma, unless this is the first member or element.
  mutating func separate() {
    guard let last, last != UInt8(ascii: "{"), last != UInt8(ascii: "[") else { return }
    append(UInt8(ascii: ","))
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
    append(UInt8(ascii: "\""))
    appendHex(value, digits: 16)
    append(UInt8(ascii: "\""))
  }

  mutating func appendHex(_ value: UInt64, digits: Int) {
    append(addingCapacity: digits) { output in
      for place in stride(from: (digits - 1) * 4, through: 0, by: -4) {
        let digit = UInt8(truncatingIfNeeded: value >> UInt64(place)) & 15
        output.append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
      }
    }
  }
}
