// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Callbacks

@Suite struct TaskIDTests {
  @Test(
    arguments: [
      (0, 0, "tsk_00000000000000000000000000"), (0, 1, "tsk_00000000000000000000000001"),
      (0, .max, "tsk_0000000000000FZZZZZZZZZZZZ"), (1, 0, "tsk_0000000000000G000000000000"),
      (.max, 0, "tsk_7ZZZZZZZZZZZZG000000000000"), (.max, .max, "tsk_7ZZZZZZZZZZZZZZZZZZZZZZZZZ"),
      // The time of the ULID specification's example, 1469918176385 ms, is its 01ARYZ6S41.
      (1_469_918_176_385 << 16, 0, "tsk_01ARYZ6S410000000000000000"),
    ] as [(UInt64, UInt64, String)])
  func `an id and its text go both ways`(high: UInt64, low: UInt64, text: String) {
    let id = TaskID(high: high, low: low)
    #expect(id.description == text)
    #expect(TaskID(text) == id)
  }

  @Test func `each bit has its place in the text`() {
    var texts: Set<String> = []
    for bit in 0..<128 {
      let id = TaskID(high: bit < 64 ? 0 : 1 << UInt64(bit - 64), low: bit < 64 ? 1 << UInt64(bit) : 0)
      #expect(TaskID(id.description) == id)
      texts.insert(id.description)
    }
    #expect(texts.count == 128)
  }

  @Test func `only the 32 characters of the alphabet are read`() {
    let alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
    for byte in UInt8(0x20)...0x7E {
      let character = String(UnicodeScalar(byte))
      #expect((TaskID("tsk_0\(character)" + String(repeating: "0", count: 24)) != nil) == alphabet.contains(character))
    }
  }

  @Test(arguments: [
    "", "tsk_", "00000000000000000000000000", "tsk_0000000000000000000000000", "tsk_000000000000000000000000000",
    "TSK_00000000000000000000000000", "task00000000000000000000000000", "tsk_80000000000000000000000000",
    "tsk_0000000000000000000000000é", "tsk_0000000000000000000000000a", " tsk_0000000000000000000000000",
  ])
  func `any other text is refused`(text: String) {
    #expect(TaskID(text) == nil)
  }

  @Test func `an id holds its time and 80 random bits`() {
    let time = Timestamp(milliseconds: 1_760_000_000_123)
    let id = TaskID.make(at: time, random: (0xFFFF_FFFF_FFFF_ABCD, 0x1234_5678_9ABC_DEF0))
    #expect(id.time == time)
    #expect(id.high & 0xFFFF == 0xABCD)
    #expect(id.low == 0x1234_5678_9ABC_DEF0)
  }

  @Test func `the last moment fits and one before 1970 counts as 1970`() {
    let last = Timestamp(milliseconds: .max)
    #expect(TaskID.make(at: last, random: (0, 0)).time == last)
    #expect(TaskID.make(at: Timestamp(milliseconds: -1), random: (0, 7)) == TaskID(high: 0, low: 7))
  }

  @Test func `ids of one moment differ`() {
    let time = Timestamp(milliseconds: 1_760_000_000_123)
    #expect(Set((0..<1000).map { _ in TaskID.make(at: time) }).count == 1000)
  }

  @Test func `order of ids, of their texts and of their times agree`() {
    let ids = [(0, 0), (0, 1), (0, .max), (1, 0), (1 << 16, 0), (.max, .max)].map { TaskID(high: $0, low: $1) }
    for (a, b) in zip(ids, ids.dropFirst()) {
      #expect(a < b && !(b < a) && !(a < a))
      #expect(a.description < b.description)
      #expect(a.time <= b.time)
    }
  }
}
