// SPDX-License-Identifier: Apache-2.0

import Ledger

extension MemoryDisk {
  /// What is there after `kill -9`: everything written, locks gone. What was not synced still is not.
  func killed() -> MemoryDisk {
    let kept = withState { state in
      var kept = State()
      (kept.files, kept.names, kept.directories) = (state.files, state.names, state.directories)
      (kept.syncedNames, kept.syncedDirectories) = (state.syncedNames, state.syncedDirectories)
      (kept.since, kept.next, kept.available) = (state.since, state.next, state.available)
      return kept
    }
    return MemoryDisk(kept)
  }

  /// What may be there after the power went: what was synced, and of the rest what the dice leave.
  func powerCut(_ dice: inout Dice) -> MemoryDisk {
    let before = withState { $0 }
    var after = State()
    (after.next, after.available) = (before.next, before.available)
    after.syncedNames = before.syncedNames
    after.syncedDirectories = before.syncedDirectories
    let keep = dice.habit()
    for (_, change) in before.since {
      if keep.decides(&dice) { after.settle(change) }
    }
    after.directories = after.syncedDirectories.filter { path in
      // A directory whose own name is lost takes everything in it along.
      var above = path
      while above != ".", !above.isEmpty {
        guard after.syncedDirectories.contains(above) else { return false }
        above = parent(above)
      }
      return true
    }
    after.syncedDirectories = after.directories
    after.names = after.syncedNames.filter { after.directories.contains(parent($0.key)) }
    after.syncedNames = after.names
    for inode in after.names.values {
      let bytes = before.files[inode]?.afterPowerCut(&dice) ?? []
      after.files[inode] = File(bytes: bytes, synced: bytes)
    }
    return MemoryDisk(after)
  }

  /// The contents of a file as a program sees it.
  func bytes(_ path: String) -> [UInt8]? {
    withState { state in state.names[path].flatMap { state.files[$0]?.bytes } }
  }

  /// Puts a file there as if it always had been.
  func put(_ path: String, _ bytes: [UInt8]) {
    try? makeDirectory(parent(path))
    withState { state in
      let inode = state.names[path] ?? state.next
      if state.names[path] == nil { state.next += 1 }
      state.files[inode] = File(bytes: bytes, synced: bytes)
      state.names[path] = inode
      state.syncedNames[path] = inode
    }
  }

  /// The same folder without the files that `isGone` names.
  func without(_ isGone: (String) -> Bool) -> MemoryDisk {
    let copy = killed()
    for path in paths where isGone(path) { try? copy.remove(path) }
    return copy
  }

  /// All file names, sorted.
  var paths: [String] { withState { Array($0.names.keys) }.sorted() }
}

extension MemoryDisk.File {
  /// Synced bytes, and of every later write those sectors of 512 bytes that had reached the platter. A size may have
  /// reached it without the bytes: then zeros stand there.
  fileprivate func afterPowerCut(_ dice: inout Dice) -> [UInt8] {
    var result = synced
    let keep = dice.habit()
    for change in since {
      switch change {
      case .truncate:
        if keep.decides(&dice) { Self.apply(change, to: &result) }
      case .write(let offset, let bytes):
        var place = 0
        // The filling, a MiB of one byte, in larger pieces.
        let sector = bytes.count > 65_536 ? 32_768 : 512
        while place < bytes.count {
          let end = min(bytes.count, (offset + place) / sector * sector + sector - offset)
          if keep.decides(&dice) {
            Self.apply(.write(offset: offset + place, Array(bytes[place..<end])), to: &result)
          }
          place = end
        }
        if result.count < offset + bytes.count, dice.chance(1, in: 4) {
          Self.apply(.truncate(offset + bytes.count), to: &result)
        }
      }
    }
    return result
  }
}

/// Repeatable randomness (SplitMix64).
struct Dice: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) {
    state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 1
  }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
    return mixed ^ mixed >> 31
  }

  mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(max(1, bound))) }

  mutating func chance(_ wins: Int, in total: Int) -> Bool { below(total) < wins }

  mutating func pick<Element>(_ all: [Element]) -> Element { all[below(all.count)] }

  /// How a crash treats unsynced changes.
  mutating func habit() -> Habit { pick([.nothing, .everything, .some(1), .some(2), .some(3)]) }

  enum Habit {
    case nothing, everything
    /// That many in four survive.
    case some(Int)

    func decides(_ dice: inout Dice) -> Bool {
      switch self {
      case .nothing: false
      case .everything: true
      case .some(let quarters): dice.chance(quarters, in: 4)
      }
    }
  }
}
