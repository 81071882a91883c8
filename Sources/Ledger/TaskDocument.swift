// SPDX-License-Identifier: Apache-2.0

internal import Callbacks
internal import JSON

/// A task as JSON: what the local API answers, and, with one more member `ledger`, what stands in the task's file.
extension TaskState {
  /// Appends the object that the local API shows.
  package func appendDocument(to bytes: inout [UInt8]) {
    bytes.append(room: room) { text in
      text.openObject()
      appendPublicMembers(to: &text)
      text.closeObject()
    }
  }

  /// The content of the task's file, a line feed at its end.
  func file() -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.append(room: room + 256 * history.count) { text in
      text.openObject()
      appendPublicMembers(to: &text)
      text.append(name: "ledger")
      appendPrivateMembers(to: &text)
      Self.endFile(checksum: text.checksum, &text)
    }
    return bytes
  }

  /// Ends a file whose text up to there has that checksum.
  static func endFile(checksum: UInt32, _ text: inout JSONWriter) {
    text.append(literal: #","crc":""#)
    text.append(hex: checksum)
    text.append(literal: "\"}\n")
  }

  /// Bytes that the public members of most tasks fit in.
  private var room: Int { 1536 + (input?.utf8.count ?? 0) }

  private func appendPublicMembers(to text: inout JSONWriter) {
    text.appendMember("id", id)
    text.appendMember("providerTaskId", providerTaskID)
    text.appendMember("model", model)
    text.appendMember("state", state.rawValue)
    text.appendMember("trust", trust?.rawValue)
    if let progress { text.appendMember("progress", progress) } else { text.appendNull("progress") }
    text.appendMember("input", raw: input ?? "null")
    appendResult(to: &text)
    appendFailure(to: &text)
    appendCredits(to: &text)
    text.appendMember("alerts", alerts)
    text.appendMember("createdAt", createdAt)
    text.appendMember("updatedAt", updatedAt)
    if let completedAt { text.appendMember("completedAt", completedAt) } else { text.appendNull("completedAt") }
  }

  /// As a number where the provider's text is one, else as the text.
  private func appendCredits(to text: inout JSONWriter) {
    guard let credits else { return text.appendNull("credits") }
    if JSONNumber(text: credits) != nil {
      text.appendMember("credits", raw: credits)
    } else {
      text.appendMember("credits", credits)
    }
  }

  private func appendResult(to text: inout JSONWriter) {
    guard let result else { return text.appendNull("result") }
    text.append(name: "result")
    text.openObject()
    text.appendMember("urls", result.urls)
    text.appendMember("watermarkUrls", result.watermarkURLs)
    text.appendMember("object", raw: result.object ?? "null")
    text.append(name: "files")
    text.openArray()
    for file in result.files {
      text.separate()
      text.append(file)
    }
    text.closeArray()
    if result.isLost { text.appendMember("lost", true) }
    text.closeObject()
  }

  private func appendFailure(to text: inout JSONWriter) {
    guard let failure else { return text.appendNull("failure") }
    text.append(name: "failure")
    text.openObject()
    text.appendMember("code", failure.code)
    text.appendMember("message", failure.message)
    text.closeObject()
  }

  private func appendPrivateMembers(to text: inout JSONWriter) {
    text.openObject()
    text.appendMember("seq", seq)
    if !aliases.isEmpty { text.appendMember("aliases", aliases.map(\.description)) }
    if let idempotency {
      text.appendMember("idempotencyKey", idempotency.key)
      text.appendMember("bodyDigest", idempotency.bodyDigest)
    }
    if historyOmitted > 0 { text.appendMember("historyOmitted", historyOmitted) }
    text.append(name: "history")
    text.openArray()
    for entry in history {
      text.separate()
      text.append(entry)
    }
    text.closeArray()
    text.closeObject()
  }

  /// Appends the task's history as the local API shows it: an array, oldest first.
  package func appendHistory(to bytes: inout [UInt8]) {
    bytes.append(room: 256 * history.count) { text in
      text.openArray()
      for entry in history {
        text.separate()
        text.openPublicEntry(entry)
        text.closeObject()
      }
      text.closeArray()
    }
  }
}

extension JSONWriter {
  fileprivate mutating func append(_ entry: HistoryEntry) {
    openPublicEntry(entry)
    if let digest = entry.digest {
      append(name: "digest")
      append(literal: "\"")
      append(hex: digest)
      append(literal: "\"")
    }
    if let signedAt = entry.signedAt { appendMember("signedAt", signedAt) }
    closeObject()
  }

  fileprivate mutating func openPublicEntry(_ entry: HistoryEntry) {
    openObject()
    appendMember("seq", entry.seq)
    appendMember("at", entry.at)
    appendMember("type", entry.type.rawValue)
    append(name: "detail")
    append(quoted: entry.words)
  }

  /// Appends `words.text`, without making it.
  private mutating func append(quoted words: HistoryEntry.Words) {
    switch words {
    case .text(let text): append(quoted: text)
    case .told(let state, let percent, let trust):
      append(quoted: state?.rawValue ?? "no state")
      reopenString()
      if let percent {
        append(literal: ", ")
        append(integer: Int64(percent))
        append(literal: " %")
      }
      append(literal: ", ")
      append(copying: trust.rawValue)
      append(literal: "\"")
    }
  }
}
