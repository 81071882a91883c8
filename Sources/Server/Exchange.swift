// SPDX-License-Identifier: Apache-2.0

/// One request on one connection: where its answer goes. When the connection is gone or the answer is given, the value
/// means nothing any more, and what is sent to it is ignored.
package struct Exchange: Hashable, Sendable {
  let slot: UInt32
  let generation: UInt32
  let number: UInt32

  /// The exchange as two words, for those who carry it without knowing what it is.
  package var packed: (UInt64, UInt64) { (UInt64(slot) << 32 | UInt64(generation), UInt64(number)) }

  /// The exchange that `packed` gave away.
  package init(packed: (UInt64, UInt64)) {
    slot = UInt32(truncatingIfNeeded: packed.0 >> 32)
    generation = UInt32(truncatingIfNeeded: packed.0)
    number = UInt32(truncatingIfNeeded: packed.1)
  }

  init(slot: UInt32, generation: UInt32, number: UInt32) {
    self.slot = slot
    self.generation = generation
    self.number = number
  }
}

/// The caller's name for a listener, told with every request that came through it.
package struct ListenerTag: Hashable, Sendable {
  package let rawValue: Int

  package init(_ rawValue: Int) {
    self.rawValue = rawValue
  }

  /// Written out, because the one that is made for it is called through its witness from other modules, for each request.
  package static func == (one: ListenerTag, other: ListenerTag) -> Bool { one.rawValue == other.rawValue }
}
