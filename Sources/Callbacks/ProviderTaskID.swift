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
  ///
  /// - Parameters:
  ///   - top: the members of the body.
  ///   - data: those of its `data`, if that is an object.
  static func find(
    _ tape: borrowing JSONTape, in bytes: Span<UInt8>, top: borrowing Fields, data: borrowing Fields
  ) throws(Rejection) -> String {
    if let place = onlyPlace(top, data), !tape.hasEscapes(place), let contents = tape.contents(of: place),
      isUsable(bytes.extracting(contents)), let id = tape.string(place, in: bytes)
    {
      return id
    }
    var search = ProviderTaskIDSearch()
    try tape.forEachWantedMember(of: tape.root) { (number, value) throws(Rejection) in
      switch Field(rawValue: number) {
      case .data: try search.addData(value, tape, in: bytes)
      case .taskID, .taskID2: try search.addStrong(value, tape, in: bytes)
      default: break
      }
    }
    guard let id = search.strong ?? search.weak else { throw .noTaskID }
    if let weak = search.weak, !isSame(weak, id) { throw .conflictingTaskIDs }
    return id
  }

  /// Where the id stands if there is one place with an id, as in nearly every body: nothing then can contradict it.
  private static func onlyPlace(_ top: borrowing Fields, _ data: borrowing Fields) -> JSONNode? {
    let strong = Field.taskID.bit | Field.taskID2.bit
    let weak = Field.recordID.bit | Field.recordID2.bit
    guard top.repeated & (strong | Field.data.bit) == 0, data.repeated & (strong | weak) == 0 else { return nil }
    let atTop = top.present & strong
    let inData = data.present & (strong | weak)
    switch (atTop.isOneBit, inData.isOneBit) {
    case (true, false) where inData == 0: return top[only: atTop]
    case (false, true) where atTop == 0: return data[only: inData]
    default: return nil
    }
  }

  private mutating func addData(
    _ object: JSONNode, _ tape: borrowing JSONTape, in bytes: Span<UInt8>
  ) throws(Rejection) {
    try tape.forEachWantedMember(of: object) { (number, value) throws(Rejection) in
      switch Field(rawValue: number) {
      case .taskID, .taskID2: try addStrong(value, tape, in: bytes)
      case .recordID, .recordID2: try addWeak(value, tape, in: bytes)
      default: break
      }
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
    if let weak, !Self.isSame(weak, id) { throw .conflictingTaskIDs }
    weak = id
  }

  /// Byte for byte, as the signature sees them; `==` would take canonically equivalent texts for one.
  private static func isSame(_ a: String, _ b: String) -> Bool { a.utf8.elementsEqual(b.utf8) }

  private static func isUsable(_ id: String) -> Bool {
    let utf8 = id.utf8
    return isUsable(utf8.span)
  }

  private static func isUsable(_ id: Span<UInt8>) -> Bool {
    guard 1...maxBytes ~= id.count else { return false }
    var rest = id
    while rest.count >= 8, !Self.hasUnusual(rest.firstWord) { rest = rest.extracting(droppingFirst: 8) }
    var previous: UInt8 = 0
    for index in rest.indices {
      // U+0000 to U+001F, U+007F, and U+0080 to U+009F, which is C2 80 to C2 9F in UTF-8.
      let byte = rest[index]
      if byte < 0x20 || byte == 0x7F || previous == 0xC2 && byte < 0xA0 { return false }
      previous = byte
    }
    return true
  }

  /// Whether any of the eight bytes is below 0x20 or above 0x7E.
  @inline(__always)
  private static func hasUnusual(_ word: UInt64) -> Bool {
    // If no byte has its top bit set, a borrow comes only out of a byte that is found, and there is no carry.
    (word | (word &- 0x2020_2020_2020_2020) | (word &+ 0x0101_0101_0101_0101)) & 0x8080_8080_8080_8080 != 0
  }
}

extension UInt64 {
  fileprivate var isOneBit: Bool { self != 0 && self & (self &- 1) == 0 }
}
