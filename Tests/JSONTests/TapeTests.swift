// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import JSON

/// Picking from a tape.
@Suite struct TapeTests {
  @Test func `members are found at every level`() throws {
    let text = try ParsedText(Samples.callback)
    let data = try #require(text.member("data", of: text.root))
    let taskID = try #require(text.member("taskId", of: data))
    let param = try #require(text.member("param", of: data))
    let created = try #require(text.member("createTime", of: data))
    let retried = try #require(text.member("retried", of: data))
    let failure = try #require(text.member("failMsg", of: data))

    #expect(text.kind(text.root) == .object)
    #expect(text.count(data) == 11)
    #expect(text.string(taskID) == "0123456789abcdef0123456789abcdef")
    #expect(!text.hasEscapes(taskID))
    #expect(text.hasEscapes(param))
    #expect(text.string(param) == #"{"input":{"prompt":"a red kite"}}"#)
    #expect(text.equals(param, #"{"input":{"prompt":"a red kite"}}"#))
    #expect(text.int64(created) == 1_760_000_000_000)
    #expect(text.bool(retried) == false)
    #expect(text.isNull(failure))
    #expect(text.member("taskID", of: data) == nil)
    #expect(text.member("taskId", of: text.root) == nil)
    #expect(text.member("a red kite", of: data) == nil)
  }

