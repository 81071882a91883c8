// SPDX-License-Identifier: Apache-2.0

import Callbacks
import JSON

/// One task of the stand-in, as its record knows it.
struct SimulatedTask {
  let number: Int
  let fate: Fate
  let model: String
  let profile: ModelProfile
  /// The whole body of createTask, which comes back in every record and callback.
  let param: JSONObject
  /// Where its result links point to, without a slash at the end.
  let baseURL: String
  let callBackURL: String?
  let progressCallBackURL: String?
  /// Decided by its prompt.
  let fails: Bool
  let created: Timestamp
  let charged: Credits
  /// Whether the answer to createTask was given.
  let isAnswerLost: Bool

  var state = ProviderState.waiting
  var progress = 0
  var ended: Timestamp?
  var refunded = Credits.zero
  var recordReads = 0
  /// Requests for its files, by the file's number.
  var fileRequests: [Int: Int] = [:]
  /// Requests for the files that only a changed callback speaks of.
  var decoyRequests = 0

  var id: String { fate.taskID }

  func has(_ fault: Fault) -> Bool { fate.faults.contains(fault) }

  /// Numbers of its files.
  var files: Range<Int> {
    switch profile.result {
    case .links: 0..<fate.results
    case .watermarkedVideo: 0..<2
    case .character: 0..<0
    }
  }
}
