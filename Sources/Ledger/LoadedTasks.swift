// SPDX-License-Identifier: Apache-2.0

internal import Callbacks

/// The tasks in memory, each in a numbered slot that it keeps until it leaves, so that it is changed where it stands:
/// a state is some hundred bytes, and moving it would cost more than most changes.
///
/// Slots come in blocks: one more moves none of those that are there, while everybody waits for the ledger.
struct LoadedTasks {
  struct Held {
    /// The task's place in the index; `nil` in a free slot.
    fileprivate(set) var ordinal: Int?
    var task: TaskState
    /// Whether the task stands in the queue of those whose file is older.
    var isDue = false

    /// Whether nothing more is to happen to the task, and its file has it all.
    var isSettled: Bool { task.state.isTerminal && !isDue }
  }

  private static let shift = 7
  private static let mask = 1 << shift - 1

  private(set) var count = 0
  private var blocks: [[Held]] = []
  /// Slots that are or were taken: all below.
  private var end = 0
  private var free: [Int] = []

  private static let nobody = TaskState(
    id: TaskID(high: 0, low: 0), model: "", state: .waiting, createdAt: Timestamp(milliseconds: 0), seq: 0)

  var slots: Range<Int> { 0..<end }

  /// Changed in place by `Book` alone.
  subscript(slot: Int) -> Held {
    get { blocks[slot >> Self.shift][slot & Self.mask] }
    _modify { yield &blocks[slot >> Self.shift][slot & Self.mask] }
  }

  /// Everyone in memory, in no particular order.
  var all: some Sequence<TaskState> { blocks.lazy.joined().filter { $0.ordinal != nil }.map(\.task) }

  /// - Returns: the slot.
  mutating func insert(_ task: consuming TaskState, ordinal: Int) -> Int {
    count += 1
    let held = Held(ordinal: ordinal, task: task)
    if let slot = free.popLast() {
      self[slot] = held
      return slot
    }
    append(held)
    return end - 1
  }

  private mutating func append(_ held: consuming Held) {
    if end & Self.mask == 0 {
      blocks.append([])
      // The first block of a small ledger grows as it needs.
      if end > 0 { blocks[end >> Self.shift].reserveCapacity(1 << Self.shift) }
    }
    blocks[end >> Self.shift].append(held)
    end += 1
  }

  /// Whether so few are left that the rest is worth giving back.
  var isSparse: Bool { end > 4096 && count * 4 < end }

  /// The same tasks in as many slots; `move` is told of each where it stands now.
  func compacted(_ move: (_ ordinal: Int, _ slot: Int) -> Void) -> LoadedTasks {
    var dense = LoadedTasks()
    for held in blocks.lazy.joined() {
      guard let ordinal = held.ordinal else { continue }
      dense.append(held)
      move(ordinal, dense.end - 1)
    }
    dense.count = dense.end
    return dense
  }

  mutating func remove(_ slot: Int) {
    count -= 1
    self[slot] = Held(ordinal: nil, task: Self.nobody)
    free.append(slot)
  }
}

/// Ordinals in the order in which they came.
struct OrdinalQueue {
  private var order: [UInt32] = []
  private var head = 0

  var count: Int { order.count - head }

  mutating func append(_ ordinal: Int) { order.append(UInt32(ordinal)) }

  mutating func take(_ limit: Int) -> [Int] {
    let taken = order[head..<min(head + limit, order.count)].map { Int($0) }
    head += taken.count
    if head == order.count {
      order.removeAll(keepingCapacity: order.count < 4096)
      head = 0
    } else if head > 4096, head > order.count / 2 {
      order.removeFirst(head)
      head = 0
    }
    return taken
  }
}
