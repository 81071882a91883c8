// SPDX-License-Identifier: Apache-2.0

internal import Callbacks

/// Keys with the moment at which each is due: a binary heap whose outdated places are dropped when they come up.
struct DueQueue<Key: Hashable> {
  private var moments: [Key: Timestamp] = [:]
  private var heap: [(due: Timestamp, key: Key)] = []

  var count: Int { moments.count }

  /// The moment of a key; setting it to `nil` removes the key.
  subscript(_ key: Key) -> Timestamp? {
    get { moments[key] }
    set {
      guard moments[key] != newValue else { return }
      moments[key] = newValue
      if let newValue { push((newValue, key)) }
    }
  }

  /// The earliest moment.
  mutating func next() -> Timestamp? {
    dropOutdated()
    return heap.first?.due
  }

  /// Takes the earliest key, if it is due by then.
  mutating func popDue(at moment: Timestamp) -> Key? {
    dropOutdated()
    guard let first = heap.first, first.due <= moment else { return nil }
    pop()
    moments[first.key] = nil
    return first.key
  }

  mutating func removeAll() {
    moments = [:]
    heap = []
  }

  private mutating func dropOutdated() {
    // More outdated places than real ones: cheaper made anew.
    if heap.count > 2 * moments.count + 64 {
      heap = moments.map { ($0.value, $0.key) }.sorted { $0.0 < $1.0 }
    }
    while let first = heap.first, moments[first.key] != first.due { pop() }
  }

  private mutating func push(_ item: (due: Timestamp, key: Key)) {
    heap.append(item)
    var child = heap.count - 1
    while child > 0, heap[child].due < heap[(child - 1) / 2].due {
      heap.swapAt(child, (child - 1) / 2)
      child = (child - 1) / 2
    }
  }

  private mutating func pop() {
    heap.swapAt(0, heap.count - 1)
    heap.removeLast()
    var parent = 0
    while true {
      var least = parent
      for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count && heap[child].due < heap[least].due {
        least = child
      }
      guard least != parent else { return }
      heap.swapAt(parent, least)
      parent = least
    }
  }
}
