// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import JSON

@Suite struct NamesTests {
  /// A name of every length, no two of which begin alike.
  private static let names = (1...24).map { length in
    String((0..<length).map { Character(UnicodeScalar(UInt8(97 + ($0 + length) % 26))) })
  }

  /// The numbers of the names that are found in an object, each with its value, and those that are repeated.
  private func read(_ text: String, names: [String] = Self.names) throws -> (found: [Int: String], repeated: [Int]) {
    let bytes = Array(text.utf8)
    var tape = JSONTape(names: JSONNames(names))
    try tape.parse(bytes.span)
    var nodes = [JSONNode](repeating: tape.root, count: 64)
    var span = nodes.mutableSpan
    let sets = tape.readWantedMembers(of: tape.root, to: &span)
    var found: [Int: String] = [:]
    for number in 0..<64 where sets.present >> UInt64(number) & 1 != 0 {
      found[number] = String(decoding: bytes[tape.range(of: nodes[number])], as: UTF8.self)
    }
    return (found, (0..<64).filter { sets.repeated >> UInt64($0) & 1 != 0 })
  }

  @Test(arguments: 1...24)
  func `a name of any length up to 24 has its number`(number: Int) throws {
    let name = Self.names[number - 1]
    #expect(try read(#"{"\#(name)":7}"#).found == [number: "7"])
    #expect(try read(#"{"\#(name)x":7,"x\#(name)":8}"#).found == [:])
    #expect(try read("[\(String(repeating: " ", count: 30))\"\(name)\"]").found == [:])
  }

  @Test func `all names are told apart in one object and a repeated one has its last value`() throws {
    let members = Self.names.enumerated().map { "\"\($1)\":\($0 + 1)" }
    let all = try read("{" + members.joined(separator: ",") + "}")
    #expect(all.found == Dictionary(uniqueKeysWithValues: (1...24).map { ($0, String($0)) }))
    #expect(all.repeated == [])
    let twice = try read("{" + (members + [#""\#(Self.names[8])":[1,{"b":2}]"#]).joined(separator: ",") + "}")
    #expect(twice.found[9] == #"[1,{"b":2}]"#)
    #expect(twice.repeated == [9])
  }

  @Test func `members of what is nested are not those of the object around it`() throws {
    let text = #"{"x":{"\#(Self.names[1])":1},"y":[{"\#(Self.names[2])":2}],"\#(Self.names[3])":{"b":{}},"z":3}"#
    #expect(try read(text).found == [4: #"{"b":{}}"#])
  }

  @Test func `without names nothing is wanted, and what is no object has no members`() throws {
    #expect(try read(#"{"b":1,"":2}"#, names: []).found == [:])
    for text in ["7", "\"b\"", "[\"b\",1]", "null", "{}"] { #expect(try read(text).found == [:]) }
  }

  /// What is expected to come next may only ever save time.
  @Test func `a tape that has read other texts tells the same as a new one`() throws {
    var random = SplitMix64(state: 3)
    let names = ["a", "ab", "resultJson", "resultWaterMarkUrls", "state", "a name of 24 bytes......"].shuffled(
      using: &random)
    let written =
      names.flatMap { ["\"\($0)\":", "\"\($0)\" :", " \"\($0)\":", "\"\($0)x\":", "\"\\u0061\($0.dropFirst())\":"] }
      + ["\"\":", "\"other\":", "\"state\\\"\":", "\"state\";", "\"state:"]
    var used = JSONTape(names: JSONNames(names))
    for _ in 0..<3000 {
      let members = (0..<Int.random(in: 0..<5, using: &random)).map { _ in
        (written.randomElement(using: &random) ?? "")
          + (["1", "{}", "\"x\"", "{\"a\":2}"].randomElement(using: &random) ?? "")
      }
      var bytes = Array("{\(members.joined(separator: ","))}".utf8)
      if Bool.random(using: &random) { bytes.removeLast(Int.random(in: 1...bytes.count, using: &random)) }
      var new = JSONTape(names: JSONNames(names))
      let (told, expected) = (tokens(of: bytes, &used), tokens(of: bytes, &new))
      #expect(told == expected, "\(String(decoding: bytes, as: UTF8.self))")
    }
  }

  /// All that the tape tells, or the fault.
  private func tokens(of bytes: [UInt8], _ tape: inout JSONTape) -> [String] {
    do throws(JSONError) {
      try tape.parse(bytes.span)
      return tape.tokens.map { "\($0)" }
    } catch {
      return [error.description]
    }
  }
}
