// SPDX-License-Identifier: Apache-2.0

/// The entries of the index, in blocks: growing moves none of them, and a copy that a checkpoint keeps while callbacks
/// go on costs the blocks that change meanwhile, not the whole.
struct TaskEntries: RandomAccessCollection {
  private static let shift = 12
  private static let mask = 1 << shift - 1

  private var blocks: [[TaskIndex.Entry]] = []
  private(set) var count = 0

  var startIndex: Int { 0 }
  var endIndex: Int { count }

  subscript(ordinal: Int) -> TaskIndex.Entry {
    get { blocks[ordinal >> Self.shift][ordinal & Self.mask] }
    _modify { yield &blocks[ordinal >> Self.shift][ordinal & Self.mask] }
  }

  mutating func append(_ entry: TaskIndex.Entry) {
    if count & Self.mask == 0 {
      blocks.append([])
      // The first block of a small ledger grows as it needs.
      if count > 0 { blocks[count >> Self.shift].reserveCapacity(1 << Self.shift) }
    }
    blocks[count >> Self.shift].append(entry)
    count += 1
  }
}
