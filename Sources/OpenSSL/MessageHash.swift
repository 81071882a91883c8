// SPDX-License-Identifier: Apache-2.0

/// 64 bits of a message that nobody without the key can make collide.
///
/// NH, the universal hash of UMAC (Black and others, CRYPTO 1999, section 4) in words of 64 bits, makes 16 bytes of every
/// 512, and SipHash-1-3 hashes those and the message's length. NH of two different blocks agrees under at most one key in
/// 2^64, whoever chose them. To know a message again, not to prove anything to others: for that it is less than
/// half the work of SipHash alone.
package struct MessageHash: Sendable {
  private static let blockSize = 512

  /// A word for each of a block.
  private let key: [UInt64]
  private let outer: SipHash

  /// A hash whose keys all follow from this code.
  package init(key code: Digest) {
    let source = HMACKey(code.span)
    func words(_ number: Int) -> Digest {
      let number: InlineArray<1, UInt8> = [UInt8(number)]
      return source.authenticate(number.span)
    }
    var key = [UInt64](repeating: 0, count: Self.blockSize / 8)
    for number in 0..<16 {
      let four = words(number)
      for index in four.indices { key[4 * number + index / 8] |= UInt64(four[index]) << UInt64(8 * (index % 8)) }
    }
    self.key = key
    outer = SipHash(key: words(16))
  }

  /// The hash of one message.
  package func hash(_ message: Span<UInt8>) -> UInt64 {
    var state = outer.begin()
    var rest = message
    var length = 8
    while !rest.isEmpty {
      let block = rest.extracting(first: Self.blockSize)
      rest = rest.extracting(droppingFirst: Self.blockSize)
      let sum = Self.sum(block, key.span)
      state.add(sum.low)
      state.add(sum.high)
      length &+= 16
    }
    state.add(UInt64(truncatingIfNeeded: message.count))
    return state.end(length: length)
  }

  /// NH of one block, whose last 16 bytes may be fewer.
  private static func sum(_ block: Span<UInt8>, _ key: Span<UInt64>) -> Sum {
    var sum = Sum()
    let pairs = min(block.count / 16, key.count / 2)
    unsafe block.withUnsafeBytes { bytes in
      unsafe key.withUnsafeBufferPointer { key in
        for pair in 0..<pairs {
          let first = unsafe bytes.loadUnaligned(fromByteOffset: 16 &* pair, as: UInt64.self)
          let second = unsafe bytes.loadUnaligned(fromByteOffset: 16 &* pair &+ 8, as: UInt64.self)
          unsafe sum.add(
            UInt64(littleEndian: first) &+ key[2 &* pair], UInt64(littleEndian: second) &+ key[2 &* pair &+ 1])
        }
      }
    }
    let rest = block.extracting(droppingFirst: 16 &* pairs)
    guard !rest.isEmpty else { return sum }
    var (first, second): (UInt64, UInt64) = (0, 0)
    for place in rest.indices {
      let byte = UInt64(rest[place]) &<< UInt64(8 &* (place & 7))
      if place < 8 { first |= byte } else { second |= byte }
    }
    sum.add(first &+ key[2 &* pairs], second &+ key[2 &* pairs &+ 1])
    return sum
  }

  /// A number of 128 bits.
  private struct Sum {
    var high: UInt64 = 0
    var low: UInt64 = 0

    @inline(__always)
    mutating func add(_ one: UInt64, _ other: UInt64) {
      let product = one.multipliedFullWidth(by: other)
      let (sum, carries) = low.addingReportingOverflow(product.low)
      low = sum
      high = high &+ product.high &+ (carries ? 1 : 0)
    }
  }
}
