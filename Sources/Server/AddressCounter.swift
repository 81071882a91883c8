// SPDX-License-Identifier: Apache-2.0

import Reactor

/// Counts connections by client address, so that no single one of them takes all the room.
struct AddressCounter {
  private var counts: [SocketAddress.Network: Int] = [:]

  /// Whether one more connection of that address is within the limit; then it counts.
  mutating func enter(_ address: SocketAddress, limit: Int) -> Bool {
    guard !address.isLoopback else { return true }
    guard counts[address.network, default: 0] < limit else { return false }
    counts[address.network, default: 0] += 1
    return true
  }

  /// A connection that had entered has ended.
  mutating func leave(_ address: SocketAddress) {
    guard !address.isLoopback, let count = counts[address.network] else { return }
    counts[address.network] = count > 1 ? count - 1 : nil
  }

  /// Whether nothing is counted.
  var isEmpty: Bool { counts.isEmpty }
}
