// SPDX-License-Identifier: Apache-2.0

/// How far a task or a download has come.
package struct Progress: Hashable, Sendable {
  /// The task's state, or what is being done.
  package let state: String
  /// 0 to 100; nil while nobody knows.
  package let percent: Int?
  package let elapsed: Duration

  package init(state: String, percent: Int?, elapsed: Duration) {
    self.state = state.withoutControls
    self.percent = percent.map { min(max($0, 0), 100) }
    self.elapsed = elapsed
  }

  /// The progress as one line of at most `width` columns: `generating  ██████░░░░  60%  1:05`.
  package func line(width: Int, color: Bool = false) -> String {
    let time = Self.clock(elapsed)
    let number = percent.map { "\($0)%" } ?? "--%"
    let numbers = "\(String(repeating: " ", count: 4 - number.count))\(number)  \(time)"
    let label = state.truncated(toColumns: max(width - numbers.columns - 2, 0))
    let padding = String(repeating: " ", count: max(Self.labelColumns - label.columns, 0))
    let room = width - max(label.columns, Self.labelColumns) - numbers.columns - 4
    guard room >= Self.minimumBar else { return "\(label)  \(numbers)".truncated(toColumns: width) }
    return "\(label)\(padding)  \(bar(columns: min(room, Self.maximumBar), color: color))  \(numbers)"
  }

  /// The progress as words, for logs and pipes: `generating 60%`.
  package var words: String {
    percent.map { "\(state) \($0)%" } ?? state
  }

  /// Wide enough for `generating`, so that the bar stands still while the states pass.
  private static let labelColumns = 10
  private static let minimumBar = 5
  private static let maximumBar = 40

  private func bar(columns: Int, color: Bool) -> String {
    let filled = columns * (percent ?? 0) / 100
    let full = String(repeating: "█", count: filled)
    let rest = String(repeating: "░", count: columns - filled)
    return color ? "\u{1B}[36m\(full)\u{1B}[2m\(rest)\u{1B}[0m" : full + rest
  }

  /// `1:05`, `1:00:05`.
  static func clock(_ elapsed: Duration) -> String {
    func twoDigits(_ value: Int64) -> String { value < 10 ? "0\(value)" : "\(value)" }
    let seconds = max(elapsed.components.seconds, 0)
    let (hours, minutes) = (seconds / 3600, seconds / 60 % 60)
    return hours > 0
      ? "\(hours):\(twoDigits(minutes)):\(twoDigits(seconds % 60))" : "\(minutes):\(twoDigits(seconds % 60))"
  }
}

/// Turns a stream of progress into what is written: one line redrawn on a terminal, a line a change elsewhere.
package struct ProgressRenderer: Sendable {
  private let style: TerminalStyle
  private var last: String?

  package init(style: TerminalStyle) {
    self.style = style
  }

  /// What to write for this moment; empty if nothing is to be said.
  package mutating func update(_ progress: Progress) -> String {
    let text =
      style.isInteractive
      ? progress.line(width: max((style.columns ?? 80) - 1, 1), color: style.usesColor) : progress.words
    defer { last = text }
    guard text != last else { return "" }
    return style.isInteractive ? "\r\(text)\u{1B}[K" : text + "\n"
  }

  /// What to write behind the last update, so that the next line begins at the left.
  package mutating func finish() -> String {
    defer { last = nil }
    return style.isInteractive && last != nil ? "\n" : ""
  }
}
