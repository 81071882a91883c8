// SPDX-License-Identifier: Apache-2.0

/// The generator of Steele, Lea and Flood ("Fast splittable pseudorandom number generators", 2014). The draws beside
/// `next` are its own, because those of the standard library may change with its version.
struct SplitMix64 {
  private var state: UInt64

  init(seed: UInt64) {
    state = seed
  }

  /// The generator number `stream` of a seed, which has nothing to do with its neighbours.
  init(seed: UInt64, stream: UInt64) {
    var mixer = SplitMix64(seed: seed)
    var streams = SplitMix64(seed: mixer.next() ^ stream)
    state = streams.next()
  }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var word = state
    word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
    word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
    return word ^ (word >> 31)
  }

  /// 0 ..< 1, in steps of 2^-53.
  mutating func unit() -> Double {
    Double(next() >> 11) * 0x1p-53
  }

  /// An integer of the range, which is far smaller than 2^64.
  mutating func integer(in range: ClosedRange<Int>) -> Int {
    let width = UInt64(range.upperBound - range.lowerBound + 1)
    return range.lowerBound + Int(next().multipliedFullWidth(by: width).high)
  }

  /// 32 lower-case hexadecimal digits, as the provider's task ids are.
  mutating func identifier() -> String {
    hexadecimal(next()) + hexadecimal(next())
  }

  private func hexadecimal(_ word: UInt64) -> String {
    let digits = String(word, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}
