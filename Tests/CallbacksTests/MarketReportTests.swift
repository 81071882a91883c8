// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Callbacks

/// Callbacks and recordInfo answers of Market models.
@Suite struct MarketReportTests {
  private static let result =
    #"{"resultUrls":["https://files.example.test/a.mp4"],"resultWaterMarkUrls":["https://files.example.test/a-wm.mp4"]}"#

  @Test func `a success says everything that is documented`() throws {
    let body = """
      {"code":200,"msg":"Playground task completed successfully.","data":{"taskId":"\(testTask)",
      "model":"sora-2-image-to-video","state":"success","param":"{}","resultJson":\(quoted(Self.result)),
      "failCode":null,"failMsg":null,"costTime":8,"createTime":1760000000000,"completeTime":1760000008400,
      "consumeCredits":100.50,"remainedCredits":7}}
      """
    #expect(
      try read(body)
        == TaskReport(
          providerTaskID: testTask, model: "sora-2-image-to-video", state: .success,
          urls: ["https://files.example.test/a.mp4"], watermarkURLs: ["https://files.example.test/a-wm.mp4"],
          credits: "100.50", code: 200, message: "Playground task completed successfully.",
          createdMilliseconds: 1_760_000_000_000, completedMilliseconds: 1_760_000_008_400, costTime: "8"))
  }

  @Test func `a failure says why`() throws {
    let body = """
      {"code":501,"msg":"Playground task failed.","data":{"taskId":"\(testTask)","model":"m/x","state":"fail",
      "param":"{}","resultJson":null,"failCode":"500","failMsg":"Internal server error","consumeCredits":0,"costTime":0,
      "createTime":1760000000000,"completeTime":1760000001000}}
      """
    #expect(
      try read(body)
        == TaskReport(
          providerTaskID: testTask, model: "m/x", state: .fail, failureCode: "500",
          failureMessage: "Internal server error", credits: "0", code: 501, message: "Playground task failed.",
          createdMilliseconds: 1_760_000_000_000, completedMilliseconds: 1_760_000_001_000, costTime: "0"))
  }

  @Test func `a recordInfo answer of a waiting task has a state and a time`() throws {
    let body = """
      {"code":200,"msg":"success","data":{"taskId":"\(testTask)","model":"m/x","state":"waiting",
      "param":"{\\"input\\":\\"{}\\"}","resultJson":"","failCode":null,"failMsg":null,"costTime":null,
      "completeTime":null,"createTime":1760000000000}}
      """
    #expect(
      try read(body, kind: .progress)
        == TaskReport(
          providerTaskID: testTask, model: "m/x", state: .waiting, code: 200, message: "success",
          createdMilliseconds: 1_760_000_000_000))
  }

  @Test func `the documented form of recordInfo and later additions are read too`() throws {
    let body = """
      {"code":200,"message":"success","data":{"taskId":"\(testTask)","recordId":"\(testTask)","state":"generating",
      "failCode":"","failMsg":"","progress":45,"creditsConsumed":2.5,"operationType":"x","successFlag":0,
      "updateTime":1760000001000,"costTime":"15000","createTime":"1760000000000","response":null,"info":null}}
      """
    #expect(
      try read(body, kind: .progress)
        == TaskReport(
          providerTaskID: testTask, state: .generating, progress: 45, progressText: "45", credits: "2.5", code: 200,
          message: "success", createdMilliseconds: 1_760_000_000_000, costTime: "15000"))
  }

  @Test func `a result may be a string, an object, or lie beside it`() throws {
    for member in [
      "\"resultJson\":\(quoted(Self.result))", "\"resultJson\":\(Self.result)",
      "\"resultJson\":\"\",\(Self.result.dropFirst().dropLast())", String(Self.result.dropFirst().dropLast()),
      "\"info\":\(Self.result)", "\"response\":\(Self.result)", "\"resultJson\":null,\"response\":\(Self.result)",
    ] {
      let report = try read(#"{"data":{"taskId":"a",\#(member)}}"#)
      #expect(report.urls == ["https://files.example.test/a.mp4"], "\(member)")
      #expect(report.watermarkURLs == ["https://files.example.test/a-wm.mp4"], "\(member)")
      #expect(!report.hasMalformedResult)
    }
  }

  @Test(arguments: ["null", "\"\"", "\"null\"", "{}", "\"{}\"", "[]", #""[]""#, #"{"resultUrls":null}"#])
  func `an empty result has no addresses and is well formed`(result: String) throws {
    let report = try read(#"{"code":200,"data":{"taskId":"a","state":"success","resultJson":\#(result)}}"#)
    #expect(report.urls == [])
    #expect(report.state == .success)
    #expect(!report.hasMalformedResult)
  }

  @Test(arguments: ["7", "true", #""{""#, #""https://files.example.test/a""#, #""\"x\"""#, #""7""#, #"" ""#])
  func `a result that cannot be read is flagged`(result: String) throws {
    let report = try read(#"{"data":{"taskId":"a","state":"success","resultJson":\#(result),"resultUrls":["u"]}}"#)
    #expect(report.hasMalformedResult)
    #expect(report.urls == ["u"])
    #expect(report.state == .success)
  }

  @Test func `addresses are told once, in order, and without what is no address`() throws {
    let body = #"{"data":{"taskId":"a","resultJson":{"resultUrls":["b","a",null,7,"","a","\u0062"]},"resultUrls":"c"}}"#
    #expect(try read(body).urls == ["b", "a", "c"])
    #expect(try read(#"{"data":{"taskId":"a","resultJson":["x","y"]}}"#).urls == ["x", "y"])
  }

  @Test func `a flood of addresses ends at 256`() throws {
    let urls = (0..<1000).map { "\"u\($0)\"" }.joined(separator: ",")
    let report = try read(#"{"data":{"taskId":"a","resultUrls":[\#(urls)]}}"#)
    #expect(Array(report.urls) == (0..<256).map { "u\($0)" })
  }

  @Test func `an object is kept as compact JSON with its numbers as written`() throws {
    let object = #"{ "resultObject" : { "character_id" : "c1", "score" : 1.50, "é" : [ ] } }"#
    let compact = #"{"character_id":"c1","score":1.50,"é":[]}"#
    #expect(try read(#"{"data":{"taskId":"a","resultJson":\#(quoted(object))}}"#).object == compact)
    #expect(try read(#"{"data":{"taskId":"a","resultJson":\#(object)}}"#).object == compact)
    #expect(try read(#"{"data":{"taskId":"a","resultJson":{"resultObject":null}}}"#).object == nil)
  }

  @Test func `masks and frames are results`() throws {
    let masks = try read(#"{"data":{"taskId":"a","resultJson":{"resultObject":{"mask_urls":["m1","m2"]}}}}"#)
    #expect(masks.urls == ["m1", "m2"])
    #expect(masks.object == #"{"mask_urls":["m1","m2"]}"#)
    let frames = #"{"resultUrls":["v"],"firstFrameUrl":"f","lastFrameUrl":"l"}"#
    #expect(try read(#"{"data":{"taskId":"a","resultJson":\#(frames)}}"#).urls == ["v", "f", "l"])
  }

  @Test func `audio through the market is a list of tracks inside the result`() throws {
    let result =
      #"{"code":200,"msg":"ok","task_id":"other","data":[{"audio_url":"a1"},{"audio_url":"a2"},{"audio_url":""}]}"#
    let report = try read(#"{"data":{"taskId":"a","state":"success","resultJson":\#(quoted(result))}}"#)
    #expect(report.urls == ["a1", "a2"])
    #expect(report.providerTaskID == "a")
  }

  @Test(
    arguments: [
      ("\"500\"", "500"), ("500", "500"), ("\"\"", nil), ("null", nil), ("{}", nil), ("\"E_1\"", "E_1"), ("5.0", "5.0"),
    ] as [(String, String?)])
  func `a failure code may be a string or a number`(value: String, text: String?) throws {
    #expect(try read(#"{"data":{"taskId":"a","failCode":\#(value)}}"#).failureCode == text)
  }

  @Test(
    arguments: [
      ("200", 200), ("\"200\"", 200), ("200.0", 200), ("2.5", nil), ("\"x\"", nil), ("null", nil), ("1e30", nil),
      ("\"\"", nil), ("-1", -1),
    ] as [(String, Int?)])
  func `a verdict may be a number or a string`(value: String, code: Int?) throws {
    #expect(try read(#"{"code":\#(value),"data":{"taskId":"a"}}"#).code == code)
  }

  @Test(arguments: [
    (200, "success"), (501, "fail"), (422, "fail"), (400, "fail"), (500, "fail"), (451, "fail"),
  ])
  func `a body without a state is judged by its verdict`(code: Int, state: String) throws {
    #expect(try read(#"{"code":\#(code),"data":{"taskId":"a"}}"#).state?.rawValue == state)
    #expect(try read(#"{"code":\#(code),"data":{"taskId":"a","state":""}}"#).state?.rawValue == state)
    #expect(try read(#"{"code":\#(code),"data":{"taskId":"a","state":4}}"#).state?.rawValue == state)
    #expect(try read(#"{"code":\#(code),"data":{"taskId":"a","state":"generating"}}"#).state == .generating)
  }

  @Test func `a body with neither state nor verdict says nothing about the state`() throws {
    #expect(try read(#"{"data":{"taskId":"a"}}"#).state == nil)
  }

  @Test(arguments: [("fail", "fail"), ("FAILED", "fail"), ("Success", "success"), ("brewing", "brewing")])
  func `states are read in any case and unknown ones kept`(word: String, state: String) throws {
    #expect(try read(#"{"data":{"taskId":"a","state":"\#(word)"}}"#).state?.rawValue == state)
  }

  @Test func `the message may have either name and may be empty`() throws {
    #expect(try read(#"{"msg":"a","message":"b","taskId":"a"}"#).message == "a")
    #expect(try read(#"{"msg":"","message":"b","taskId":"a"}"#).message == "b")
    #expect(try read(#"{"msg":"","message":null,"taskId":"a"}"#).message == nil)
  }

  @Test func `the last of repeated members is read, as the provider's own readers would`() throws {
    #expect(try read(#"{"data":{"taskId":"a","state":"fail","state":"success"}}"#).state == .success)
  }
}
