// SPDX-License-Identifier: Apache-2.0

/// Values under numbers that are given out again.
///
/// Numbers come in blocks: one more moves none of those that are there, while everybody waits for the ledger.
struct NumberedValues<Value> {
  private static var shift: Int { 9 }
  private static var mask: Int { 1 << shift - 1 }

  private var blocks: [[Value]] = []
  /// Numbers that are or were taken: all below.
  private var end = 0
  private var free: [UInt32] = []

  var count: Int { end - free.count }

  subscript(number: Int) -> Value {
    get { blocks[number >> Self.shift][number & Self.mask] }
    _modify { yield &blocks[number >> Self.shift][number & Self.mask] }
  }

  /// - Returns: the value's number.
  mutating func add(_ value: Value) -> Int {
    if let number = free.popLast() {
      self[Int(number)] = value
      return Int(number)
    }
    if end & Self.mask == 0 {
      blocks.append([])
      // The first block of a small ledger grows as it needs.
      if end > 0 { blocks[end >> Self.shift].reserveCapacity(1 << Self.shift) }
    }
    blocks[end >> Self.shift].append(value)
    end += 1
    return end - 1
  }

  /// The number may be given out again. When none is taken, all memory is given back.
  mutating func remove(_ number: Int) {
    free.append(UInt32(number))
    if count == 0 { self = NumberedValues() }
  }
}

extension NumberedValues: Sendable where Value: Sendable {}
