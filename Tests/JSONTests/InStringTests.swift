// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import JSON

/// JSON text in a JSON string, read where it stands: beside it the plain way, which decodes the string first.
@Suite struct InStringTests {
  private static let texts = [
    #"{"resultUrls":["https://files.example.test/a.mp4"],"resultWaterMarkUrls":[]}"#,
    #"{"a":[1,-2.5e3,true,false,null,"",{}],"a longer name than any word":{"b":"c"},"":0}"#,
    #" [ "a" , { "b" : "c" } ] "#,
    #"["\#(String(repeating: "0123456789", count: 20))","x"]"#,
    #""only a string""#, #""""#, "7", "null", "[]", "{}",
  ]

  /// What stands between the quotation marks of a string that holds the text.
  private static func contents(_ text: String) -> [UInt8] { Array(JSON.string(text).compact().dropFirst().dropLast()) }

  /// The tree that is read where it stands; none if that cannot be done. (`nil` would be JSON's null.)
  private func read(_ contents: [UInt8], _ tape: inout JSONTape) -> JSON? {
    guard tape.parse(inString: contents.span) else { return Optional.none }
    return tape.tree(tape.root, in: contents.span)
  }

  @Test(arguments: texts)
  func `a text without backslashes is read where it stands`(text: String) throws {
    for names in [JSONNames.none, JSONNames(["resultUrls", "a", "b"])] {
      var tape = JSONTape(names: names)
      for _ in 0..<2 {
        let tree = read(Self.contents(text), &tape)
        #expect(tree == (try JSON.parse(text)))
      }
    }
  }

  @Test(arguments: [#"["a\\b"]"#, #"["a\"b"]"#, #"["\u00e9"]"#, "[\n1]", "[1,\t2]", #"["a\/b"]"#])
  func `a text with escapes of its own, or with white space that needs one, has to be decoded`(text: String) {
    var tape = JSONTape()
    let tree = read(Self.contents(text), &tape)
    #expect(tree == Optional<JSON>.none)
  }

  @Test(arguments: texts)
  func `nothing is read where it stands that decoding would refuse or read otherwise`(text: String) throws {
    let contents = Self.contents(text)
    var tape = JSONTape(names: JSONNames(["resultUrls", "a", "b"]))
    var read = 0
    for position in contents.indices {
      var changes = [Array(contents[..<position]), Array(contents[position...])]
      for byte in #""\{}[]:,0 a"#.utf8 {
        changes.append(contents)
        changes[changes.count - 1][position] = byte
        changes.append(contents)
        changes[changes.count - 1].insert(byte, at: position)
      }
      for changed in changes {
        // Only what is valid between quotation marks comes here.
        guard let decoded = try? JSON.parse([ASCII.quote] + changed + [ASCII.quote]).string else { continue }
        guard let tree = self.read(changed, &tape) else { continue }
        read += 1
        #expect((try? JSON.parse(decoded)) == tree, "\(decoded)")
      }
    }
    #expect(read > 0 || contents.count < 3)
  }

  @Test func `wanted names are told by their numbers`() {
    let contents = Self.contents(#"{"b":1,"resultWaterMarkUrls":2,"c":3,"a name of 21 bytes...":4,"b":5}"#)
    var tape = JSONTape(names: JSONNames(["resultWaterMarkUrls", "b", "a name of 21 bytes..."]))
    for _ in 0..<3 {
      let isRead = tape.parse(inString: contents.span)
      #expect(isRead)
      var found: [String] = []
      tape.forEachWantedMember(of: tape.root) { found.append("\($0) \(tape.int64($1, in: contents.span) ?? 0)") }
      #expect(found == ["2 1", "1 2", "3 4", "2 5"])
    }
  }
}
