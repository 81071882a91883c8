// SPDX-License-Identifier: Apache-2.0

/// Text that must not be shown: printing, interpolating, dumping or reflecting it yields `***`.
///
/// The text itself is reachable only through `reveal`, so that every place that uses it can be found by name.
package struct Secret: Sendable, Hashable {
  private let storage: String

  package init(_ text: String) {
    storage = text
  }

  /// The text itself, for the one call that needs it.
  package var reveal: String { storage }

  /// The UTF-8 bytes of the text: the key material of an HMAC.
  package var bytes: [UInt8] { Array(storage.utf8) }
}

extension Secret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  /// What stands in for every secret.
  package static let mask = "***"

  package var description: String { Self.mask }
  package var debugDescription: String { Self.mask }
  package var customMirror: Mirror { Mirror(self, children: [], displayStyle: .struct) }
}
