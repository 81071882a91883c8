// SPDX-License-Identifier: Apache-2.0

/// An open-addressing table from 64-bit hashes to ordinals: 4 bytes a slot, the keys stay where they are. The standard
/// dictionary would take six times the room for a million tasks. Nothing is ever removed.
struct HashTable {
  /// Ordinal + 1; 0 is free.
  private var slots: [UInt32] = []
  private var used = 0

  private static let smallest = 64

  /// The first ordinal under `hash` that `matches`.
  func first(hash: UInt64, where matches: (Int) -> Bool) -> Int? {
    guard !slots.isEmpty else { return nil }
    let mask = slots.count - 1
    var place = Int(truncatingIfNeeded: hash) & mask
    while slots[place] != 0 {
      let ordinal = Int(slots[place]) - 1
      if matches(ordinal) { return ordinal }
      place = (place + 1) & mask
    }
    return nil
  }

  /// `rehash` gives the hash of an ordinal that is in the table, for when it has to grow.
  mutating func insert(_ ordinal: Int, hash: UInt64, rehash: (Int) -> UInt64) {
    if (used + 1) * 4 > slots.count * 3 { grow(to: max(Self.smallest, slots.count * 2), rehash) }
    place(ordinal, hash)
    used += 1
  }

  /// Makes room for `count` ordinals; only before the first is inserted.
  mutating func reserve(_ count: Int) {
    guard used == 0 else { return }
    var size = Self.smallest
    while count * 4 > size * 3 { size *= 2 }
    slots = Array(repeating: 0, count: size)
  }

  private mutating func grow(to size: Int, _ rehash: (Int) -> UInt64) {
    let old = slots
    slots = Array(repeating: 0, count: size)
    for slot in old where slot != 0 { place(Int(slot) - 1, rehash(Int(slot) - 1)) }
  }

  private mutating func place(_ ordinal: Int, _ hash: UInt64) {
    let mask = slots.count - 1
    var place = Int(truncatingIfNeeded: hash) & mask
    while slots[place] != 0 { place = (place + 1) & mask }
    slots[place] = UInt32(ordinal + 1)
  }
}
