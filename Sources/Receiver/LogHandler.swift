// SPDX-License-Identifier: Apache-2.0

package import Callbacks
package import Logging

/// Writes each event as one line, JSON or text, with a single call of its sink.
package struct LineLogHandler: LogHandler {
  package var metadata: Logger.Metadata = [:]
  package var metadataProvider: Logger.MetadataProvider?
  package var logLevel: Logger.Level
  private let format: LogFormat
  private let sink: @Sendable ([UInt8]) -> Void
  private let now: @Sendable () -> Timestamp

  /// - Parameters:
  ///   - sink: takes one whole line with its newline; called from any thread, so it must write it in one piece.
  ///   - now: the clock of the lines.
  package init(
    format: LogFormat, level: Logger.Level, now: @escaping @Sendable () -> Timestamp = Timestamp.now,
    sink: @escaping @Sendable ([UInt8]) -> Void
  ) {
    self.format = format
    logLevel = level
    self.now = now
    self.sink = sink
  }

  package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  package func log(event: LogEvent) {
    let line = LogLine(
      time: now(), level: event.level, message: event.message.description, error: event.error.map { "\($0)" },
      metadata: merged(event.metadata))
    switch format {
    case .json: sink(line.json())
    case .text: sink(line.text())
    }
  }

  /// The handler's own metadata, overridden by its provider's, overridden by the event's.
  private func merged(_ own: Logger.Metadata?) -> Logger.Metadata {
    let provided = metadataProvider?.get() ?? [:]
    return metadata.merging(provided) { $1 }.merging(own ?? [:]) { $1 }
  }
}
