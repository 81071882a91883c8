// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Ledger

@Suite("Blocks") struct BlocksTests {
  @Test func `batches of any length, one after the other, give the bytes that one long write would`() {
    var dice = Dice(seed: 4)
    for _ in 0..<40 {
      var blocks = Blocks()
      var file: [UInt8] = []
      var expected: [UInt8] = []
      for _ in 0..<20 {
        let near = dice.pick([1, 100, Blocks.size - 1, Blocks.size, Blocks.size + 1, 3 * Blocks.size])
        let batch = (0..<near + dice.below(3)).map { _ in UInt8(dice.below(256)) }
        let start = expected.count - blocks.count
        #expect(start % Blocks.size == 0)
        expected += batch
        blocks.append(batch)
        let end = blocks.count
        blocks.completeBlock(with: 10)
        #expect(blocks.count % Blocks.size == 0 && blocks.count - end < Blocks.size)
        file.replaceSubrange(start..., with: blocks.bytes)
        blocks.keepLastBlock(before: end)
        #expect(Array(file[..<expected.count]) == expected)
        #expect(file[expected.count...].allSatisfy { $0 == 10 })
      }
    }
  }

  @Test func `they begin where a disk's blocks do`() {
    var blocks = Blocks()
    for count in [1, 5000, 200_000] {
      blocks.append([UInt8](repeating: 7, count: count))
      #expect(blocks.withUnsafeBytes { UInt(bitPattern: $0.baseAddress) } % UInt(Blocks.size) == 0)
      blocks.removeAll(keeping: 6000)
      #expect(blocks.count == 0)
    }
  }
}
