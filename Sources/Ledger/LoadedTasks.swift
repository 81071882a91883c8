// SPDX-License-Identifier: Apache-2.0

internal import Callbacks

/// The tasks in memory, each in a numbered slot that it keeps until it leaves, so that it is changed where it stands:
/// a state is some hundred bytes, and moving it would cost more than most changes.
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

  private(set) var count = 0
  /// Changed in place by `Book` alone.
  var slots: [Held] = []
  private var free: [Int] = []

  private static let nobody = TaskState(
    id: TaskID(high: 0, low: 0), model: "", state: .waiting, createdAt: Timestamp(milliseconds: 0), seq: 0)

  /// Everyone in memory, in no particular order.
  var all: some Sequence<TaskState> { slots.lazy.filter { $0.ordinal != nil }.map(\.task) }

  /// - Returns: the slot.
  mutating func insert(_ task: TaskState, ordinal: Int) -> Int {
    count += 1
    let held = Held(ordinal: ordinal, task: task)
    if let slot = free.popLast() {
      slots[slot] = held
      return slot
    }
    slots.append(held)
    return slots.count - 1
  }

  /// Whether so few are left that the rest is worth giving back.
  var isSparse: Bool { slots.count > 4096 && count * 4 < slots.count }

  /// The same tasks in as many slots; `move` is told of each where it stands now.
  func compacted(_ move: (_ ordinal: Int, _ slot: Int) -> Void) -> LoadedTasks {
    var dense = LoadedTasks()
    for held in slots {
      guard let ordinal = held.ordinal else { continue }
      dense.slots.append(held)
      move(ordinal, dense.slots.count - 1)
    }
    dense.count = dense.slots.count
    return dense
  }

  mutating func remove(_ slot: Int) {
    count -= 1
    slots[slot] = Held(ordinal: nil, task: Self.nobody)
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
