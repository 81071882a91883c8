// SPDX-License-Identifier: Apache-2.0

/// Hears that its deadline has passed, on the loop's thread.
package protocol DeadlineHandler: AnyObject {
  func deadlineReached()
}

/// A timer of a loop. After its removal the value means nothing, also when its place is used again.
package struct Timer: Hashable, Sendable {
  let slot: UInt32
  let generation: UInt32
}

/// Deadlines in a binary heap, one entry a timer.
///
/// Most deadlines are pushed back long before they are due (a connection's idle time starts anew with every request).
/// So a later deadline is only noted; the heap is put right when the earlier one comes up. Only an earlier deadline
/// moves its entry at once.
struct DeadlineQueue {
  private static let never = UInt64.max

  private struct Entry {
    var due: UInt64
    var slot: UInt32
  }

  private struct Slot {
    var generation: UInt32 = 0
    var position: Int32 = -1
    var wanted: UInt64 = DeadlineQueue.never
    var handler: (any DeadlineHandler)?
  }

  private var heap: [Entry] = []
  private var slots: [Slot] = []
  private var free: [UInt32] = []

  /// When to look again: never later than the earliest deadline.
  var next: MonotonicTime? {
    heap.first.map { MonotonicTime(nanoseconds: $0.due) }
  }

  /// Entries in the heap.
  var count: Int { heap.count }

  /// Makes a timer without a deadline; the handler is held until `remove`.
  mutating func add(_ handler: any DeadlineHandler) -> Timer {
    let slot = free.popLast() ?? UInt32(slots.count)
    if Int(slot) == slots.count { slots.append(Slot()) }
    slots[Int(slot)].handler = handler
    return Timer(slot: slot, generation: slots[Int(slot)].generation)
  }

  /// Sets the deadline, or takes it away.
  mutating func set(_ timer: Timer, to deadline: MonotonicTime?) {
    guard isCurrent(timer) else { return }
    let index = Int(timer.slot)
    let wanted = deadline?.nanoseconds ?? Self.never
    slots[index].wanted = wanted
    let position = Int(slots[index].position)
    if position < 0 {
      if wanted != Self.never { push(Entry(due: wanted, slot: timer.slot)) }
    } else if wanted < heap[position].due {
      heap[position].due = wanted
      siftUp(position)
    }
  }

  mutating func remove(_ timer: Timer) {
    guard isCurrent(timer) else { return }
    let index = Int(timer.slot)
    let position = Int(slots[index].position)
    if position >= 0 { removeEntry(at: position) }
    slots[index].generation &+= 1
    slots[index].wanted = Self.never
    slots[index].handler = nil
    free.append(timer.slot)
  }

  /// Takes out one timer whose deadline has passed; it has no deadline then. `nil` when none is due.
  mutating func popDue(_ now: MonotonicTime) -> (any DeadlineHandler)? {
    while let first = heap.first, first.due <= now.nanoseconds {
      let index = Int(first.slot)
      let wanted = slots[index].wanted
      if wanted != Self.never, wanted > first.due {
        heap[0].due = wanted
        siftDown(0)
        continue
      }
      removeEntry(at: 0)
      slots[index].wanted = Self.never
      if wanted != Self.never { return slots[index].handler }
    }
    return nil
  }

  private func isCurrent(_ timer: Timer) -> Bool {
    let index = Int(timer.slot)
    return index < slots.count && slots[index].generation == timer.generation && slots[index].handler != nil
  }

  private mutating func push(_ entry: Entry) {
    heap.append(entry)
    slots[Int(entry.slot)].position = Int32(heap.count - 1)
    siftUp(heap.count - 1)
  }

  private mutating func removeEntry(at position: Int) {
    slots[Int(heap[position].slot)].position = -1
    let last = heap.removeLast()
    guard position < heap.count else { return }
    place(last, at: position)
    siftDown(position)
    siftUp(Int(slots[Int(last.slot)].position))
  }

  private mutating func place(_ entry: Entry, at position: Int) {
    heap[position] = entry
    slots[Int(entry.slot)].position = Int32(position)
  }

  private mutating func siftUp(_ start: Int) {
    var position = start
    let entry = heap[position]
    while position > 0 {
      let parent = (position - 1) / 2
      if heap[parent].due <= entry.due { break }
      place(heap[parent], at: position)
      position = parent
    }
    place(entry, at: position)
  }

  private mutating func siftDown(_ start: Int) {
    var position = start
    let entry = heap[position]
    while true {
      var child = 2 * position + 1
      if child >= heap.count { break }
      if child + 1 < heap.count, heap[child + 1].due < heap[child].due { child += 1 }
      if entry.due <= heap[child].due { break }
      place(heap[child], at: position)
      position = child
    }
    place(entry, at: position)
  }
}
