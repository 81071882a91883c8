// SPDX-License-Identifier: Apache-2.0

import JSON
import Testing

@testable import Submitter

private func messages(_ schema: String, _ value: JSON) throws -> [String] {
  var errors = ValidationErrors()
  try ProfileSchema(JSON.parse(schema), at: "").validate(value, at: "", into: &errors)
  return errors.all.map { "\($0.pointer) \($0.message)" }
}

@Suite("Profile schema") struct ProfileSchemaTests {
  @Test(
    "types",
    arguments: [
      ("object", [[:]]), ("array", [[]]), ("string", [""]), ("number", [1, 1.5]), ("integer", [1]),
      ("boolean", [true, false]),
    ] as [(String, [JSON])])
  func types(name: String, good: [JSON]) throws {
    let all: [JSON] = [[:], [], "", 1, 1.5, true, false, .null]
    for value in all {
      #expect(try messages(#"{"type":"\#(name)"}"#, value).isEmpty == good.contains(value), "\(value)")
    }
  }

  @Test("integers are whole in any spelling")
  func integers() throws {
    for (text, isGood) in [("1", true), ("1.0", true), ("1e2", true), ("1.5", false), ("1e99", false)] {
      #expect(try messages(#"{"type":"integer"}"#, JSON.parse(text)).isEmpty == isGood, "\(text)")
    }
  }

