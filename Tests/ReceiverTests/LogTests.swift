// SPDX-License-Identifier: Apache-2.0

import Callbacks
import JSON
import Logging
import Receiver
import Synchronization
import Testing

@Suite("Log lines")
struct LogTests {
  private static let time = Timestamp(milliseconds: 1_795_352_400_123)

  /// Collects what the handler writes.
  private final class Lines: Sendable {
    let written = Mutex<[String]>([])

    func write(_ bytes: [UInt8]) {
      written.withLock { $0.append(String(decoding: bytes, as: UTF8.self)) }
    }

    var all: [String] { written.withLock { $0 } }
  }

  private struct Failure: Error, CustomStringConvertible {
    let description = "disk full"
  }

  private func logger(_ format: LogFormat, level: Logger.Level = .info, into lines: Lines) -> Logger {
    Logger(label: "test") { _ in
      LineLogHandler(format: format, level: level, now: { Self.time }, sink: lines.write)
    }
  }

  @Test("JSON: one object a line with time, level, message and metadata in order")
  func json() throws {
    let lines = Lines()
    var logger = logger(.json, into: lines)
    logger[metadataKey: "request"] = "r1"
    logger.warning(
      "it \"broke\"\nhere", metadata: ["b": "2", "a": ["x", "y"], "c": ["k": "v"], "d": .stringConvertible(3)])
    #expect(
      lines.all == [
        #"{"time":"2026-11-22T13:00:00.123Z","level":"warning","message":"it \"broke\"\nhere","#
          + #""metadata":{"a":["x","y"],"b":"2","c":{"k":"v"},"d":"3","request":"r1"}}"# + "\n"
      ])
    let json = try JSON.parse(lines.all[0])
    #expect(json["message"] == "it \"broke\"\nhere")
  }

  @Test("an error is said in words, and no metadata leaves no member")
  func error() {
    let lines = Lines()
    logger(.json, into: lines).error("no", error: Failure())
    #expect(
      lines.all == [
        #"{"time":"2026-11-22T13:00:00.123Z","level":"error","message":"no","error":"disk full"}"# + "\n"
      ])
  }

  @Test("text: one line, whatever the message holds")
  func text() {
    let lines = Lines()
    let logger = logger(.text, into: lines)
    logger.info("listening", metadata: ["address": "127.0.0.1:8080", "name": "a b", "empty": ""])
    logger.info("evil\u{1B}[2J\nline\u{202E}")
    #expect(
      lines.all == [
        "13:00:00.123 info     listening address=127.0.0.1:8080 empty=\"\" name=\"a b\"\n",
        "13:00:00.123 info     evil [2J line \n",
      ])
  }

  @Test("levels below the threshold are not written", arguments: Logger.Level.allCases)
  func levels(threshold: Logger.Level) {
    let lines = Lines()
    let logger = logger(.text, level: threshold, into: lines)
    for level in Logger.Level.allCases { logger.log(level: level, "m") }
    #expect(lines.all.count == Logger.Level.allCases.filter { $0 >= threshold }.count)
  }

  @Test("metadata of the event overrides the provider's, which overrides the handler's")
  func metadata() throws {
    let lines = Lines()
    var handler = LineLogHandler(format: .json, level: .info, now: { Self.time }, sink: lines.write)
    handler.metadata = ["a": "handler", "b": "handler", "c": "handler"]
    handler.metadataProvider = Logger.MetadataProvider { ["b": "provider", "c": "provider"] }
    let logger = Logger(label: "test") { [handler] _ in handler }
    logger.info("m", metadata: ["c": "event"])
    #expect(try JSON.parse(lines.all[0])["metadata"] == ["a": "handler", "b": "provider", "c": "event"])
  }
}
