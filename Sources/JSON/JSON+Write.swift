// SPDX-License-Identifier: Apache-2.0

extension JSON {
  /// Appends the value as JSON text without white space. Members keep their order, numbers their text.
  package func write(into output: inout [UInt8]) {
    switch self {
    case .null: output.append(contentsOf: "null".utf8)
    case .bool(let value): output.append(contentsOf: (value ? "true" : "false").utf8)
    case .number(let number): output.append(contentsOf: number.text.utf8)
    case .string(let string): JSON.appendQuoted(string, to: &output)
    case .array(let elements):
      output.append(ASCII.openBracket)
      for (index, element) in elements.enumerated() {
        if index > 0 { output.append(ASCII.comma) }
        element.write(into: &output)
      }
      output.append(ASCII.closeBracket)
    case .object(let members):
      output.append(ASCII.openBrace)
      for (index, member) in members.enumerated() {
        if index > 0 { output.append(ASCII.comma) }
        JSON.appendQuoted(member.key, to: &output)
        output.append(ASCII.colon)
        member.value.write(into: &output)
      }
      output.append(ASCII.closeBrace)
    }
  }

  /// The value as JSON text without white space.
  package func compact() -> [UInt8] {
    var output: [UInt8] = []
    write(into: &output)
    return output
  }

  /// The value as JSON text for people: two spaces a level, a line for each element and member, no line end behind the
  /// last. Members keep their order, numbers their text.
  package func pretty() -> String {
    var output: [UInt8] = []
    writePretty(into: &output, level: 0)
    return String(decoding: output, as: UTF8.self)
  }

  private func writePretty(into output: inout [UInt8], level: Int) {
    switch self {
    case .array(let elements) where !elements.isEmpty:
      output.append(ASCII.openBracket)
      for (index, element) in elements.enumerated() {
        Self.beginLine(in: &output, level: level + 1, isFirst: index == 0)
        element.writePretty(into: &output, level: level + 1)
      }
      Self.beginLine(in: &output, level: level, isFirst: true)
      output.append(ASCII.closeBracket)
    case .object(let members) where !members.isEmpty:
      output.append(ASCII.openBrace)
      for (index, member) in members.enumerated() {
        Self.beginLine(in: &output, level: level + 1, isFirst: index == 0)
        JSON.appendQuoted(member.key, to: &output)
        output.append(ASCII.colon)
        output.append(ASCII.space)
        member.value.writePretty(into: &output, level: level + 1)
      }
      Self.beginLine(in: &output, level: level, isFirst: true)
      output.append(ASCII.closeBrace)
    default:
      write(into: &output)
    }
  }

  private static func beginLine(in output: inout [UInt8], level: Int, isFirst: Bool) {
    if !isFirst { output.append(ASCII.comma) }
    output.append(ASCII.lineFeed)
    output.append(contentsOf: repeatElement(ASCII.space, count: 2 * level))
  }
}

extension JSON: CustomStringConvertible {
  /// The value as JSON text without white space.
  package var description: String { String(decoding: compact(), as: UTF8.self) }
}
