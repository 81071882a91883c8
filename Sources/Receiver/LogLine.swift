// SPDX-License-Identifier: Apache-2.0

package import Callbacks
import JSON
package import Logging

/// One event of the log, ready to be written.
package struct LogLine: Sendable {
  package let time: Timestamp
  package let level: Logger.Level
  package let message: String
  /// The event's error, in words.
  package let error: String?
  package let metadata: Logger.Metadata

  package init(
    time: Timestamp, level: Logger.Level, message: String, error: String? = nil, metadata: Logger.Metadata = [:]
  ) {
    self.time = time
    self.level = level
    self.message = message
    self.error = error
    self.metadata = metadata
  }

  /// `{"time":"2026-11-22T13:00:00.123Z","level":"info","message":"…","metadata":{…}}` and a newline.
  package func json() -> [UInt8] {
    var object: JSONObject = [
      "time": .string(time.description), "level": .string(level.rawValue), "message": .string(message),
    ]
    if let error { object["error"] = .string(error) }
    if !metadata.isEmpty { object["metadata"] = Self.json(metadata) }
    var line: [UInt8] = []
    JSON.object(object).write(into: &line)
    line.append(UInt8(ascii: "\n"))
    return line
  }

  /// `13:00:00.123 info    message key=value` and a newline, for people; whatever came from outside stays on the line.
  package func text() -> [UInt8] {
    let clock = time.description.dropFirst(11).dropLast()
    let level = level.rawValue + String(repeating: " ", count: 8 - level.rawValue.count)
    var line = "\(clock) \(level) \(message)"
    if let error { line += " error=\(Self.quotedIfNeeded(error))" }
    for (key, value) in Self.sorted(metadata) { line += " \(key)=\(Self.quotedIfNeeded(Self.text(value)))" }
    return Array((line.withoutControls + "\n").utf8)
  }

  private static func sorted(_ metadata: Logger.Metadata) -> [(key: String, value: Logger.MetadataValue)] {
    metadata.sorted { $0.key < $1.key }
  }

  private static func json(_ metadata: Logger.Metadata) -> JSON {
    .object(JSONObject(sorted(metadata).map { ($0.key, json($0.value)) }))
  }

  private static func json(_ value: Logger.MetadataValue) -> JSON {
    switch value {
    case .string(let text): .string(text)
    case .stringConvertible(let value): .string(value.description)
    case .array(let elements): .array(elements.map(json))
    case .dictionary(let metadata): json(metadata)
    }
  }

  private static func text(_ value: Logger.MetadataValue) -> String {
    switch json(value) {
    case .string(let text): text
    case let value: value.description
    }
  }

  private static func quotedIfNeeded(_ text: String) -> String {
    text.isEmpty || text.contains(where: { $0 == " " || $0 == "\"" }) ? JSON.string(text).description : text
  }
}
