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
    bytes.append(contentsOf: #","crc":""#.utf8)
    bytes.appendHex(UInt64(sum), digits: 8)
    bytes.append(contentsOf: "\"}\n".utf8)
    return bytes
  }

  private func appendPublicMembers(to bytes: inout [UInt8]) {
    bytes.appendMember("id", id.description)
    bytes.appendOptional("providerTaskId", providerTaskID)
    bytes.appendMember("model", model)
    bytes.appendMember("state", state.rawValue)
    bytes.appendOptional("trust", trust?.rawValue)
    if let progress { bytes.appendMember("progress", progress) } else { bytes.appendNull("progress") }
    bytes.appendMember("input", raw: input ?? "null")
    appendResult(to: &bytes)
    appendFailure(to: &bytes)
    bytes.appendMember("credits", raw: credits ?? "null")
    bytes.appendMember("alerts", alerts)
    bytes.appendMember("createdAt", createdAt)
    bytes.appendMember("updatedAt", updatedAt)
    bytes.appendOptional("completedAt", completedAt?.description)
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
  fileprivate mutating func appendOptional(_ name: String, _ value: String?) {
    if let value { appendMember(name, value) } else { appendNull(name) }
  }

  fileprivate mutating func appendEntry(_ entry: HistoryEntry) {
    separate()
    openObject()
    appendMember("seq", entry.seq)
    appendMember("at", entry.at)
    appendMember("type", entry.type.rawValue)
    appendMember("detail", entry.detail)
    if let digest = entry.digest { appendMember("digest", hex: digest) }
    if let signedAt = entry.signedAt { appendMember("signedAt", signedAt) }
    closeObject()
  }
}

// MARK: - Reading a task's file

extension TaskState {
  /// The task in the content of a file; `nil` if the file is torn, damaged or no task.
  init?(file bytes: [UInt8]) {
    guard Self.hasRightChecksum(bytes), let json = try? JSON.parse(bytes), let ledger = json["ledger"],
      let id = json["id"]?.string.flatMap(TaskID.init), let seq = ledger["seq"]?.int,
      let state = json["state"]?.string, let created = json["createdAt"]?.timestamp
    else { return nil }
    self.init(
      id: id, model: json["model"]?.string ?? "", state: TaskStage(rawValue: state), createdAt: created,
      seq: UInt64(max(0, seq)))
    readPublicMembers(json)
    readPrivateMembers(ledger)
  }

  private static func hasRightChecksum(_ bytes: [UInt8]) -> Bool {
    let tail = 8 + 8 + 3
    guard bytes.count > tail else { return false }
    let start = bytes.count - tail
    var expected = Array(#","crc":""#.utf8)
    expected.appendHex(UInt64(checksum(bytes, 0..<start)), digits: 8)
    expected.append(contentsOf: "\"}\n".utf8)
    return bytes[start...].elementsEqual(expected)
  }

  private mutating func readPublicMembers(_ json: JSON) {
    providerTaskID = json["providerTaskId"]?.string
    trust = json["trust"]?.string.flatMap(Trust.init(rawValue:))
    progress = json["progress"]?.int.map { Int($0) }
    input = json["input"]?.text
    credits = json["credits"]?.text
    alerts = json["alerts"]?.array?.compactMap(\.string) ?? []
    updatedAt = json["updatedAt"]?.timestamp ?? createdAt
    completedAt = json["completedAt"]?.timestamp
    if let told = json["result"], !told.isNull {
      result = TaskResult(
        urls: told["urls"]?.strings ?? [], watermarkURLs: told["watermarkUrls"]?.strings ?? [],
        object: told["object"]?.text, files: told["files"]?.array?.compactMap { SavedFile($0) } ?? [],
        isLost: told["lost"]?.bool ?? false)
    }
    if let told = json["failure"], !told.isNull {
      failure = TaskFailure(code: told["code"]?.string, message: told["message"]?.string)
    }
  }

  private mutating func readPrivateMembers(_ ledger: JSON) {
    aliases = ledger["aliases"]?.strings.compactMap { TaskID($0) } ?? []
    if let key = ledger["idempotencyKey"]?.string, let digest = ledger["bodyDigest"]?.string {
      idempotency = Idempotency(key: key, bodyDigest: digest)
    }
    historyOmitted = Int(ledger["historyOmitted"]?.int ?? 0)
    history = ledger["history"]?.array?.compactMap { HistoryEntry($0) } ?? []
  }
}

extension HistoryEntry {
  fileprivate init?(_ json: JSON) {
    guard let seq = json["seq"]?.int, let at = json["at"]?.timestamp,
      let type = json["type"]?.string.flatMap(EventType.init(rawValue:))
    else { return nil }
    self.init(
      seq: UInt64(max(0, seq)), at: at, type: type, detail: json["detail"]?.string ?? "",
      digest: json["digest"]?.string.flatMap { UInt64($0, radix: 16) }, signedAt: json["signedAt"]?.int)
  }
}

extension JSON {
  fileprivate var timestamp: Timestamp? { string.flatMap { Timestamp($0) } }
  fileprivate var strings: [String] { array?.compactMap(\.string) ?? [] }
  /// The value as compact text; `nil` for null.
  fileprivate var text: String? { isNull ? nil : String(decoding: compact(), as: UTF8.self) }
}
