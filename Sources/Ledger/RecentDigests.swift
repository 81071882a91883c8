// SPDX-License-Identifier: Apache-2.0

internal import Callbacks

/// The callbacks committed last, so that a repetition is known at once and is not written again: within the tolerance
/// anyone who saw one signed request could otherwise send it until the disk is full.
///
/// A ring of keys, and a table of twice its size to find them in (open addressing, linear probing): the keys are hashes
/// already, so that a look-up need not hash them once more.
struct RecentDigests {
  static let capacity = 16_384
  private static let mask = 2 * capacity - 1

  private var ring: [UInt64] = []
  private var next = 0
  /// Empty until the first key comes; 0 is free.
  private var table: [UInt64] = []

  func contains(_ news: CallbackNews) -> Bool {
    guard !table.isEmpty else { return false }
    return table[place(of: Self.key(news))] != 0
  }

  mutating func insert(_ news: CallbackNews) {
    if table.isEmpty { table = Array(repeating: 0, count: Self.mask + 1) }
    let key = Self.key(news)
    guard table[place(of: key)] == 0 else { return }
    if ring.count < Self.capacity {
      ring.append(key)
    } else {
      remove(ring[next])
      ring[next] = key
      next = (next + 1) % Self.capacity
    }
    table[place(of: key)] = key
  }

  /// Where the key stands, or would.
  private func place(of key: UInt64) -> Int {
    var place = Self.home(of: key)
    while table[place] != 0, table[place] != key { place = (place + 1) & Self.mask }
    return place
  }

  /// Takes a key out and closes the gap, so that whoever was pushed on by it is still found.
  private mutating func remove(_ key: UInt64) {
    var gap = place(of: key)
    var place = (gap + 1) & Self.mask
    while table[place] != 0 {
      // How far the key stands from its home, and how far the gap does.
      let distance = (place - Self.home(of: table[place])) & Self.mask
      if distance >= (place - gap) & Self.mask {
        table[gap] = table[place]
        gap = place
      }
      place = (place + 1) & Self.mask
    }
    table[gap] = 0
  }

  private static func home(of key: UInt64) -> Int { Int(truncatingIfNeeded: key) & mask }

  /// The same body means different things on different addresses and with different proof.
  private static func key(_ news: CallbackNews) -> UInt64 {
    var key = news.digest
    if !news.isCompletion { key ^= 0x9E37_79B9_7F4A_7C15 }
    if let submission = news.submission { key ^= submission.low &* 0xBF58_476D_1CE4_E5B9 }
    if news.isHint { key = ~key }
    // 0 marks a free place.
    return key == 0 ? 0xFF51_AFD7_ED55_8CCD : key
  }
}
