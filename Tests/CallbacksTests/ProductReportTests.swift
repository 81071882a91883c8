// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Callbacks

/// Callbacks of the provider's products outside the Market: none has a state, and each has its own place for results.
@Suite struct ProductReportTests {
  struct Shape: Sendable, CustomTestStringConvertible {
    let name: String
    let body: String
    let state: ProviderState?
    var urls: [String] = []
    var object: String?

    var testDescription: String { name }
  }

  static let shapes = [
    Shape(
      name: "Veo", body: #"{"code":200,"data":{"taskId":"t","info":{"resultUrls":["v"],"originUrls":["o"]}}}"#,
      state: .success, urls: ["v"]),
    Shape(
      name: "Veo failed", body: #"{"code":501,"msg":"m","data":{"taskId":"t","fallbackFlag":false}}"#, state: .fail),
    Shape(
      name: "Veo 4K", body: #"{"code":200,"data":{"taskId":"t","info":{"resultUrls":["v"],"imageUrls":["i"]}}}"#,
      state: .success, urls: ["v"]),
    Shape(
      name: "Suno lyrics ready", body: #"{"code":200,"data":{"task_id":"t","callbackType":"text","data":[]}}"#,
      state: .generating),
    Shape(
      name: "Suno first track",
      body:
        #"{"code":200,"data":{"task_id":"t","callbackType":"first","data":[{"audio_url":"a","stream_audio_url":"s"}]}}"#,
      state: .generating, urls: ["a"]),
    Shape(
      name: "Suno complete",
      body: #"""
        {"code":200,"data":{"task_id":"t","callbackType":"complete","data":[{"audio_url":"a","image_url":"i",
        "duration":12.5},{"audio_url":"b"}]}}
        """#,
      state: .success, urls: ["a", "b"]),
    Shape(
      name: "Suno failed", body: #"{"code":501,"data":{"task_id":"t","callbackType":"error","data":null}}"#,
      state: .fail),
    Shape(
      name: "Suno failed with a good verdict", body: #"{"code":200,"data":{"task_id":"t","callbackType":"error"}}"#,
      state: .fail),
    Shape(
      name: "Suno lyrics",
      body: #"{"code":200,"data":{"task_id":"t","callbackType":"complete","data":[{"text":"la","title":"T"}]}}"#,
      state: .success, object: #"[{"text":"la","title":"T"}]"#),
    Shape(
      name: "Suno lyrics failed",
      body: #"{"code":400,"data":{"task_id":"t","callbackType":"complete","data":[{"text":"","error_message":"e"}]}}"#,
      state: .fail),
    Shape(
      name: "Suno cover art", body: #"{"code":200,"data":{"taskId":"t","images":["i1","i2"]}}"#, state: .success,
      urls: ["i1", "i2"]),
    Shape(
      name: "4o image", body: #"{"code":200,"data":{"taskId":"t","info":{"result_urls":["i"]}}}"#, state: .success,
      urls: ["i"]),
    Shape(name: "4o image failed", body: #"{"code":451,"data":{"taskId":"t","info":null}}"#, state: .fail),
    Shape(
      name: "Flux Kontext",
      body: #"{"code":200,"data":{"taskId":"t","info":{"originImageUrl":"o","resultImageUrl":"r"}}}"#, state: .success,
      urls: ["r"]),
    Shape(
      name: "Flux Kontext failed",
      body: #"{"code":500,"data":{"taskId":"t","info":{"originImageUrl":"","resultImageUrl":""}}}"#, state: .fail),
    Shape(
      name: "Runway", body: #"{"code":200,"data":{"task_id":"t","video_id":"x","video_url":"v","image_url":"i"}}"#,
      state: .success, urls: ["v"]),
    Shape(
      name: "Runway Aleph",
      body: #"{"code":200,"taskId":"t","data":{"result_video_url":"v","result_image_url":"i"}}"#, state: .success,
      urls: ["v"]),
    Shape(name: "Runway Aleph failed", body: #"{"code":400,"msg":"m","taskId":"t","data":null}"#, state: .fail),
    Shape(
      name: "Luma", body: #"{"code":200,"data":{"taskId":"t","promptJson":"{}","resultUrls":["v"]}}"#, state: .success,
      urls: ["v"]),
    Shape(
      name: "Midjourney", body: #"{"code":200,"data":{"taskId":"t","promptJson":"{}","resultUrls":["a","b","c","d"]}}"#,
      state: .success, urls: ["a", "b", "c", "d"]),
    Shape(
      name: "the sample on the verification page",
      body: #"{"taskId":"t","code":200,"data":{"task_id":"t","callbackType":"task_completed"}}"#, state: .success),
    Shape(
      name: "tracks right below the top", body: #"{"code":200,"taskId":"t","data":[{"audio_url":"a"},7]}"#,
      state: .success, urls: ["a"]),
    Shape(name: "a result without a file", body: #"{"code":200,"data":{"taskId":"t","data":{}}}"#, state: .success),
  ]

  @Test(arguments: shapes)
  func `each product's shape is read`(shape: Shape) throws {
    let report = try read(shape.body)
    #expect(report.providerTaskID == "t")
    #expect(report.state == shape.state)
    #expect(Array(report.urls) == shape.urls)
    #expect(report.object == shape.object)
    #expect(report.watermarkURLs == [])
    #expect(!report.hasMalformedResult)
  }
}
