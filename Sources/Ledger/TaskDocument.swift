// SPDX-License-Identifier: Apache-2.0

internal import Callbacks
internal import JSON

/// A task as JSON: what the local API answers, and, with one more member `ledger`, what stands in the task's file.
extension TaskState {
  /// Appends the object that the local API shows.
  package func appendDocument(to bytes: inout [UInt8]) {
    bytes.openObject()
    appendPublicMembers(to: &bytes)
    bytes.closeObject()
  }

  /// The content of the task's file, a line feed at its end.
  func file() -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(2048)
    bytes.openObject()
    appendPublicMembers(to: &bytes)
    bytes.appendName("ledger")
    appendPrivateMembers(to: &bytes)
    let sum = checksum(bytes, 0..<bytes.count)
    bytes.append(literal: #","crc":""#, hex: UInt64(sum), digits: 8, "\"}\n")
    return bytes
  }

  private func appendPublicMembers(to bytes: inout [UInt8]) {
    bytes.appendMember("id", id)
    bytes.appendOptional("providerTaskId", providerTaskID)
    bytes.appendMember("model", model)
    bytes.appendMember("state", state.rawValue)
    bytes.appendOptional("trust", trust?.rawValue)
    if let progress { bytes.appendMember("progress", progress) } else { bytes.appendNull("progress") }
    bytes.appendMember("input", raw: input ?? "null")
    appendResult(to: &bytes)
    appendFailure(to: &bytes)
    appendCredits(to: &bytes)
    bytes.appendMember("alerts", alerts)
    bytes.appendMember("createdAt", createdAt)
    bytes.appendMember("updatedAt", updatedAt)
    if let completedAt { bytes.appendMember("completedAt", completedAt) } else { bytes.appendNull("completedAt") }
  }

  /// As a number where the provider's text is one, else as the text.
  private func appendCredits(to bytes: inout [UInt8]) {
    guard let credits else { return bytes.appendNull("credits") }
    if JSONNumber(text: credits) != nil {
      bytes.appendMember("credits", raw: credits)
    } else {
      bytes.appendMember("credits", credits)
    }
  }

  private func appendResult(to bytes: inout [UInt8]) {
    guard let result else { return bytes.appendNull("result") }
    bytes.appendName("result")
    bytes.openObject()
    bytes.appendMember("urls", result.urls)
    bytes.appendMember("watermarkUrls", result.watermarkURLs)
    bytes.appendMember("object", raw: result.object ?? "null")
    bytes.appendName("files")
    bytes.openArray()
    for file in result.files {
      bytes.separate()
      bytes.appendFile(file)
    }
    bytes.closeArray()
    if result.isLost { bytes.appendMember("lost", true) }
    bytes.closeObject()
  }

  private func appendFailure(to bytes: inout [UInt8]) {
    guard let failure else { return bytes.appendNull("failure") }
    bytes.appendName("failure")
    bytes.openObject()
    bytes.appendOptional("code", failure.code)
    bytes.appendOptional("message", failure.message)
    bytes.closeObject()
  }

  private func appendPrivateMembers(to bytes: inout [UInt8]) {
    bytes.openObject()
    bytes.appendMember("seq", seq)
    if !aliases.isEmpty { bytes.appendMember("aliases", aliases.map(\.description)) }
    if let idempotency {
      bytes.appendMember("idempotencyKey", idempotency.key)
      bytes.appendMember("bodyDigest", idempotency.bodyDigest)
    }
    if historyOmitted > 0 { bytes.appendMember("historyOmitted", historyOmitted) }
    bytes.appendName("history")
    bytes.openArray()
    for entry in history { bytes.appendEntry(entry) }
    bytes.closeArray()
    bytes.closeObject()
  }

  /// Appends the task's history as the local API shows it: an array, oldest first.
  package func appendHistory(to bytes: inout [UInt8]) {
    bytes.openArray()
    for entry in history {
      bytes.separate()
      bytes.openObject()
      bytes.appendMember("seq", entry.seq)
      bytes.appendMember("at", entry.at)
      bytes.appendMember("type", entry.type.rawValue)
      bytes.appendMember("detail", entry.detail)
      bytes.closeObject()
    }
    bytes.closeArray()
  }
}

extension [UInt8] {
  fileprivate mutating func appendOptional(_ name: StaticString, _ value: String?) {
    if let value { appendMember(name, value) } else { appendNull(name) }
  }

  fileprivate mutating func appendEntry(_ entry: HistoryEntry) {
    separate()
    openObject()
    appendMember("seq", entry.seq)
    appendMember("at", entry.at)
    appendMember("type", entry.type.rawValue)
    appendMember("detail", entry.detail)
    if let digest = entry.digest {
      appendName("digest")
      appendQuoted(hex: digest)
    }
    if let signedAt = entry.signedAt { appendMember("signedAt", signedAt) }
    closeObject()
  }
}
