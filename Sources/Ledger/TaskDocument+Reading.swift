// SPDX-License-Identifier: Apache-2.0

internal import Callbacks
internal import JSON

/// The content of a task's file back to the task: exactly what was written, raw JSON text included.
extension TaskState {
  /// The task in the content of a file; `nil` if the file is torn, damaged or no task.
  init?(file bytes: [UInt8]) {
    var tape = JSONTape()
    guard Self.hasRightChecksum(bytes), (try? tape.parse(bytes.span, limits: .whatWeWrote)) != nil else { return nil }
    let span = bytes.span
    let root = tape.root
    guard let ledger = tape.member("ledger", of: root, in: span),
      let id = tape.text("id", of: root, in: span).flatMap({ TaskID($0) }),
      let seq = tape.integer("seq", of: ledger, in: span),
      let state = tape.text("state", of: root, in: span),
      let created = tape.timestamp("createdAt", of: root, in: span)
    else { return nil }
    self.init(
      id: id, model: tape.text("model", of: root, in: span) ?? "", state: TaskStage(rawValue: state),
      createdAt: created, seq: UInt64(max(0, seq)))
    readPublicMembers(tape, span)
    readPrivateMembers(tape, ledger, span)
  }

  private static func hasRightChecksum(_ bytes: [UInt8]) -> Bool {
    let tail = 8 + 8 + 3
    guard bytes.count > tail else { return false }
    let start = bytes.count - tail
    var expected: [UInt8] = []
    expected.append(room: tail) { TaskState.endFile(checksum: checksum(bytes, 0..<start), &$0) }
    return bytes[start...].elementsEqual(expected)
  }

  private mutating func readPublicMembers(_ tape: borrowing JSONTape, _ span: Span<UInt8>) {
    let root = tape.root
    providerTaskID = tape.text("providerTaskId", of: root, in: span)
    trust = tape.text("trust", of: root, in: span).flatMap { Trust(rawValue: $0) }
    progress = tape.integer("progress", of: root, in: span).map { Int($0) }
    input = tape.raw("input", of: root, in: span)
    credits = tape.text("credits", of: root, in: span) ?? tape.raw("credits", of: root, in: span)
    alerts = tape.texts("alerts", of: root, in: span)
    updatedAt = tape.timestamp("updatedAt", of: root, in: span) ?? createdAt
    completedAt = tape.timestamp("completedAt", of: root, in: span)
    if let told = tape.member("result", of: root, in: span), !tape.isNull(told) {
      result = TaskResult(
        urls: TextList(tape.texts("urls", of: told, in: span)),
        watermarkURLs: TextList(tape.texts("watermarkUrls", of: told, in: span)),
        object: tape.raw("object", of: told, in: span), files: [],
        isLost: tape.member("lost", of: told, in: span).flatMap { tape.bool($0) } ?? false)
      tape.forEachElement("files", of: told, in: span) { node in
        if let file = tape.savedFile(node, in: span) { result?.files.append(file) }
      }
    }
    if let told = tape.member("failure", of: root, in: span), !tape.isNull(told) {
      failure = TaskFailure(
        code: tape.text("code", of: told, in: span), message: tape.text("message", of: told, in: span))
    }
  }

  private mutating func readPrivateMembers(_ tape: borrowing JSONTape, _ ledger: JSONNode, _ span: Span<UInt8>) {
    aliases = tape.texts("aliases", of: ledger, in: span).compactMap { TaskID($0) }
    if let key = tape.text("idempotencyKey", of: ledger, in: span),
      let digest = tape.text("bodyDigest", of: ledger, in: span)
    {
      idempotency = Idempotency(key: key, bodyDigest: digest)
    }
    historyOmitted = Int(tape.integer("historyOmitted", of: ledger, in: span) ?? 0)
    tape.forEachElement("history", of: ledger, in: span) { node in
      if let entry = tape.historyEntry(node, in: span) { history.append(entry) }
    }
  }
}

extension JSONTape {
  fileprivate func timestamp(_ name: String, of node: JSONNode, in bytes: Span<UInt8>) -> Timestamp? {
    text(name, of: node, in: bytes).flatMap { Timestamp($0) }
  }

  fileprivate func historyEntry(_ node: JSONNode, in bytes: Span<UInt8>) -> HistoryEntry? {
    guard let seq = integer("seq", of: node, in: bytes), let at = timestamp("at", of: node, in: bytes),
      let type = text("type", of: node, in: bytes).flatMap({ EventType(rawValue: $0) })
    else { return nil }
    return HistoryEntry(
      seq: UInt64(max(0, seq)), at: at, type: type, words: .text(text("detail", of: node, in: bytes) ?? ""),
      digest: text("digest", of: node, in: bytes).flatMap { UInt64($0, radix: 16) },
      signedAt: integer("signedAt", of: node, in: bytes))
  }
}
