// SPDX-License-Identifier: Apache-2.0

internal import Callbacks

/// Members by their kinds of value.
extension JSONWriter {
  @inline(__always)
  mutating func openObject() { append(literal: "{") }
  @inline(__always)
  mutating func closeObject() { append(literal: "}") }
  @inline(__always)
  mutating func openArray() { append(literal: "[") }
  @inline(__always)
  mutating func closeArray() { append(literal: "]") }

  @inline(__always)
  mutating func appendMember(_ name: StaticString, _ value: String) {
    append(name: name)
    append(quoted: value)
  }

  /// `null` where there is nothing.
  @inline(__always)
  mutating func appendMember(_ name: StaticString, _ value: String?) {
    if let value { appendMember(name, value) } else { appendNull(name) }
  }

  mutating func appendMember(_ name: StaticString, _ value: Int) {
    appendMember(name, Int64(value))
  }

  mutating func appendMember(_ name: StaticString, _ value: Int64) {
    append(name: name)
    append(integer: value)
  }

  mutating func appendMember(_ name: StaticString, _ value: UInt64) {
    append(name: name)
    append(integer: value)
  }

  mutating func appendMember(_ name: StaticString, _ value: Bool) {
    append(name: name)
    if value { append(literal: "true") } else { append(literal: "false") }
  }

  @inline(__always)
  mutating func appendMember(_ name: StaticString, _ value: Timestamp) {
    append(name: name)
    append(quoted: value)
  }

  @inline(__always)
  mutating func appendMember(_ name: StaticString, _ value: TaskID) {
    append(name: name)
    append(quoted: value)
  }

  /// `raw` is JSON text already.
  mutating func appendMember(_ name: StaticString, raw: String) {
    append(name: name)
    append(copying: raw)
  }

  mutating func appendMember(_ name: StaticString, _ values: [String]) {
    append(name: name)
    append(values)
  }

  mutating func appendMember(_ name: StaticString, _ values: TextList) {
    append(name: name)
    append(values)
  }

  mutating func append(_ values: TextList) {
    openArray()
    if let first = values.first { append(quoted: first) }
    for value in values.others {
      append(literal: ",")
      append(quoted: value)
    }
    closeArray()
  }

  private mutating func append(_ values: [String]) {
    openArray()
    let values = values.span
    for place in values.indices {
      if place > 0 { append(literal: ",") }
      append(quoted: values[place])
    }
    closeArray()
  }

  mutating func appendNull(_ name: StaticString) {
    append(name: name)
    append(literal: "null")
  }

  mutating func append(_ file: SavedFile) {
    openObject()
    appendMember("number", file.number)
    appendMember("path", file.path)
    appendMember("bytes", file.bytes)
    appendMember("sha256", file.sha256)
    appendMember("type", file.type)
    closeObject()
  }
}
