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

  /// The field that a member of the bytes parsed is, if it is one.
  init?(_ member: JSONTape.Member, _ tape: borrowing JSONTape, in bytes: Span<UInt8>) {
    let field: Field?
    if member.hasEscapes {
      var decoded: [UInt8] = []
      tape.appendString(tape.name(ofMember: member.value), in: bytes, to: &decoded)
      field = FieldNames.all.find(decoded.span)
    } else {
      field = FieldNames.all.find(bytes.extracting(member.name))
    }
    guard let field else { return nil }
    self = field
  }
}

/// The names of all fields, laid out for search: no two of them begin with the same eight bytes, so that one look into a
/// table is enough to know which it could be.
private struct FieldNames: Sendable {
  /// A name of up to 24 bytes in words of eight, the first byte in the lowest bits.
  private struct Key: BitwiseCopyable, Equatable {
    var first: UInt64 = 0
    /// The last eight bytes, some of them for the second time; 0 for a name of up to eight.
    var last: UInt64 = 0
    /// What is between; 0 for a name of up to sixteen.
    var middle: UInt64 = 0
    /// Number of bytes; 0 where there is no name. Without it a NUL would go unseen at the end.
    var count: UInt8 = 0

    /// `nil` for a name that is longer than that.
    @inline(__always)
    init?(_ name: Span<UInt8>) {
      guard name.count <= 24 else { return nil }
      count = UInt8(truncatingIfNeeded: name.count)
      guard name.count >= 8 else {
        for index in name.indices { first |= UInt64(name[index]) &<< (8 &* UInt64(index)) }
        return
      }
      first = Words.load(name, at: 0)
      if name.count > 8 { last = Words.load(name, at: name.count &- 8) }
      if name.count > 16 { middle = Words.load(name, at: 8) }
    }

    init() {}
  }

  private struct Entry: BitwiseCopyable {
    var key = Key()
    var field = Field.code
  }

  /// Open addressing: a power of two, less than half full.
  private var table = [Entry](repeating: Entry(), count: 128)

  static let all = FieldNames()

  private init() {
    for field in Field.allCases {
      let name = field.name.utf8
      guard let key = Key(name.span) else { preconditionFailure("a name of more than 24 bytes") }
      var place = Self.place(of: key)
      while table[place].key.count != 0 { place = (place + 1) & 127 }
      table[place] = Entry(key: key, field: field)
    }
  }

  func find(_ name: Span<UInt8>) -> Field? {
    guard !name.isEmpty, let key = Key(name) else { return nil }
    var place = Self.place(of: key)
    while table[place].key.first != key.first {
      guard table[place].key.count != 0 else { return nil }
      place = (place + 1) & 127
    }
    return table[place].key == key ? table[place].field : nil
  }

  @inline(__always)
  private static func place(of key: Key) -> Int {
    Int(truncatingIfNeeded: (key.first &* 0x9E37_79B9_7F4A_7C15) &>> 57)
  }
}

/// Some of the members that we read.
struct FieldSet: OptionSet {
  let rawValue: UInt64

  init(rawValue: UInt64) {
    self.rawValue = rawValue
  }

  init(_ field: Field) {
    rawValue = 1 &<< UInt64(field.rawValue)
  }
}

/// The members of one object that we know; of repeated ones the last.
struct Fields {
  private var nodes = InlineArray<33, JSONNode?>(repeating: nil)
  /// Those that are there.
  private(set) var present: FieldSet = []

  /// No members.
  init() {}

  /// Reads the names of an object; anything else has no members.
  init(of object: JSONNode, _ tape: borrowing JSONTape, in bytes: Span<UInt8>) {
    self.init()
    var last: JSONTape.Member?
    while let member = tape.member(behind: last, of: object) {
      last = member
      if let field = Field(member, tape, in: bytes) { self[field] = member.value }
    }
  }

  subscript(_ field: Field) -> JSONNode? {
    get { nodes[field.rawValue] }
    set {
      nodes[field.rawValue] = newValue
      if newValue == nil { present.remove(FieldSet(field)) } else { present.insert(FieldSet(field)) }
    }
  }
}
