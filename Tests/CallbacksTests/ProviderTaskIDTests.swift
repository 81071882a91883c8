// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Callbacks

@Suite struct ProviderTaskIDTests {
  /// The places of an id, as the body around two values: first those that name the task, then those that repeat it.
  private static let strong = [
    (#""taskId":@"#, ""), (#""task_id":@"#, ""), ("", #""taskId":@"#), ("", #""task_id":@"#),
  ]
  private static let weak = [("", #""recordId":@"#), ("", #""record_id":@"#)]

  /// A body with each of the places holding a value.
  private static func body(_ places: [((String, String), String)]) -> String {
    var root: [String] = []
    var data: [String] = []
    for ((top, inner), value) in places {
      if !top.isEmpty { root.append(top.replacing("@", with: value)) }
      if !inner.isEmpty { data.append(inner.replacing("@", with: value)) }
    }
    return "{" + (root + ["\"data\":{" + data.joined(separator: ",") + "}"]).joined(separator: ",") + "}"
  }

  private static func reason(_ body: String) -> Rejection? {
    do throws(Rejection) {
      _ = try read(body)
      return nil
    } catch {
      return error
    }
  }

  @Test(arguments: 0..<6)
  func `the id is found in each place alone`(place: Int) throws {
    let body = Self.body([((Self.strong + Self.weak)[place], "\"a1\"")])
    #expect(try read(body).providerTaskID == "a1")
  }

  @Test(arguments: 0..<6, 0..<6)
  func `two places must agree, each with each and with itself repeated`(first: Int, second: Int) throws {
    let places = Self.strong + Self.weak
    #expect(try read(Self.body([(places[first], "\"a\""), (places[second], "\"a\"")])).providerTaskID == "a")
    #expect(Self.reason(Self.body([(places[first], "\"a\""), (places[second], "\"b\"")])) == .conflictingTaskIDs)
  }

  @Test(arguments: 0..<4, ["null", "\"\""])
  func `an id that is null or empty counts as missing`(place: Int, value: String) throws {
    #expect(Self.reason(Self.body([(Self.strong[place], value)])) == .noTaskID)
    let other = Self.strong[(place + 1) % 4]
    #expect(try read(Self.body([(Self.strong[place], value), (other, "\"a\"")])).providerTaskID == "a")
  }

  @Test(arguments: 0..<4, ["7", "true", "{}", "[\"a\"]", #""a\nb""#, #""\u0000""#, "\"\u{7F}\"", "\"\u{85}\""])
  func `an id that is no usable string is refused, not skipped`(place: Int, value: String) {
    let other = Self.strong[(place + 1) % 4]
    #expect(Self.reason(Self.body([(Self.strong[place], value)])) == .noTaskID)
    let reason = Self.reason(Self.body([(Self.strong[place], value), (other, "\"a\"")]))
    #expect(reason == .noTaskID || reason == .conflictingTaskIDs)
  }

  @Test(arguments: 0..<2, ["7", "null", "\"\"", "{}", #""a\nb""#])
  func `a record id that could be no task id is passed over`(place: Int, value: String) throws {
    #expect(try read(Self.body([(Self.weak[place], value), (Self.strong[2], "\"a\"")])).providerTaskID == "a")
    #expect(Self.reason(Self.body([(Self.weak[place], value)])) == .noTaskID)
  }

  @Test func `an id has at most 256 bytes`() throws {
    let longest = String(repeating: "é", count: 128)
    #expect(try read(#"{"taskId":"\#(longest)"}"#).providerTaskID == longest)
    #expect(Self.reason(#"{"taskId":"\#(longest)x"}"#) == .noTaskID)
  }

  @Test func `names and values written with escapes count all the same`() {
    #expect(Self.reason(#"{"taskId":"a","data":{"\u0074askId":"b"}}"#) == .conflictingTaskIDs)
    #expect(Self.reason(#"{"d\u0061ta":{"taskId":"b"},"taskId":"a"}"#) == .conflictingTaskIDs)
    #expect(Self.reason(#"{"taskId":"a","data":{"taskId":"\u0061"}}"#) == nil)
  }

  @Test func `every repeated data object counts`() {
    #expect(Self.reason(#"{"data":{"taskId":"a"},"data":{"taskId":"b"}}"#) == .conflictingTaskIDs)
    #expect(Self.reason(#"{"data":{"taskId":"a"},"data":null}"#) == nil)
    #expect(Self.reason(#"{"data":{"recordId":"a"},"data":{"record_id":"b"}}"#) == .conflictingTaskIDs)
  }

  @Test func `equal characters in another normal form are another id`() {
    #expect(Self.reason("{\"taskId\":\"\u{E9}\",\"task_id\":\"e\u{301}\"}") == .conflictingTaskIDs)
    #expect(Self.reason("{\"taskId\":\"\u{E9}\",\"data\":{\"recordId\":\"e\u{301}\"}}") == .conflictingTaskIDs)
    #expect(Self.reason("{\"data\":{\"recordId\":\"\u{E9}\",\"record_id\":\"e\u{301}\"}}") == .conflictingTaskIDs)
  }

  @Test(arguments: [
    "{}", "[]", "7", "null", #""taskId""#, #"["taskId","a"]"#, #"{"data":"taskId"}"#, #"{"data":["taskId"]}"#,
    #"{"data":{"info":{"taskId":"a"}}}"#, #"{"recordId":"a"}"#, #"{"TaskId":"a"}"#, #"{"taskid":"a"}"#,
  ])
  func `a body without an id in a known place is refused`(body: String) {
    #expect(Self.reason(body) == .noTaskID)
  }

  @Test func `no prefix of a body is JSON and no byte may follow it`() {
    let body = #"{"code":200,"data":{"taskId":"é1","n":[1,true,null,-2.5e3]}}"#
    let bytes = Array(body.utf8)
    #expect(Self.reason(body) == nil)
    for length in bytes.indices {
      var reader = TaskReportReader()
      let prefix = Array(bytes[..<length])
      #expect(throws: Rejection.notJSON) { try reader.open(prefix.span) }
    }
    #expect(Self.reason(body + "x") == .notJSON)
    #expect(Self.reason(#"{"taskId":"a",}"#) == .notJSON)
  }
}
