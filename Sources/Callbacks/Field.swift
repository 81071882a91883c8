// SPDX-License-Identifier: Apache-2.0

import JSON

/// The members that we read, in bodies of every product of the provider.
enum Field: UInt8, CaseIterable {
  // The envelope.
  case code = 1
  case msg, message, data
  // The task: `taskID2` and `recordID2` are the spellings with an underscore.
  case taskID, taskID2, recordID, recordID2, model
  // How it stands.
  case state, status, callbackType, progress, failCode, failMsg
  // What it took.
  case consumeCredits, creditsConsumed, costTime, createTime, completeTime
  // Where results lie.
  case resultJSON, info, response
  // Results.
  case resultURLs, watermarkedURLs, object, firstFrame, lastFrame, images, image4o, imageFlux, videoRunway, videoAleph

  /// The name as it stands in a body.
  var name: String {
    switch self {
    case .code: "code"
    case .msg: "msg"
    case .message: "message"
    case .data: "data"
    case .taskID: "taskId"
    case .taskID2: "task_id"
    case .recordID: "recordId"
    case .recordID2: "record_id"
    case .model: "model"
    case .state: "state"
    case .status: "status"
    case .callbackType: "callbackType"
    case .progress: "progress"
    case .failCode: "failCode"
    case .failMsg: "failMsg"
    case .consumeCredits: "consumeCredits"
    case .creditsConsumed: "creditsConsumed"
    case .costTime: "costTime"
    case .createTime: "createTime"
    case .completeTime: "completeTime"
    case .resultJSON: "resultJson"
    case .info: "info"
    case .response: "response"
    case .resultURLs: "resultUrls"  // Market, Veo, Luma, Midjourney
    case .watermarkedURLs: "resultWaterMarkUrls"  // Sora 2
    case .object: "resultObject"  // characters, segmentation
    case .firstFrame: "firstFrameUrl"  // newer video models
    case .lastFrame: "lastFrameUrl"
    case .images: "images"  // Suno cover art
    case .image4o: "result_urls"
    case .imageFlux: "resultImageUrl"
    case .videoRunway: "video_url"
    case .videoAleph: "result_video_url"
    }
  }

  /// All names, so that a tape gives every member the raw value of its field as its number.
  static let names = JSONNames(allCases.map(\.name))
}

extension Field {
  /// The bit of this field in a set of fields.
  @inline(__always)
  var bit: UInt64 { 1 &<< UInt64(rawValue) }
}

/// The members of one object that we know; of repeated ones the last.
struct Fields {
  /// By raw value. A place that is not in `present` says nothing.
  private var nodes: InlineArray<34, JSONNode>
  /// The fields that are there.
  private(set) var present: UInt64 = 0
  /// Those that are there more than once.
  private(set) var repeated: UInt64 = 0

  /// No members.
  init(noneOf tape: borrowing JSONTape) {
    nodes = InlineArray(repeating: tape.root)
  }

  /// The members of an object on a tape with ``Field/names``; anything else has none.
  init(of object: JSONNode, _ tape: borrowing JSONTape) {
    self.init(noneOf: tape)
    read(object, tape)
  }

  /// Replaces these by the members of an object, see ``init(of:_:)``.
  mutating func read(_ object: JSONNode, _ tape: borrowing JSONTape) {
    var span = nodes.mutableSpan
    (present, repeated) = tape.readWantedMembers(of: object, to: &span)
  }

  @inline(__always)
  subscript(_ field: Field) -> JSONNode? { self[rawValue: Int(field.rawValue)] }

  /// The value of the one field in a set.
  @inline(__always)
  subscript(only set: UInt64) -> JSONNode? { self[rawValue: set.trailingZeroBitCount] }

  @inline(__always)
  private subscript(rawValue rawValue: Int) -> JSONNode? {
    present &>> UInt64(rawValue) & 1 != 0 ? nodes[rawValue] : nil
  }
}
