// SPDX-License-Identifier: Apache-2.0

/// One request on one connection: where its answer goes. When the connection is gone or the answer is given, the value
/// means nothing any more, and what is sent to it is ignored.
package struct Exchange: Hashable, Sendable {
  let slot: UInt32
  let generation: UInt32
  let number: UInt32
}

/// The caller's name for a listener, told with every request that came through it.
package struct ListenerTag: Hashable, Sendable {
  package let rawValue: Int

  package init(_ rawValue: Int) {
    self.rawValue = rawValue
  }
}
