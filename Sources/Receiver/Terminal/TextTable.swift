// SPDX-License-Identifier: Apache-2.0

/// Rows of text in aligned columns, under a header unless that is empty.
package struct TextTable: Hashable, Sendable {
  package var header: [String]
  package var rows: [[String]]

  package init(header: [String], rows: [[String]]) {
    self.header = header
    self.rows = rows
  }

  /// The narrowest that a column becomes to make room.
  private static let minimumColumn = 8
  private static let gap = 2

  /// The table as lines that end in a newline; columns are as wide as their widest cell.
  ///
  /// - Parameter width: columns of the terminal: the widest table columns are cut with an ellipsis until the lines fit, but
  ///   never the first one, which holds the ids that people copy. Nil cuts nothing, for files and pipes.
  package func render(width: Int? = nil) -> String {
    let lines = ((header.isEmpty ? [] : [header]) + rows).map { row in row.map(\.withoutControls) }
    let widths = Self.fit(naturalWidths(of: lines), into: width)
    return lines.map { Self.line($0, widths) }.joined()
  }

  private func naturalWidths(of lines: [[String]]) -> [Int] {
    (0..<(lines.map(\.count).max() ?? 0)).map { column in
      lines.map { $0.indices.contains(column) ? $0[column].columns : 0 }.max() ?? 0
    }
  }

  /// Takes from the widest column behind the first until the sum fits or all are at their minimum.
  private static func fit(_ natural: [Int], into width: Int?) -> [Int] {
    guard let width else { return natural }
    var widths = natural
    var excess = widths.reduce(0, +) + gap * (widths.count - 1) - width
    while excess > 0, let widest = widths.indices.dropFirst().max(by: { widths[$0] < widths[$1] }),
      widths[widest] > minimumColumn
    {
      widths[widest] -= 1
      excess -= 1
    }
    return widths
  }

  private static func line(_ cells: [String], _ widths: [Int]) -> String {
    var line = ""
    for (cell, width) in zip(cells, widths) {
      let text = cell.truncated(toColumns: width)
      line += text + String(repeating: " ", count: width - text.columns + gap)
    }
    while line.last == " " { line.removeLast() }
    return line + "\n"
  }
}
