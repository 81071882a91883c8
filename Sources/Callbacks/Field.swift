// SPDX-License-Identifier: Apache-2.0

import JSON

/// The members that we read, in bodies of every product of the provider.
enum Field: Int, CaseIterable {
  // The envelope.
  case code, msg, message, data
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

  /// The field called so, if there is one.
  init?(_ name: JSONNode, _ tape: borrowing JSONTape, in bytes: Span<UInt8>) {
    let field: Field?
    if tape.hasEscapes(name) {
      var decoded: [UInt8] = []
      tape.appendString(name, in: bytes, to: &decoded)
      field = FieldNames.all.find(decoded.span)
    } else {
      field = tape.contents(of: name).flatMap { FieldNames.all.find(bytes.extracting($0)) }
    }
    guard let field else { return nil }
    self = field
  }
}

/// The names of all fields, laid out for search: no two of them begin with the same eight bytes, so that one look into a
/// table is enough to know which it could be.
private struct FieldNames: Sendable {
  private struct Entry {
    /// The first eight bytes, the first in the lowest bits; 0 where there is no name.
    var head: UInt64 = 0
    var field = Field.code
    /// The bytes behind the eighth.
    var tail: [UInt8] = []
  }

  /// Open addressing: a power of two, less than half full.
  private var table = [Entry](repeating: Entry(), count: 128)

  static let all = FieldNames()

  private init() {
    for field in Field.allCases {
      let name = Array(field.name.utf8)
      let head = Self.head(of: name.span)
      var place = Self.place(of: head)
      while table[place].head != 0 { place = (place + 1) & 127 }
      table[place] = Entry(head: head, field: field, tail: Array(name.dropFirst(8)))
    }
  }

  func find(_ name: Span<UInt8>) -> Field? {
    guard !name.isEmpty else { return nil }
    let head = Self.head(of: name)
    var place = Self.place(of: head)
    while table[place].head != head {
      guard table[place].head != 0 else { return nil }
      place = (place + 1) & 127
    }
    let entry = table[place]
    guard name.count == min(name.count, 8) + entry.tail.count else { return nil }
    for index in entry.tail.indices where name[index + 8] != entry.tail[index] { return nil }
    return entry.field
  }

  @inline(__always)
  private static func head(of name: Span<UInt8>) -> UInt64 {
    var word: UInt64 = 0
    for index in 0..<min(name.count, 8) { word |= UInt64(name[index]) &<< (8 &* UInt64(index)) }
    return word
  }

  @inline(__always)
  private static func place(of head: UInt64) -> Int {
    Int(truncatingIfNeeded: (head &* 0x9E37_79B9_7F4A_7C15) &>> 57)
  }
}

/// The members of one object that we know; of repeated ones the last.
struct Fields {
  private var nodes = InlineArray<33, JSONNode?>(repeating: nil)

  /// No members.
  init() {}

  /// Reads the names of an object; anything else has no members.
  init(of object: JSONNode, _ tape: borrowing JSONTape, in bytes: Span<UInt8>) {
    self.init()
    Self.forEach(of: object, tape, in: bytes) { nodes[$0.rawValue] = $1 }
  }

  /// Calls `body` with every member that we know, in order and with repetitions.
  static func forEach<E: Error>(
    of object: JSONNode, _ tape: borrowing JSONTape, in bytes: Span<UInt8>,
    _ body: (Field, JSONNode) throws(E) -> Void
  ) throws(E) {
    guard tape.kind(of: object) == .object else { return }
    var member = tape.firstChild(of: object)
    while let value = member {
      if let field = Field(tape.name(ofMember: value), tape, in: bytes) { try body(field, value) }
      member = tape.nextSibling(of: value, in: object)
    }
  }

  subscript(_ field: Field) -> JSONNode? {
    get { nodes[field.rawValue] }
    set { nodes[field.rawValue] = newValue }
  }
}
