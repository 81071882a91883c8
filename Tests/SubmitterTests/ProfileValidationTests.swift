// SPDX-License-Identifier: Apache-2.0

import JSON
import Testing

@testable import Submitter

private let url = "https://files.example.test/a.png"

/// What the profile of a model says about an input: its errors as text.
private func errors(_ model: String, _ input: JSON) -> [String] {
  ModelProfiles.embedded.profile(for: model).validate(input: input).map(\.description)
}

private func letters(_ count: Int) -> JSON { .string(String(repeating: "x", count: count)) }

/// A good input of each model, required members only.
private let minimal: [String: JSON] = [
  "sora-2-text-to-video": ["prompt": "a kite"],
  "sora-2-image-to-video": ["prompt": "a kite", "image_urls": [.string(url)]],
  "sora-2-pro-text-to-video": ["prompt": "a kite"],
  "sora-2-pro-image-to-video": ["prompt": "a kite", "image_urls": [.string(url)]],
  "sora-2-text-to-video-stable": ["prompt": "a kite"],
  "sora-2-image-to-video-stable": ["prompt": "a kite", "image_urls": [.string(url)]],
  "sora-2-pro-storyboard": ["n_frames": "10", "shots": [["Scene": "a kite", "duration": 5]]],
  "sora-2-characters": ["character_file_url": [.string(url)]],
  "sora-2-characters-pro": ["origin_task_id": "t1", "timestamps": "3.55,5.55", "character_prompt": "calm"],
  "sora-watermark-remover": ["video_url": "https://sora.chatgpt.com/p/s_1"],
]

private func input(_ model: String, _ key: String, _ value: JSON?) -> JSON {
  var members = minimal[model]?.object ?? [:]
  members[key] = value
  return .object(members)
}

/// One member of one model: the values that are good, and those that are not with what is said about them.
struct MemberCase: Sendable, CustomTestStringConvertible {
  let models: [String]
  let key: String
  let good: [JSON]
  let bad: [(value: JSON, message: String, at: String)]

  var testDescription: String { "\(key) of \(models[0])" }

  init(_ models: [String], _ key: String, good: [JSON], bad: [(JSON, String, String)]) {
    self.models = models
    self.key = key
    self.good = good
    self.bad = bad
  }
}

private let base = [
  "sora-2-text-to-video", "sora-2-image-to-video", "sora-2-pro-text-to-video", "sora-2-pro-image-to-video",
  "sora-2-text-to-video-stable", "sora-2-image-to-video-stable",
]
private let fromImage = base.filter { $0.contains("image") }
private let pro = ["sora-2-pro-text-to-video", "sora-2-pro-image-to-video"]

