// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import JSON

@Suite struct TreeTests {
  @Test func `literals make the values they look like`() throws {
    let literal: JSON = [
      "null": nil, "yes": true, "count": 3, "ratio": 0.5, "name": "kite", "list": [1, "two", [], [:]],
    ]
    let parsed = try JSON.parse(
      #"{"null":null,"yes":true,"count":3,"ratio":0.5,"name":"kite","list":[1,"two",[],{}]}"#)
    #expect(literal == parsed)
  }

  @Test func `accessors answer for their kind only`() {
    let values: [JSON] = [nil, true, 1, "s", [1], ["k": 1]]
    #expect(values.map(\.isNull) == [true, false, false, false, false, false])
    #expect(values.map(\.bool) == [nil, true, nil, nil, nil, nil])
    #expect(values.map(\.int) == [nil, nil, 1, nil, nil, nil])
    #expect(values.map(\.double) == [nil, nil, 1, nil, nil, nil])
    #expect(values.map(\.string) == [nil, nil, nil, "s", nil, nil])
    #expect(values.map(\.array) == [nil, nil, nil, nil, [1], nil])
    #expect(values.map(\.object) == [nil, nil, nil, nil, nil, ["k": 1]])
    #expect(values.map { $0["k"] } == [nil, nil, nil, nil, nil, 1])
    #expect(values.map { $0[0] } == [nil, nil, nil, nil, 1, nil])
    #expect(values.map { $0[1] } == [nil, nil, nil, nil, nil, nil])
    #expect(values.map { $0[-1] } == [nil, nil, nil, nil, nil, nil])
  }

  @Test func `objects keep order and duplicates, and find the last`() throws {
    var object = try #require(try JSON.parse(#"{"b":1,"a":2,"b":3}"#).object)
    #expect(object.keys == ["b", "a", "b"])
    #expect(object["b"] == 3)
    object["b"] = 4
    object["c"] = 5
    #expect(JSON.object(object).description == #"{"b":1,"a":2,"b":4,"c":5}"#)
    object["b"] = nil
    object["x"] = nil
    #expect(JSON.object(object).description == #"{"a":2,"c":5}"#)
    #expect(object.count == 2)
    #expect(object["b"] == nil)
    #expect(JSONObject(object.map { ($0.key, $0.value) }) == object)
    #expect(JSONObject().isEmpty)
  }

  @Test func `names differ if their code units differ`() {
    let object: JSONObject = ["\u{E9}": 1, "e\u{301}": 2]
    #expect(object["\u{E9}"] == 1)
    #expect(object["e\u{301}"] == 2)
  }

  @Test func `pretty text has a line for each element and member`() throws {
    let value: JSON = ["a": 1, "b": [true, nil, ["c": "d"]], "e": [], "f": [:]]
    let text = """
      {
        "a": 1,
        "b": [
          true,
          null,
          {
            "c": "d"
          }
        ],
        "e": [],
        "f": {}
      }
      """
    #expect(value.pretty() == text)
    #expect(try JSON.parse(text) == value)
    #expect(JSON.string("x").pretty() == #""x""#)
  }

  @Test func `writing appends to what is there`() {
    var output = Array("data: ".utf8)
    JSON.array([1, "\u{1}"]).write(into: &output)
    #expect(output == Array(#"data: [1,"\u0001"]"#.utf8))
  }

  /// The document and the answers of RFC 6901 section 5.
  @Test func `pointers lead where RFC 6901 says`() throws {
    let document = try JSON.parse(
      #"{"foo":["bar","baz"],"":0,"a/b":1,"c%d":2,"e^f":3,"g|h":4,"i\\j":5,"k\"l":6," ":7,"m~n":8}"#)
    let table: [(String, JSON?)] = [
      ("", document), ("/foo", ["bar", "baz"]), ("/foo/0", "bar"), ("/", 0), ("/a~1b", 1), ("/c%d", 2), ("/e^f", 3),
      ("/g|h", 4), (#"/i\j"#, 5), (#"/k"l"#, 6), ("/ ", 7), ("/m~0n", 8),
      ("foo", nil), ("/bar", nil), ("/foo/2", nil), ("/foo/-", nil), ("/foo/00", nil), ("/foo/01", nil),
      ("/foo/+1", nil),
      ("/foo/", nil), ("/foo/0/0", nil), ("/foo/9223372036854775808", nil), ("/m~n", nil), ("/m~", nil), ("/m~2n", nil),
      ("/foo/٠", nil), ("//", nil),
    ]
    for (pointer, value) in table { #expect(document.at(pointer: pointer) == value, "\(pointer)") }
  }

  @Test func `a pointer undoes escapes once`() {
    let document: JSON = ["~1": "tilde one", "/": "slash", "": ["": "empty twice"], "/\u{301}": "accent"]
    #expect(document.at(pointer: "/~01") == "tilde one")
    #expect(document.at(pointer: "/~1") == "slash")
    #expect(document.at(pointer: "//") == "empty twice")
    #expect(document.at(pointer: "/~1\u{301}") == "accent")
  }
}
