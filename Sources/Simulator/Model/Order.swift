// SPDX-License-Identifier: Apache-2.0

import JSON

/// Why createTask is refused, as the envelope tells it.
struct Refusal: Error, Hashable {
  let code: Int
  let message: String

  static let tooFrequent = Refusal(code: 429, message: "Your call frequency is too high. Please try again later.")
  static let insufficientCredits = Refusal(
    code: 402, message: "The current credits are insufficient. Please top up.")
}

/// A body of createTask that may become a task.
struct Order {
  let param: JSONObject
  let model: String
  let profile: ModelProfile
  let callBackURL: String?
  let progressCallBackURL: String?
  /// Whether the prompt asks for a failure: it contains `[fail]`.
  let fails: Bool

  init(_ body: [UInt8]) throws(Refusal) {
    let parsed: JSON
    do {
      parsed = try JSON.parse(body)
    } catch {
      throw Refusal(code: 400, message: "JSON parse error: \(error)")
    }
    guard let param = parsed.object else { throw Refusal(code: 400, message: "The body is not a JSON object") }
    guard let model = param["model"]?.string, !model.isEmpty else {
      throw Refusal(code: 422, message: "model: This field is required")
    }
    guard let input = param["input"]?.object else {
      throw Refusal(code: 422, message: "input: This field is required")
    }
    profile = ModelProfile(model)
    if let complaint = profile.complaint(about: input) { throw Refusal(code: 422, message: complaint) }
    callBackURL = try Self.url("callBackUrl", in: param)
    progressCallBackURL = try Self.url("progressCallBackUrl", in: param)
    fails = input["prompt"]?.string?.contains("[fail]") ?? false
    self.param = param
    self.model = model
  }

  private static func url(_ key: String, in param: JSONObject) throws(Refusal) -> String? {
    switch param[key] {
    case nil, .null, .string(""): return nil
    case .string(let url) where url.hasPrefix("http://") || url.hasPrefix("https://"): return url
    default: throw Refusal(code: 422, message: "\(key) is not a URL")
    }
  }
}