private let cases: [MemberCase] = [
  MemberCase(
    base, "prompt", good: ["x", letters(10000), .string(String(repeating: "👩‍🚀", count: 3333))],
    bad: [
      ("", "must not be empty", ""), (letters(10001), "must have at most 10000 characters, has 10001", ""),
      // One visible character of three code points.
      (.string(String(repeating: "👩‍🚀", count: 3334)), "must have at most 10000 characters, has 10002", ""),
      (.null, "must be a string", ""), (7, "must be a string", ""),
    ]),
  MemberCase(
    fromImage + ["sora-2-pro-storyboard"], "image_urls", good: [[.string(url)], ["http://h/"]],
    bad: [
      ([], "must have at least 1 item, has 0", ""),
      ([.string(url), .string(url)], "must have at most 1 item, has 2", ""),
      (.string(url), "must be an array", ""), ([7], "must be a string", "/0"),
      (["a.png"], "must be an absolute http or https URL", "/0"),
      (["data:image/png;base64,AAAA"], "must be an absolute http or https URL", "/0"),
    ]),
  MemberCase(
    base + ["sora-2-pro-storyboard"], "aspect_ratio", good: ["portrait", "landscape"],
    bad: [
      ("square", #"must be one of "portrait", "landscape""#, ""),
      ("Portrait", #"must be one of "portrait", "landscape""#, ""),
      (true, #"must be a string, one of "portrait", "landscape""#, ""),
    ]),
  MemberCase(
    base, "n_frames", good: ["10", "15"],
    bad: [(10, #"must be a string, one of "10", "15""#, ""), ("25", #"must be one of "10", "15""#, "")]),
  MemberCase(
    ["sora-2-pro-storyboard"], "n_frames", good: ["10", "15", "25"],
    bad: [(15, #"must be a string, one of "10", "15", "25""#, ""), ("20", #"must be one of "10", "15", "25""#, "")]),
  MemberCase(
    base.filter { !$0.hasSuffix("-stable") }, "remove_watermark", good: [true, false],
    bad: [
      ("true", "must be true or false", ""), (1, "must be true or false", ""), (.null, "must be true or false", ""),
    ]),
  MemberCase(
    base, "character_id_list", good: [[], ["a"], ["a", "b", "c", "d", "e"]],
    bad: [
      (["a", "b", "c", "d", "e", "f"], "must have at most 5 items, has 6", ""), (["a", 2], "must be a string", "/1"),
      ("a", "must be an array", ""),
    ]),
  MemberCase(
    base + ["sora-2-pro-storyboard", "sora-watermark-remover"], "upload_method", good: ["s3", "oss"],
    bad: [("S3", #"must be one of "s3", "oss""#, "")]),
  MemberCase(
    pro, "size", good: ["standard", "high"], bad: [("low", #"must be one of "standard", "high""#, "")]),
  MemberCase(
    ["sora-2-characters"], "character_file_url", good: [[.string(url)]],
    bad: [
      ([], "must have at least 1 item, has 0", ""),
      ([.string(url), .string(url)], "must have at most 1 item, has 2", ""),
    ]),
  MemberCase(
    ["sora-2-characters"], "character_prompt", good: ["", letters(5000)],
    bad: [(letters(5001), "must have at most 5000 characters, has 5001", "")]),
  MemberCase(
    ["sora-2-characters", "sora-2-characters-pro"], "safety_instruction", good: ["", letters(5000)],
    bad: [(letters(5001), "must have at most 5000 characters, has 5001", "")]),
  MemberCase(
    ["sora-2-characters-pro"], "origin_task_id", good: ["x", letters(100)],
    bad: [("", "must not be empty", ""), (letters(101), "must have at most 100 characters, has 101", "")]),
  MemberCase(
    ["sora-2-characters-pro"], "character_prompt", good: [letters(5000)],
    bad: [("", "must not be empty", ""), (letters(5001), "must have at most 5000 characters, has 5001", "")]),
  MemberCase(
    ["sora-2-characters-pro"], "character_user_name", good: ["", letters(40)],
    bad: [(letters(41), "must have at most 40 characters, has 41", "")]),
  MemberCase(
    ["sora-2-characters-pro"], "timestamps", good: ["0,1", "3.55,5.55", "1.1,5.1", "0,4", "10.30,11.3"],
    bad: [
      ("0,0.99", "must be 1 to 4 s from start to end", ""), ("0,4.01", "must be 1 to 4 s from start to end", ""),
      ("5,3", "must be 1 to 4 s from start to end", ""), (7, "must be a string", ""),
    ]
      + ["", "3", "1,", ",2", "1,2,3", "a,b", "1, 2", "-1,1", "1e0,2", "1-3", "nan,inf", "1.2.3,4"].map {
        ($0, #"must be "start,end" in seconds, such as "3.55,5.55""#, "")
      }),
  MemberCase(
    ["sora-watermark-remover"], "video_url",
    good: ["https://sora.chatgpt.com/p/s_1", "https://SORA.chatgpt.com:443/", longVideoURL(500)],
    bad: [
      ("https://example.test/p", "must be on sora.chatgpt.com", ""),
      ("https://sora.chatgpt.com.example.test/", "must be on sora.chatgpt.com", ""),
      ("https://sora.chatgpt.com@example.test/", "must be on sora.chatgpt.com", ""),
      (longVideoURL(501), "must have at most 500 characters, has 501", ""),
      ("sora.chatgpt.com/p", "must be an absolute http or https URL", ""),
    ]),
]

private func longVideoURL(_ length: Int) -> JSON {
  let start = "https://sora.chatgpt.com/p/"
  return .string(start + String(repeating: "x", count: length - start.count))
}

@Suite("Input of a Sora model") struct ProfileValidationTests {
  @Test("is good with its required members alone", arguments: minimal.keys.sorted())
  func minimalInput(model: String) {
    #expect(errors(model, minimal[model] ?? .null) == [])
  }

  @Test("is checked member by member, at each limit and beyond it", arguments: cases)
  func members(member: MemberCase) {
    for model in member.models {
      for value in member.good {
        #expect(errors(model, input(model, member.key, value)) == [], "\(model)")
      }
      for (value, message, place) in member.bad {
        #expect(
          errors(model, input(model, member.key, value)) == ["/input/\(member.key)\(place) \(message)"], "\(model)")
      }
    }
  }

  @Test("misses each required member", arguments: minimal.keys.sorted())
  func required(model: String) {
    let keys = minimal[model]?.object?.keys ?? []
    for key in keys { #expect(errors(model, input(model, key, nil)) == ["/input/\(key) is required"]) }
    #expect(errors(model, [:]).sorted() == keys.map { "/input/\($0) is required" }.sorted())
  }

  @Test("reports every error at once, in the order of the profile")
  func everyError() {
    #expect(
      errors(
        "sora-2-image-to-video",
        ["n_frames": 10, "image_urls": ["a", "b"], "aspect_ratio": "square", "remove_watermark": "yes"]) == [
          "/input/prompt is required", "/input/image_urls must have at most 1 item, has 2",
          "/input/image_urls/0 must be an absolute http or https URL",
          "/input/image_urls/1 must be an absolute http or https URL",
          #"/input/aspect_ratio must be one of "portrait", "landscape""#,
          #"/input/n_frames must be a string, one of "10", "15""#, "/input/remove_watermark must be true or false",
        ])
  }

  @Test("may hold members that nobody has described, but none twice")
  func otherMembers() throws {
    #expect(errors("sora-2-text-to-video", ["prompt": "x", "new_option": [1, 2]]) == [])
    let double = try JSON.parse(#"{"prompt":"a","prompt":"b"}"#)
    #expect(errors("sora-2-text-to-video", double) == ["/input/prompt must not be given twice"])
  }

  @Test("is an object", arguments: [.null, true, 1, "x", []] as [JSON])
  func notAnObject(value: JSON) {
    for model in ModelProfiles.embedded.models { #expect(errors(model, value) == ["/input must be an object"]) }
  }

  @Test("is not filled with defaults: what the user left out stays out")
  func defaults() {
    let profile = ModelProfiles.embedded.profile(for: "sora-2-image-to-video")
    #expect(profile.request.at(pointer: "/properties/input/properties/aspect_ratio/default") == "landscape")
    #expect(profile.request.at(pointer: "/properties/input/properties/n_frames/default") == "10")
  }

  private func shots(_ durations: JSON...) -> JSON { .array(durations.map { ["Scene": "x", "duration": $0] }) }

  @Test("of a storyboard has 1 to 10 shots of 0.1 to 15 s with a Scene")
  func shots() {
    let model = "sora-2-pro-storyboard"
    func result(_ shots: JSON) -> [String] { errors(model, ["n_frames": "25", "shots": shots]) }
    let tenth: JSON = ["Scene": "x", "duration": 0.1]
    #expect(result(.array(Array(repeating: tenth, count: 10))) == [])
    #expect(result(.array(Array(repeating: tenth, count: 11))) == ["/input/shots must have at most 10 items, has 11"])
    #expect(result([]) == ["/input/shots must have at least 1 item, has 0"])
    #expect(result(shots(15)) == [])
    #expect(result(shots(15.001)) == ["/input/shots/0/duration must be at most 15"])
    #expect(result(shots(0.0999)) == ["/input/shots/0/duration must be at least 0.1"])
    #expect(result(shots(1, "2")) == ["/input/shots/1/duration must be a number"])
    #expect(result([["scene": "x", "duration": 1]]) == ["/input/shots/0/Scene is required"])
    #expect(result([["Scene": "", "duration": 1]]) == ["/input/shots/0/Scene must not be empty"])
    #expect(result(["x"]) == ["/input/shots/0 must be an object"])
  }

  @Test("of a storyboard lasts no longer than n_frames, or than its default")
  func sum() {
    let model = "sora-2-pro-storyboard"
    for (frames, limit) in [("10", 10), ("15", 15), ("25", 25)] as [(JSON, Int)] {
      let half = JSON.number(JSONNumber(Double(limit) / 2) ?? JSONNumber(0))
      #expect(errors(model, ["n_frames": frames, "shots": shots(half, half)]) == [])
      #expect(
        errors(model, ["n_frames": frames, "shots": shots(half, half, 0.1)]) == [
          "/input/shots must last \(limit) s at most, lasts \(limit).1 s"
        ])
    }
    // In binary fractions these add up to a little more than 10.
    #expect(errors(model, ["n_frames": "10", "shots": shots(3.3, 3.3, 3.3, 0.1)]) == [])
    #expect(
      errors(model, ["shots": shots(8, 8)]) == [
        "/input/n_frames is required", "/input/shots must last 15 s at most, lasts 16 s",
      ])
  }
}
