// SPDX-License-Identifier: Apache-2.0

import JSON

/// What the stand-in knows about a model: what its input must have, and what its tasks give. Any name is a model; those
/// of the Sora 2 family are looked at more closely.
struct ModelProfile {
  enum Result {
    /// `resultUrls`, one or two.
    case links
    /// One of `resultUrls` and one of `resultWaterMarkUrls`.
    case watermarkedVideo
    /// `resultObject`.
    case character
  }

  var required: [String] = []
  var result = Result.links
  /// Whether recordInfo has `progress`.
  var isSora = false
  /// Whether `progressCallBackUrl` is heeded.
  var postsProgress = false
  var price = Credits(hundredths: 550)

  init(_ model: String) {
    guard model.hasPrefix("sora-2-") else { return }
    isSora = true
    result = .watermarkedVideo
    price = Credits(hundredths: model.hasPrefix("sora-2-pro-") ? 15_000 : 3_000)
    switch model {
    case "sora-2-characters": required = ["character_file_url"]
    case "sora-2-characters-pro": required = ["origin_task_id", "timestamps", "character_prompt"]
    case "sora-2-pro-storyboard": required = ["n_frames", "shots"]
    default:
      required = model.contains("image-to-video") ? ["prompt", "image_urls"] : ["prompt"]
      postsProgress = !model.hasSuffix("-stable")
    }
    if model.hasPrefix("sora-2-characters") { result = .character }
  }

  /// The first thing wrong with an input, in the provider's manner; `nil` when the task may be created.
  func complaint(about input: JSONObject) -> String? {
    for name in required where Self.isEmpty(input[name]) { return "\(name) is required" }
    guard isSora else { return nil }
    for rule in Self.rules {
      if let value = input[rule.name], !value.isNull, !rule.permits(value) { return "\(rule.name) \(rule.complaint)" }
    }
    return nil
  }

  private static func isEmpty(_ value: JSON?) -> Bool {
    switch value {
    case nil, .null, .string(""): true
    case .array(let elements): elements.isEmpty
    default: false
    }
  }

  private struct Rule {
    let name: String
    let complaint: String
    let permits: (JSON) -> Bool
  }

  private static var rules: [Rule] {
    [
      Rule(name: "prompt", complaint: "must be a string of at most 10000 characters") {
        ($0.string?.unicodeScalars.count).map { $0 <= 10_000 } ?? false
      },
      Rule(name: "image_urls", complaint: "must be an array with one URL") {
        $0.array.map { $0.count == 1 && $0.allSatisfy { $0.string?.hasPrefix("http") ?? false } } ?? false
      },
      Rule(name: "aspect_ratio", complaint: "is not within the range of allowed options") {
        ["portrait", "landscape"].contains($0.string)
      },
      Rule(name: "n_frames", complaint: "is not within the range of allowed options") {
        ["10", "15", "25"].contains($0.string)
      },
      Rule(name: "remove_watermark", complaint: "must be a boolean") { $0.bool != nil },
      Rule(name: "character_id_list", complaint: "must be an array of at most 5 strings") {
        $0.array.map { $0.count <= 5 && $0.allSatisfy { $0.string != nil } } ?? false
      },
    ]
  }
}
