// SPDX-License-Identifier: Apache-2.0

import Callbacks
import JSON

/// The provider's envelope. Its `code` is the verdict; the HTTP status is nearly always 200.
enum Envelope {
  static func success(_ data: JSON) -> JSON {
    ["code": 200, "msg": "success", "data": data]
  }

  /// - Parameter hasData: whether there is a `data`, which is null then.
  static func refusal(_ code: Int, _ message: String, hasData: Bool = true) -> JSON {
    var envelope: JSONObject = ["code": JSON(code), "msg": JSON(message)]
    if hasData { envelope["data"] = .null }
    return .object(envelope)
  }
}

extension SimulatedTask {
  // MARK: The record

  /// The `data` of recordInfo: the ten keys of the recordings of April 2026 in their order; `creditsConsumed`, which the
  /// recordings of September have beside them, from the creation on; and for models of the Sora family `progress`, which
  /// only the documentation has.
  var record: JSONObject {
    var record: JSONObject = [
      "taskId": JSON(id),
      "model": JSON(model),
      "state": JSON(state.rawValue),
      "param": JSON(recordedParam),
      "resultJson": JSON(state == .success ? resultText(base: baseURL, id: id) : ""),
      "failCode": state == .fail ? "500" : .null,
      "failMsg": state == .fail ? JSON(Self.failureMessage) : .null,
      "costTime": ended == nil ? .null : JSON(costSeconds),
      "completeTime": ended.map { JSON($0.milliseconds) } ?? .null,
      "createTime": JSON(created.milliseconds),
      "creditsConsumed": (charged - refunded).json,
    ]
    if profile.isSora { record["progress"] = JSON(progress) }
    return record
  }

  /// createTask's body as the recordings have it: keys in another order, and `input` a string of JSON itself.
  private var recordedParam: String {
    var reordered = JSONObject(param.sorted { $0.key < $1.key })
    if let input = param["input"] { reordered["input"] = JSON(input.description) }
    return JSON.object(reordered).description
  }

  private static var failureMessage: String { "Internal Error, Please try again later." }

  /// Whole seconds, rounded down, as recorded; the documentation speaks of milliseconds.
  private var costSeconds: Int64 {
    guard let ended else { return 0 }
    return (ended.milliseconds - created.milliseconds) / 1000
  }

  private func resultText(base: String, id: String) -> String {
    func links(_ files: Range<Int>) -> JSON { .array(files.map { JSON("\(base)/files/\(id)/\($0).mp4") }) }
    let result: JSON =
      switch profile.result {
      case .links: ["resultUrls": links(files)]
      case .watermarkedVideo: ["resultUrls": links(0..<1), "resultWaterMarkUrls": links(1..<2)]
      case .character:
        [
          "resultObject": [
            "character_id": JSON("character_\(id.prefix(12))"), "character_user_name": JSON("sim.\(id.prefix(8))"),
            "remark": "",
          ]
        ]
      }
    return result.description
  }

  // MARK: Callbacks

  /// The body of a callback.
  /// - Parameters:
  ///   - now: for `updateTime`.
  ///   - balance: what is left on the account.
  func body(of letter: Letter, at now: Timestamp, balance: Credits) -> JSON {
    switch letter {
    case .progress(let percent): progressBody(percent)
    case .completion(let copy): completionBody(state, copy: copy, at: now, balance: balance)
    case .belatedFailure: completionBody(.fail, copy: 0, at: now, balance: balance)
    }
  }

  /// A guess: nobody has published a progress callback. The record's shape, as it is while the task is under way.
  private func progressBody(_ percent: Int) -> JSON {
    var data = record
    data["state"] = JSON(ProviderState.generating.rawValue)
    data["resultJson"] = ""
    for key in ["failCode", "failMsg", "costTime", "completeTime"] { data[key] = .null }
    data["progress"] = JSON(percent)
    if has(.malformed) { data["param"] = JSON(brokenParam) }
    return addressed(code: 200, message: "success", data)
  }

  /// The shape that the model pages print, with the credits that some of them have.
  private func completionBody(_ state: ProviderState, copy: Int, at now: Timestamp, balance: Credits) -> JSON {
    let isSuccess = state == .success
    let data: JSONObject = [
      "taskId": JSON(id),
      "model": JSON(model),
      "state": JSON(state.rawValue),
      "param": JSON(has(.malformed) ? brokenParam : JSON.object(param).description),
      "resultJson": isSuccess ? toldResult(copy: copy) : .null,
      "failCode": isSuccess ? .null : "500",
      "failMsg": isSuccess ? .null : JSON(Self.failureMessage),
      "costTime": JSON(isSuccess ? costSeconds : 0),
      "createTime": JSON(created.milliseconds),
      "completeTime": JSON((ended ?? now).milliseconds),
      "consumeCredits": isSuccess ? charged.json : 0,
      "remainedCredits": balance.json,
      "updateTime": JSON(now.milliseconds),
    ]
    return isSuccess
      ? addressed(code: 200, message: "Playground task completed successfully.", data)
      : addressed(code: 501, message: "Playground task failed.", data)
  }

  private func toldResult(copy: Int) -> JSON {
    if has(.noURLs), copy == 0 { return #"{"resultUrls":[]}"# }
    return JSON(resultText(base: baseURL, id: has(.changedBody) ? fate.strangerID : id))
  }

  /// JSON text that lacks its end.
  private var brokenParam: String {
    String(decoding: JSON.object(param).compact().dropLast(2), as: UTF8.self)
  }

  /// Puts the task's id where the body has it.
  private func addressed(code: Int, message: String, _ data: JSONObject) -> JSON {
    var data = data
    if has(.taskID) {
      data["taskId"] = nil
      data["task_id"] = JSON(id)
    }
    var body: JSONObject = ["code": JSON(code), "msg": JSON(message)]
    if has(.conflictingIDs) { body["taskId"] = JSON(fate.strangerID) }
    body["data"] = .object(data)
    return .object(body)
  }
}