  @Test func `the last of several members is found, however its name is written`() throws {
    let text = try ParsedText(#"{"a":1,"b":2,"\u0061":3,"c":{"a":4}}"#)
    let found = try #require(text.member("a", of: text.root))
    #expect(text.int64(found) == 3)
    #expect(text.count(text.root) == 4)
  }

  @Test func `names are compared by their code units`() throws {
    let text = try ParsedText(#"{"é":1,"e\u0301":2,"":3}"#)
    func value(_ name: String) -> Int64? {
      text.member(name, of: text.root).flatMap { text.int64($0) }
    }
    #expect(value("\u{E9}") == 1)
    #expect(value("e\u{301}") == 2)
    #expect(value("") == 3)
    #expect(value("e") == nil)
  }

  @Test func `ranges cover a value from its first byte to its last`() throws {
    let text = try ParsedText(#" { "a" : [ 1 , "x" ] , "b" : -1.5 } "#)
    let array = try #require(text.member("a", of: text.root))
    let number = try #require(text.member("b", of: text.root))
    let one = try #require(text.firstChild(array))
    let string = try #require(text.nextSibling(one, in: array))
    #expect(text.written(text.root) == #"{ "a" : [ 1 , "x" ] , "b" : -1.5 }"#)
    #expect(text.written(array) == #"[ 1 , "x" ]"#)
    #expect(text.written(string) == #""x""#)
    #expect(text.contents(string) == "x")
    #expect(text.contents(number) == nil)
    #expect(text.written(number) == "-1.5")
    #expect(text.nextSibling(string, in: array) == nil)
    #expect(text.nextSibling(array, in: text.root) == number)
  }

  @Test func `walks go through children in order and past what is in them`() throws {
    let text = try ParsedText(#"{"a":[1,[2,3],{"x":4},5],"b":{},"c":[],"a":6}"#)
    let members = text.members(of: text.root)
    #expect(members.map { text.string($0.name) } == ["a", "b", "c", "a"])
    #expect(members.map { text.written($0.value) } == [#"[1,[2,3],{"x":4},5]"#, "{}", "[]", "6"])

    let array = try #require(text.firstChild(text.root))
    var kinds: [JSONKind] = []
    text.elements(of: array) { kinds.append(text.kind($0)) }
    #expect(kinds == [.number, .array, .object, .number])
    #expect(text.count(array) == 4)

    for name in ["b", "c"] {
      let empty = try #require(text.member(name, of: text.root))
      #expect(text.firstChild(empty) == nil)
      #expect(text.count(empty) == 0)
    }
  }

  @Test func `a walk stops at the error its body throws`() throws {
    struct Enough: Error {}
    let text = try ParsedText("[1,2,3]")
    var seen = 0
    #expect(throws: Enough.self) {
      try text.elements(of: text.root) { (_) throws(Enough) in
        seen += 1
        if seen == 2 { throw Enough() }
      }
    }
    #expect(seen == 2)
  }

  @Test func `asking a value for what it is not gives nothing`() throws {
    let text = try ParsedText(#"["s",1,true,null,[],{}]"#)
    var answers: [[Bool]] = []
    text.elements(of: text.root) { node in
      answers.append([
        text.appended(node) != nil, text.string(node) != nil, text.equals(node, "s"),
        text.int64(node) != nil, text.number(node) != nil,
        text.bool(node) != nil, text.isNull(node),
      ])
      #expect(text.member("s", of: node) == nil)
      #expect(text.count(node) == 0)
      #expect(!text.hasEscapes(node))
      text.elements(of: node) { _ in Issue.record("no element here") }
      #expect(text.members(of: node).isEmpty)
    }
    #expect(
      answers == [
        [true, true, true, false, false, false, false],
        [false, false, false, true, true, false, false],
        [false, false, false, false, false, true, false],
        [false, false, false, false, false, false, true],
        [false, false, false, false, false, false, false],
        [false, false, false, false, false, false, false],
      ])
  }

  @Test func `escaped strings are equal to their characters and to nothing else`() throws {
    let text = try ParsedText(#""a\n\u00e9\ud83d\ude00\/z""#)
    let decoded = "a\né😀/z"
    #expect(text.string(text.root) == decoded)
    #expect(text.equals(text.root, decoded))
    #expect(!text.equals(text.root, decoded + "z"))
    for end in decoded.unicodeScalars.indices {
      #expect(!text.equals(text.root, String(decoded.unicodeScalars[..<end])))
    }
    #expect(text.appended(text.root, to: Array("> ".utf8)) == Array("> \(decoded)".utf8))
  }

  /// As many tokens as bytes can make: open containers, members with empty names, elements of one digit.
  @Test(arguments: ["[", "[[],", #"{"":"#, #"{"":0,"#, "[0,", "[{},", "0"])
  func `any number of tokens finds room`(part: String) {
    for count in 1...70 {
      let text = Array(String(repeating: part, count: count).utf8)
      for end in text.indices {
        var tape = JSONTape()
        let accepted = (try? tape.parse(text.span.extracting(...end), limits: JSONLimits(maxDepth: .max))) != nil
        #expect(accepted == (end == 0 && part == "0"))
      }
    }
    let text = Array((String(repeating: "[", count: 500) + String(repeating: "]", count: 500)).utf8)
    var tape = JSONTape()
    #expect(throws: Never.self) { try tape.parse(text.span, limits: JSONLimits(maxDepth: 500)) }
    #expect(tape.tokens.count == 500)
  }

  @Test func `a tape is reused without traces of the text before and without growing again`() throws {
    var tape = JSONTape()
    let long = Array(Samples.callback.utf8)
    let short = Array("[1]".utf8)
    let broken = Array("[1,2".utf8)
    try tape.parse(long.span)
    let capacity = tape.tokens.capacity
    try tape.parse(short.span)
    #expect(tape.tokens.count == 2)
    do throws(JSONError) {
      try tape.parse(broken.span)
      Issue.record("a broken text was accepted")
    } catch {
      #expect(tape.tokens.isEmpty)
    }
    try tape.parse(long.span)
    #expect(tape.tokens.capacity == capacity)
  }

  @Test(
    arguments: [
      ("\\\"", "\""), ("\\\\", "\\"), ("\\n", "\n"), ("\\/", "/"), ("\\u0041", "A"), ("\\u00e9", "é"),
      ("\\u65e5", "日"), ("\\ud83d\\ude00", "😀"), ("é", "é"), ("😀", "😀"), ("\u{7F}", "\u{7F}"),
    ])
  func `what is escaped is decoded at every place, alone and in a row`(written: String, character: String) throws {
    for before in 0..<20 {
      for after in 0..<10 {
        for count in 1...4 {
          let (a, b) = (String(repeating: "x", count: before), String(repeating: "y", count: after))
          let text = try ParsedText("\"" + a + String(repeating: written, count: count) + b + "\"")
          let expected = a + String(repeating: character, count: count) + b
          #expect(text.string(text.root) == expected)
          #expect(text.appended(text.root, to: [1, 2]) == [1, 2] + Array(expected.utf8))
        }
      }
    }
  }
}
