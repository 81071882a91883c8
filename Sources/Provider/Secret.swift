// SPDX-License-Identifier: Apache-2.0

/// A text that must not be seen: printing, dumping or interpolating it gives `***`.
package struct Secret: Hashable, Sendable {
  private let text: String

  package init(_ text: String) {
    self.text = text
  }

  package var isEmpty: Bool { text.isEmpty }

  /// The text itself, for the one place that sends it.
  package func reveal() -> String { text }

  /// The text's UTF-8, for the one place that computes with it.
  package var bytes: [UInt8] { Array(text.utf8) }

  /// What is shown instead.
  package static let mask = "***"
}

extension Secret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  package var description: String { Self.mask }
  package var debugDescription: String { Self.mask }
  package var customMirror: Mirror { Mirror(self, children: []) }
}