  @Test("numbers at and beyond their limits")
  func numbers() throws {
    let schema = #"{"minimum":0.1,"maximum":15}"#
    for text in ["0.1", "15", "15.0", "1.5e1"] { #expect(try messages(schema, JSON.parse(text)) == []) }
    #expect(try messages(schema, 0.09) == [" must be at least 0.1"])
    #expect(try messages(schema, -1) == [" must be at least 0.1"])
    #expect(try messages(schema, 15.1) == [" must be at most 15"])
    #expect(try messages(schema, JSON.parse("1e999")) == [" is out of range"])
  }

  @Test("lengths count code points")
  func lengths() throws {
    let schema = #"{"minLength":2,"maxLength":3}"#
    for text in ["ab", "abc", "é\u{301}"] { #expect(try messages(schema, .string(text)) == []) }
    #expect(try messages(schema, "é") == [" must have at least 2 characters, has 1"])
    #expect(try messages(schema, "e\u{301}e\u{301}") == [" must have at most 3 characters, has 4"])
  }

  @Test("enums compare numbers by value and everything else as written")
  func enums() throws {
    let schema = #"{"enum":[1,"a",null]}"#
    for text in ["1", "1.0", "\"a\"", "null"] { #expect(try messages(schema, JSON.parse(text)) == []) }
    #expect(try messages(schema, "A") == [#" must be one of 1, "a", null"#])
    #expect(try messages(schema, "1") == [#" must be one of 1, "a", null"#])
  }

  @Test("closed objects refuse what they do not know")
  func additionalProperties() throws {
    let schema = #"{"properties":{"a":{}},"additionalProperties":false}"#
    #expect(try messages(schema, ["a": 1]) == [])
    #expect(try messages(schema, ["a": 1, "b": 2]) == ["/b is not known"])
  }

  @Test("pointers escape what would mislead them")
  func pointers() throws {
    #expect(try messages(#"{"required":["a/b~c"]}"#, [:]) == ["/a~1b~0c is required"])
  }

  @Test("nobody reads more than a hundred errors")
  func manyErrors() throws {
    let schema = #"{"items":{"type":"string"}}"#
    #expect(try messages(schema, .array(Array(repeating: 1, count: 100))).count == 100)
    #expect(try messages(schema, .array(Array(repeating: 1, count: 1000))).count == 100)
  }

  @Test(
    "a keyword or a value that is not understood is an error, not a limit less",
    arguments: [
      (#"{"maxlength":1}"#, "/maxlength is not a keyword of model profiles"),
      (#"{"type":"text"}"#, "/type must be a type"),
      (#"{"type":["string"]}"#, "/type must be a type"), (#"{"maxLength":-1}"#, "/maxLength must be a count"),
      (#"{"maxLength":1.5}"#, "/maxLength must be a count"), (#"{"minItems":"1"}"#, "/minItems must be a count"),
      (#"{"format":"email"}"#, "/format must be uri"), (#"{"enum":"a"}"#, "/enum must be an array"),
      (#"{"required":["a",1]}"#, "/required must be an array of strings"),
      (
        #"{"properties":{"a":{"items":{"pattern":"x"}}}}"#,
        "/properties/a/items/pattern is not a keyword of model profiles"
      ),
      (#"{"minimum":"1"}"#, "/minimum must be a number"), ("[]", "/ must be an object"),
      (#"{"additionalProperties":{}}"#, "/additionalProperties must be true or false"),
    ])
  func badSchema(text: String, message: String) throws {
    let json = try JSON.parse(text)
    #expect(#"\#(try #require(throws: ValidationError.self) { try ProfileSchema(json, at: "") })"# == message)
  }

  @Test(
    "a profile that is not whole is an error",
    arguments: [
      ("[]", "/model must be a string"), (#"{"model":"m"}"#, "/title must be a string"),
      (#"{"modle":"m"}"#, "/modle is not a member of model profiles"),
      (#"{"model":"m","title":"t"}"#, "/capabilities/progressCallback must be true or false"),
      (
        #"{"model":"m","title":"t","capabilities":{"progressCallback":true,"result":"film"}}"#,
        "/capabilities/result must be files or object"
      ),
      (
        #"{"model":"m","title":"t","capabilities":{"progressCallback":true,"result":"files"}}"#,
        "/request must be there"
      ),
      (
        #"{"model":"m","title":"t","capabilities":{"progressCallback":true,"result":"files"},"request":{}}"#,
        "/request/properties/input must be there"
      ),
      (
        #"{"model":"m","title":"t","capabilities":{"progressCallback":true,"result":"files"},"#
          + #""request":{"properties":{"input":{}}},"rules":[{"rule":"magic","of":"/a"}]}"#,
        "/rules/0/rule is not a rule of model profiles"
      ),
      (
        #"{"model":"m","title":"t","capabilities":{"progressCallback":true,"result":"files"},"#
          + #""request":{"properties":{"input":{}}},"rules":[{"rule":"host","of":"/a","anyOf":"h"}]}"#,
        "/rules/0/anyOf must be an array of strings"
      ),
    ])
  func badProfile(text: String, message: String) throws {
    let json = try JSON.parse(text)
    #expect("\(try #require(throws: ValidationError.self) { try ModelProfile(json) })" == message)
  }
}

@Suite("Profile URL") struct ProfileURLTests {
  @Test(
    "takes absolute http and https URLs",
    arguments: [
      ("http://h", "h"), ("https://H.Example.test/a/b?c=d&e=%20#f", "h.example.test"), ("HTTPS://h/", "h"),
      ("https://h:8443/", "h"), ("https://h:/", "h"), ("https://u:p@h/x", "h"), ("https://[::1]:80/", "[::1]"),
      ("https://h/a@b:c", "h"), ("https://h?x", "h"),
      ("https://xn--bcher-kva.example.test/", "xn--bcher-kva.example.test"),
    ])
  func good(text: String, host: String) {
    #expect(ProfileURL(text)?.host == host)
  }

  @Test(
    "refuses everything else",
    arguments: [
      "", "h", "//h/", "/a.png", "http:", "http://", "http:///a", "http://:80/", "ftp://h/", "file:///etc/passwd",
      "data:image/png;base64,AAAA", "javascript:alert(1)", "https://h/a b", " https://h/", "https://h/\n",
      "https://h/é",
      "https://h/%", "https://h/%2", "https://h/%zz", "https://h/<x>", "https://h/\\", "https://h:x/", "https://a:b:c/",
      "https://[::1/", "https://h]/", "https:/h/", "https//h/",
    ])
  func bad(text: String) {
    #expect(ProfileURL(text) == nil)
  }
}
