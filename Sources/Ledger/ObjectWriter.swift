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

  mutating func appendName(_ name: String) {
    separate()
    append(UInt8(ascii: "\""))
    append(contentsOf: name.utf8)
    append(UInt8(ascii: "\""))
    append(UInt8(ascii: ":"))
  }

  /// A comma, unless this is the first member or element.
  mutating func separate() {
    guard let last, last != UInt8(ascii: "{"), last != UInt8(ascii: "[") else { return }
    append(UInt8(ascii: ","))
  }

  mutating func appendMember(_ name: String, _ value: String) {
    appendName(name)
    JSON.appendQuoted(value, to: &self)
  }

  mutating func appendMember(_ name: String, _ value: Int) {
    appendMember(name, Int64(value))
  }

  mutating func appendMember(_ name: String, _ value: Int64) {
    appendName(name)
    JSON.appendInteger(value, to: &self)
  }

  mutating func appendMember(_ name: String, _ value: UInt64) {
    appendName(name)
    JSON.appendInteger(value, to: &self)
  }

  mutating func appendMember(_ name: String, _ value: Bool) {
    appendName(name)
    append(contentsOf: (value ? "true" : "false").utf8)
  }

  mutating func appendMember(_ name: String, _ value: Timestamp) {
    appendMember(name, value.description)
  }

  /// `raw` is JSON text already.
  mutating func appendMember(_ name: String, raw: String) {
    appendName(name)
    append(contentsOf: raw.utf8)
  }

  mutating func appendMember(_ name: String, _ values: [String]) {
    appendName(name)
    openArray()
    for value in values {
      separate()
      JSON.appendQuoted(value, to: &self)
    }
    closeArray()
  }

  mutating func appendNull(_ name: String) {
    appendName(name)
    append(contentsOf: "null".utf8)
  }

  /// Sixteen hexadecimal digits, as a string.
  mutating func appendMember(_ name: String, hex value: UInt64) {
    appendName(name)
    append(UInt8(ascii: "\""))
    appendHex(value, digits: 16)
    append(UInt8(ascii: "\""))
  }

  mutating func appendHex(_ value: UInt64, digits: Int) {
    for place in stride(from: (digits - 1) * 4, through: 0, by: -4) {
      let digit = UInt8(truncatingIfNeeded: value >> UInt64(place)) & 15
      append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
    }
  }
}
