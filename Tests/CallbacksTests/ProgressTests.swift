// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Callbacks

@Suite struct ProgressTests {
  @Test(
    arguments: [
      ("0", 0), ("1", 1), ("45", 45), ("100", 100), ("101", 100), ("1e9", 100), ("-1", 0), ("-0.5", 0), ("45.9", 45),
      ("0.45", 45), ("0.999", 99), ("0.001", 0), ("1.0", 1), ("1.5", 1), ("9e999", nil), ("4.5e1", 45), ("0.0", 0),
    ] as [(String, Int?)])
  func `a number is read and clamped, and a fraction below one counts as parts of a hundred`(
    text: String, percent: Int?
  ) throws {
    let report = try read(#"{"data":{"taskId":"a","progress":\#(text)}}"#, kind: .progress)
    #expect(report.progress == percent)
    #expect(report.progressText == text)
    #expect(try read(#"{"data":{"taskId":"a","progress":"\#(text)"}}"#, kind: .progress).progress == percent)
  }

  @Test(
    arguments: [
      ("45%", 45), ("45 %", 45), (" 45 % ", 45), ("0.45%", 0), ("150%", 100), ("%", nil), ("", nil), (" ", nil),
      ("half", nil), ("45%%", nil), ("0x10", nil), ("inf", nil), ("nan", nil), ("+5", 5), ("4 5", nil), ("4٥", nil),
      ("045", 45), ("045%", nil), ("45/100", nil),
    ] as [(String, Int?)])
  func `a string is read with or without a percent sign`(text: String, percent: Int?) throws {
    let report = try read(#"{"data":{"taskId":"a","progress":"\#(text)"}}"#, kind: .progress)
    #expect(report.progress == percent)
    #expect(report.progressText == (text.isEmpty ? nil : text))
  }

  @Test(arguments: ["null", "true", "{}", "[45]"])
  func `anything else is no progress`(value: String) throws {
    let report = try read(#"{"data":{"taskId":"a","progress":\#(value)}}"#, kind: .progress)
    #expect(report.progress == nil)
    #expect(report.progressText == nil)
  }

  @Test func `progress and state are found in data first and else at the top`() throws {
    let both = try read(
      #"{"taskId":"a","progress":10,"state":"queuing","data":{"progress":20,"state":"generating"}}"#, kind: .progress)
    #expect(both.progress == 20)
    #expect(both.state == .generating)
    for body in [
      #"{"taskId":"a","progress":10,"state":"queuing"}"#, #"{"progress":10,"status":"queuing","data":{"taskId":"a"}}"#,
      #"{"taskId":"a","progress":10,"status":"queuing","data":null}"#,
      #"{"data":{"taskId":"a","status":"queuing","progress":10}}"#,
    ] {
      let report = try read(body, kind: .progress)
      #expect(report.progress == 10)
      #expect(report.state == .queuing)
    }
  }

  @Test func `progress ends a task only if its state says so`() throws {
    #expect(try read(#"{"code":200,"data":{"taskId":"a","progress":100}}"#, kind: .progress).state == nil)
    #expect(try read(#"{"code":501,"data":{"taskId":"a"}}"#, kind: .progress).state == nil)
    #expect(try read(#"{"data":{"task_id":"a","callbackType":"error"}}"#, kind: .progress).state == nil)
    #expect(try read(#"{"data":{"task_id":"a","callbackType":"complete"},"code":200}"#, kind: .progress).state == nil)
    #expect(try read(#"{"data":{"task_id":"a","callbackType":"first"}}"#, kind: .progress).state == .generating)
    #expect(try read(#"{"data":{"taskId":"a","state":"success"}}"#, kind: .progress).state == .success)
  }
}
