// SPDX-License-Identifier: Apache-2.0

/// What a listener has seen so far, for metrics.
package struct ListenerCounters: Hashable, Sendable {
  /// Connections accepted.
  package internal(set) var accepted: UInt64 = 0
  /// Connections closed at once, because their address had too many.
  package internal(set) var turnedAway: UInt64 = 0
  /// Connections open now.
  package internal(set) var open = 0
  /// Requests handed to the handler.
  package internal(set) var requests: UInt64 = 0
  /// Requests that could not be read, by the status they were answered with.
  package internal(set) var faults: [Int: UInt64] = [:]
  /// TLS handshakes that failed or took too long.
  package internal(set) var failedHandshakes: UInt64 = 0
  /// Bytes of incomplete requests, and of those sent ahead of their turn, that are held now.
  package internal(set) var requestBytes = 0
  /// How often accepting had to rest for want of descriptors or memory.
  package internal(set) var starvations: UInt64 = 0
}
