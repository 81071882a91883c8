// SPDX-License-Identifier: Apache-2.0

internal import Callbacks

/// The callbacks committed last, so that a repetition is known at once and is not written again: within the tolerance
/// anyone who saw one signed request could otherwise send it until the disk is full.
struct RecentDigests {
  static let capacity = 16_384

  private var ring: [UInt64] = []
  private var next = 0
  private var members: Set<UInt64> = []

  func contains(_ news: CallbackNews) -> Bool { members.contains(Self.key(news)) }

  mutating func insert(_ news: CallbackNews) {
    let key = Self.key(news)
    guard members.insert(key).inserted else { return }
    if ring.count < Self.capacity {
      ring.append(key)
    } else {
      members.remove(ring[next])
      ring[next] = key
      next = (next + 1) % Self.capacity
    }
  }

  /// The same body means different things on different addresses and with different proof.
  private static func key(_ news: CallbackNews) -> UInt64 {
    var key = news.digest
    if news.kind == .progress { key ^= 0x9E37_79B9_7F4A_7C15 }
    if let submission = news.submission { key ^= submission.low &* 0xBF58_476D_1CE4_E5B9 }
    if news.trust == .hint { key = ~key }
    return key
  }
}
