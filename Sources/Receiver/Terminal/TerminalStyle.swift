// SPDX-License-Identifier: Apache-2.0

/// What may be written to a stream: whether a line may be redrawn, coloured, and how wide it may be.
package struct TerminalStyle: Hashable, Sendable {
  /// Whether somebody looks at a terminal that can move its cursor.
  package let isInteractive: Bool
  package let usesColor: Bool
  /// Columns of the terminal; nil if the stream is none.
  package let columns: Int?

  /// - Parameters:
  ///   - columns: columns of the terminal that the stream is, nil if it is none.
  ///   - environment: `TERM=dumb` stops redrawing and colour, a `NO_COLOR` that is not empty stops colour
  ///     (no-color.org).
  package init(columns: Int?, environment: [String: String]) {
    self.columns = columns
    isInteractive = columns != nil && environment["TERM"] != "dumb"
    usesColor = isInteractive && environment["NO_COLOR", default: ""].isEmpty
  }
}
