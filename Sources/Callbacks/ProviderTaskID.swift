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

  /// The one id that the body names.
  static func find(_ tape: borrowing JSONTape, in bytes: Span<UInt8>) throws(Rejection) -> String {
    var search = ProviderTaskIDSearch()
    let root = tape.root
    var member = tape.kind(of: root) == .object ? tape.firstChild(of: root) : nil
    while let value = member {
      let name = tape.name(ofMember: value)
      if tape.stringEquals(name, "data", in: bytes) {
        try search.addData(value, tape, in: bytes)
      } else {
        let isStrong = tape.stringEquals(name, "taskId", in: bytes) || tape.stringEquals(name, "task_id", in: bytes)
        if isStrong { try search.addStrong(value, tape, in: bytes) }
      }
      member = tape.nextSibling(of: value, in: root)
    }
    guard let id = search.strong ?? search.weak else { throw .noTaskID }
    guard isSame(search.weak ?? id, id) else { throw .conflictingTaskIDs }
    return id
  }

  private mutating func addData(
    _ data: JSONNode, _ tape: borrowing JSONTape, in bytes: Span<UInt8>
  ) throws(Rejection) {
    var member = tape.kind(of: data) == .object ? tape.firstChild(of: data) : nil
    while let value = member {
      let name = tape.name(ofMember: value)
      if tape.stringEquals(name, "taskId", in: bytes) || tape.stringEquals(name, "task_id", in: bytes) {
        try addStrong(value, tape, in: bytes)
      } else if tape.stringEquals(name, "recordId", in: bytes) || tape.stringEquals(name, "record_id", in: bytes) {
        try addWeak(value, tape, in: bytes)
      }
      member = tape.nextSibling(of: value, in: data)
    }
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
    guard Self.isSame(weak ?? id, id) else { throw .conflictingTaskIDs }
    weak = id
  }

  /// Byte for byte, as the signature sees them; `==` would take canonically equivalent texts for one.
  private static func isSame(_ a: String, _ b: String) -> Bool { a.utf8.elementsEqual(b.utf8) }

  private static func isUsable(_ id: String) -> Bool {
    1...maxBytes ~= id.utf8.count
      && !id.unicodeScalars.contains { $0.value < 0x20 || 0x7F...0x9F ~= $0.value }
  }
}
