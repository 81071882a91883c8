// SPDX-License-Identifier: Apache-2.0

import JSON
import Testing

@testable import Callbacks

@Suite struct FieldTests {
  /// The fields that are found in an object.
  private func fields(in text: String) throws -> [Field: JSON] {
    let text = Array(text.utf8)
    var tape = JSONTape(names: Field.names)
    try tape.parse(text.span)
    let fields = Fields(of: tape.root, tape)
    var found: [Field: JSON] = [:]
    for field in Field.allCases { found[field] = fields[field].map { tape.tree($0, in: text.span) } }
    #expect(fields.present == found.keys.reduce(0) { $0 | $1.bit })
    return found
  }

  /// The fields of an object with the given names, each with the value `null`.
  private func fields(_ names: [String]) throws -> Set<Field> {
    Set(try fields(in: "{" + names.map { quoted($0) + ":null" }.joined(separator: ",") + "}").keys)
  }

  /// A name with its characters at an even place, or at an odd one, or all of them written as escapes.
  private func escaped(_ name: String, _ choice: Int) -> String {
    var text = "\""
    for (place, byte) in name.utf8.enumerated() {
      let isEscaped = choice == 2 || place % 2 == choice
      text += isEscaped ? "\\u00" + String(byte, radix: 16) : String(UnicodeScalar(byte))
    }
    return text + "\""
  }

  @Test(arguments: Field.allCases)
  func `a field is found by its own name alone`(field: Field) throws {
    #expect(try fields([field.name]) == [field])
    for index in field.name.indices {
      #expect(try !fields([String(field.name[..<index])]).contains(field))
    }
    #expect(try fields([field.name + "X"]) == [])
  }

  @Test(arguments: Field.allCases)
  func `no change of one bit of a name leaves it that name`(field: Field) throws {
    let name = Array(field.name.utf8)
    for place in name.indices {
      for bit in 0..<7 {
        var changed = name
        changed[place] ^= 1 << UInt8(bit)
        #expect(try !fields([String(decoding: changed, as: UTF8.self)]).contains(field))
      }
    }
  }

  @Test(arguments: Field.allCases)
  func `a name is found at every distance from the end of the text`(field: Field) throws {
    for spaces in 0..<24 {
      let text = "{\"\(field.name)\":1" + String(repeating: " ", count: spaces) + "}"
      #expect(try fields(in: text) == [field: 1])
    }
  }

  @Test func `all fields are found side by side and nothing else is`() throws {
    #expect(try fields(Field.allCases.map(\.name)) == Set(Field.allCases))
    #expect(try fields(["", "x", String(repeating: "x", count: 500), "TASKID", "param"]) == [])
  }

  @Test(arguments: Field.allCases, 0..<3)
  func `a name written with escapes is the name it stands for`(field: Field, choice: Int) throws {
    #expect(try fields(in: "{\(escaped(field.name, choice)):3}") == [field: 3])
    #expect(try fields(in: "{\(escaped(field.name + "x", choice)):3}") == [:])
  }

  @Test func `of a repeated name the last value counts and the repetition is seen`() throws {
    #expect(try fields(in: #"{"\u0064ata":1,"\u0064atum":2,"d\u0061ta":3}"#) == [.data: 3])
    let text = Array(#"{"data":1,"code":2,"\u0064ata":3,"msg":4}"#.utf8)
    var tape = JSONTape(names: Field.names)
    try tape.parse(text.span)
    let repeated = Fields(of: tape.root, tape).repeated
    #expect(repeated == Field.data.bit)
  }

  @Test(arguments: Field.allCases)
  func `a name with a NUL before or behind it is another name`(field: Field) throws {
    #expect(try fields([field.name + "\0", field.name + "\0\0\0\0", "\0" + field.name]) == [])
  }

  @Test(arguments: ["null", "7", "[]", #"["data"]"#, #""data""#, #"{"x":{"data":1}}"#])
  func `what is no object, or lies deeper, has no fields`(text: String) throws {
    #expect(try fields(in: text) == [:])
  }
}
