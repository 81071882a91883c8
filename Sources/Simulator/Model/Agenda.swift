// SPDX-License-Identifier: Apache-2.0

/// What is to happen and when: a binary heap, in which things planned for the same time keep their order.
struct Agenda {
  enum Item: Hashable {
    /// A task takes its next step.
    case turn(task: Int, Turn)
    /// A callback is written.
    case letter(task: Int, Letter)
    /// A written callback is sent (again).
    case attempt(delivery: Int)
  }

  private struct Entry {
    let time: Duration
    let order: UInt64
    let item: Item

    func comes(before other: Entry) -> Bool {
      time != other.time ? time < other.time : order < other.order
    }
  }

  private var heap: [Entry] = []
  private var count: UInt64 = 0

  /// When the next thing is due.
  var nextTime: Duration? { heap.first?.time }

  mutating func add(_ item: Item, at time: Duration) {
    heap.append(Entry(time: time, order: count, item: item))
    count += 1
    var index = heap.count - 1
    while index > 0, heap[index].comes(before: heap[(index - 1) / 2]) {
      heap.swapAt(index, (index - 1) / 2)
      index = (index - 1) / 2
    }
  }

  /// Takes the next thing that is due by then.
  mutating func popDue(by time: Duration) -> Item? {
    guard let first = heap.first, first.time <= time else { return nil }
    heap.swapAt(0, heap.count - 1)
    heap.removeLast()
    var index = 0
    while true {
      var least = index
      for child in [2 * index + 1, 2 * index + 2] where child < heap.count {
        if heap[child].comes(before: heap[least]) { least = child }
      }
      if least == index { return first.item }
      heap.swapAt(index, least)
      index = least
    }
  }
}
