// SPDX-License-Identifier: Apache-2.0

private import CLinux

/// An open-addressing table from 64-bit hashes to ordinals: 8 bytes a slot, the keys stay where they are. The standard
/// dictionary would take three times the room for a million tasks. Nothing is ever removed.
///
/// A slot keeps half of the hash, so that looking for what is not there reads no key, and growing reads none at all.
struct HashTable {
  /// Ordinal + 1 in the low half, 0 in a free slot; the low half of the hash in the high half.
  private var slots: [UInt64] = []
  private var used = 0

  private static let smallest = 64

  /// The first ordinal under `hash` that `matches`.
  func first(hash: UInt64, where matches: (Int) -> Bool) -> Int? {
    guard !slots.isEmpty else { return nil }
    let mask = slots.count - 1
    var place = Int(truncatingIfNeeded: hash & 0xFFFF_FFFF) & mask
    while case let slot = slots[place], slot != 0 {
      if slot >> 32 == hash & 0xFFFF_FFFF, case let ordinal = Int(slot & 0xFFFF_FFFF) - 1, matches(ordinal) {
        return ordinal
      }
      place = (place + 1) & mask
    }
    return nil
  }

  /// Asks the processor for the slot where `hash` would be, so that a look-up somewhat later need not wait for memory.
  func prefetch(hash: UInt64) {
    guard !slots.isEmpty else { return }
    let place = Int(truncatingIfNeeded: hash & 0xFFFF_FFFF) & (slots.count - 1)
    unsafe slots.withUnsafeBufferPointer { slots in
      if let base = slots.baseAddress { unsafe hl_prefetch(base + place) }
    }
  }

  mutating func insert(_ ordinal: Int, hash: UInt64) {
    if (used + 1) * 4 > slots.count * 3 { grow(to: max(Self.smallest, slots.count * 2)) }
    place(hash << 32 | UInt64(ordinal + 1))
    used += 1
  }

  /// Makes room for `count` ordinals.
  mutating func reserve(_ count: Int) {
    var size = max(Self.smallest, slots.count)
    while count * 4 > size * 3 { size *= 2 }
    if size > slots.count { grow(to: size) }
  }

  private mutating func grow(to size: Int) {
    let old = slots
    slots = Array(repeating: 0, count: size)
    for slot in old where slot != 0 { place(slot) }
  }

  private mutating func place(_ slot: UInt64) {
    let mask = slots.count - 1
    var place = Int(slot >> 32) & mask
    while slots[place] != 0 { place = (place + 1) & mask }
    slots[place] = slot
  }
}
