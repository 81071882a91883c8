// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Ledger

@Suite("Blocks") struct BlocksTests {
  @Test(arguments: [true, false])
  func `batches of any length, one after the other, give the bytes that one long write would`(isPlaceKnown: Bool) {
    var dice = Dice(seed: 4)
    for _ in 0..<40 {
      var tail = Blocks()
      var file: [UInt8] = []
      var expected: [UInt8] = []
      for _ in 0..<20 {
        let near = dice.pick([1, 100, Blocks.size - 1, Blocks.size, Blocks.size + 1, 3 * Blocks.size])
        let text = (0..<near + dice.below(3)).map { _ in UInt8(dice.below(256)) }
        var batch = Blocks()
        batch.begin(behind: isPlaceKnown ? expected.count % Blocks.size : dice.below(Blocks.size))
        batch.append(text)
        #expect(batch.text == text && batch.textCount == text.count)
        let start = expected.count - tail.count
        #expect(start % Blocks.size == 0)
        expected += text
        batch.setLead(tail)
        #expect(batch.bytes == tail.bytes + text && batch.text == text)
        let end = batch.count
        batch.completeBlock(with: 10)
        #expect(batch.count % Blocks.size == 0 && batch.count - end < Blocks.size)
        file.replaceSubrange(start..., with: batch.bytes)
        tail.takeLastBlock(of: batch, before: end)
        #expect(tail.lead == 0 && tail.count < Blocks.size)
        #expect(Array(file[..<expected.count]) == expected)
        #expect(file[expected.count...].allSatisfy { $0 == 10 })
      }
    }
  }

  @Test func `text written into it is what an array gets, whether the room suffices or not`() {
    var dice = Dice(seed: 5)
    var blocks = Blocks()
    var array: [UInt8] = []
    blocks.begin(behind: 77)
    for _ in 0..<200 {
      let count = dice.below(3000)
      let (room, word) = (dice.below(3000), String(repeating: dice.pick(["x", "é"]), count: count))
      blocks.append(room: room) { $0.append(quoted: word) }
      array.append(room: room) { $0.append(quoted: word) }
    }
    #expect(blocks.text == array && blocks.lead == 77)
    blocks.begin(behind: 5)
    #expect(blocks.text == [] && blocks.count == 5)
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
