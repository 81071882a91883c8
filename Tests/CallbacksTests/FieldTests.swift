// SPDX-License-Identifier: Apache-2.0

import JSON
import Testing

@testable import Callbacks

@Suite struct FieldTests {
  /// The fields of an object with the given names, each with the value `null`.
  private func fields(_ names: [String]) throws -> Set<Field> {
    let text = Array(("{" + names.map { quoted($0) + ":null" }.joined(separator: ",") + "}").utf8)
    var tape = JSONTape()
    try tape.parse(text.span)
    let fields = Fields(of: tape.root, tape, in: text.span)
    return Set(Field.allCases.filter { fields[$0] != nil })
  }

  @Test(arguments: Field.allCases)
  func `a field is found by its own name alone`(field: Field) throws {
    #expect(try fields([field.name]) == [field])
    for index in field.name.indices {
      #expect(try !fields([field.name.replacingCharacters(at: index, with: "X")]).contains(field))
      #expect(try !fields([String(field.name[..<index])]).contains(field))
    }
    #expect(try fields([field.name + "X"]) == [])
  }

  @Test func `all fields are found side by side and nothing else is`() throws {
    #expect(try fields(Field.allCases.map(\.name)) == Set(Field.allCases))
    #expect(try fields(["", "x", String(repeating: "x", count: 500), "TASKID", "param"]) == [])
  }

  @Test func `a name written with escapes is the name it stands for`() throws {
    let text = Array(#"{"\u0064ata":1,"\u0064atum":2,"d\u0061ta":3}"#.utf8)
    var tape = JSONTape()
    try tape.parse(text.span)
    let node = try #require(Fields(of: tape.root, tape, in: text.span)[.data])
    #expect(tape.int64(node, in: text.span) == 3)
  }

  @Test(arguments: Field.allCases)
  func `a name with a NUL behind it is another name`(field: Field) throws {
    #expect(try fields([field.name + "\0", field.name + "\0\0\0\0"]) == [])
  }

  @Test(arguments: ["null", "7", "[]", #"["data"]"#, #""data""#])
  func `what is no object has no fields`(text: String) throws {
    let text = Array(text.utf8)
    var tape = JSONTape()
    try tape.parse(text.span)
    let fields = Fields(of: tape.root, tape, in: text.span)
    #expect(Field.allCases.allSatisfy { fields[$0] == nil })
  }
}

extension String {
  fileprivate func replacingCharacters(at index: Index, with character: Character) -> String {
    String(self[..<index]) + String(character) + self[self.index(after: index)...]
  }
}
