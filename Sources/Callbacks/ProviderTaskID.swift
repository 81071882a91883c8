// SPDX-License-Identifier: Apache-2.0

import JSON

/// Finds the provider's name of the task in a body.
///
/// The provider's pages disagree on its place. All of them are read, and repeated members as well, for a signature
/// covers one id only: if two places differed and another reader looked at the other one, a signature for task A would
/// vouch for a report on task B.
struct ProviderTaskIDSearch {
  private static let maxBytes = 256

  /// From `taskId` and `task_id`.
  private var strong: String?
  /// From `recordId` and `record_id`, which repeat the task id where they occur at all.
  private var weak: String?

  /// The one id that the body names, and the fields at its top and in its `data`, which are read on the way.
  static func find(
    _ tape: borrowing JSONTape, in bytes: Span<UInt8>, top: inout Fields, data: inout Fields?
  ) throws(Rejection) -> String {
    var search = ProviderTaskIDSearch()
    var last: JSONTape.Member?
    while let member = tape.member(behind: last, of: tape.root) {
      last = member
      guard let field = Field(member, tape, in: bytes) else { continue }
      top[field] = member.value
      switch field {
      case .data: data = try search.addData(member.value, tape, in: bytes)
      case .taskID, .taskID2: try search.addStrong(member.value, tape, in: bytes)
      default: break
      }
    }
    guard let id = search.strong ?? search.weak else { throw .noTaskID }
    if let weak = search.weak, !isSame(weak, id) { throw .conflictingTaskIDs }
    return id
  }

  private mutating func addData(
    _ object: JSONNode, _ tape: borrowing JSONTape, in bytes: Span<UInt8>
  ) throws(Rejection) -> Fields? {
    guard tape.kind(of: object) == .object else { return nil }
    var data = Fields()
    var last: JSONTape.Member?
    while let member = tape.member(behind: last, of: object) {
      last = member
      guard let field = Field(member, tape, in: bytes) else { continue }
      data[field] = member.value
      switch field {
      case .taskID, .taskID2: try addStrong(member.value, tape, in: bytes)
      case .recordID, .recordID2: try addWeak(member.value, tape, in: bytes)
      default: break
      }
    }
    return data
  }

  /// A missing id may be written as null or as nothing; anything else that is no id is not to be guessed at.
  private mutating func addStrong(
    _ value: JSONNode, _ tape: borrowing JSONTape, in bytes: Span<UInt8>
  ) throws(Rejection) {
    if tape.isNull(value) || tape.stringEquals(value, "", in: bytes) { return }
    if let strong {
      guard tape.stringEquals(value, strong, in: bytes) else { throw .conflictingTaskIDs }
      return
    }
    guard let id = tape.string(value, in: bytes), Self.isUsable(id) else { throw .noTaskID }
    strong = id
  }

  /// A record id that could not be a task id is another thing, and none of our business.
  private mutating func addWeak(
    _ value: JSONNode, _ tape: borrowing JSONTape, in bytes: Span<UInt8>
  ) throws(Rejection) {
    guard let id = tape.string(value, in: bytes), Self.isUsable(id) else { return }
    if let weak, !Self.isSame(weak, id) { throw .conflictingTaskIDs }
    weak = id
  }

  /// Byte for byte, as the signature sees them; `==` would take canonically equivalent texts for one.
  private static func isSame(_ a: String, _ b: String) -> Bool { a.utf8.elementsEqual(b.utf8) }

  private static func isUsable(_ id: String) -> Bool {
    let utf8 = id.utf8
    guard 1...maxBytes ~= utf8.count else { return false }
    let bytes = utf8.span
    var previous: UInt8 = 0
    for index in bytes.indices {
      // U+0000 to U+001F, U+007F, and U+0080 to U+009F, which is C2 80 to C2 9F in UTF-8.
      let byte = bytes[index]
      if byte < 0x20 || byte == 0x7F || previous == 0xC2 && byte < 0xA0 { return false }
      previous = byte
    }
    return true
  }
}
