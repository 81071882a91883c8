// SPDX-License-Identifier: Apache-2.0

/// How much JSON is too much.
package struct JSONLimits: Hashable, Sendable {
  /// Containers that may be open at once. `[]` has depth 1, a scalar depth 0.
  package let maxDepth: Int

  /// Size of the text in bytes. Never more than `UInt32.max`, which is how far the tape can count.
  package let maxBytes: Int

  /// - Parameters:
  ///   - maxDepth: containers that may be open at once.
  ///   - maxBytes: size of the text; anything above `UInt32.max` means `UInt32.max`.
  package init(maxDepth: Int = 128, maxBytes: Int = .max) {
    self.maxDepth = maxDepth
    self.maxBytes = Swift.min(maxBytes, Int(UInt32.max))
  }

  /// Depth 128 and no bound on size other than the tape's own: who reads from a socket bounds that already.
  package static let standard = JSONLimits()
}
