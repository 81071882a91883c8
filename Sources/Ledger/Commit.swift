// SPDX-License-Identifier: Apache-2.0

package import Callbacks

/// What the appender of a callback wants to hear back; the numbers mean something to it alone.
package struct Ticket: Hashable, Sendable {
  package let first: UInt64
  package let second: UInt64

  package init(_ first: UInt64, _ second: UInt64) {
    self.first = first
    self.second = second
  }
}

/// One batch that became durable, or failed to. An empty one tells that a disk that had failed works again.
package struct Commit: Sendable {
  /// Callbacks of the batch, in the order in which they came.
  package var tickets: [Ticket] = []
  /// Tasks that changed, each change once.
  package var changes: [TaskChange] = []
  /// Why nothing of the batch is on disk; `nil` when all of it is.
  package var failure: LedgerError?
}

/// A task that changed.
package struct TaskChange: Hashable, Sendable {
  package let task: TaskID
  package let seq: UInt64
  package let type: EventType
  /// The task became terminal by this.
  package let isEnd: Bool
}

/// Hears of every batch, on the ledger's own thread, right after it became durable: answer fast, hand work on.
package protocol CommitObserver: AnyObject, Sendable {
  func ledgerDid(_ commit: Commit)
}

/// Records waiting for one write and one sync.
struct Batch: ~Copyable {
  /// Someone who waits until an event is durable.
  typealias Waiter = CheckedContinuation<Result<TaskID, LedgerError>, Never>

  /// The lines.
  var text = Blocks()
  var events: [Event] = []
  /// For each of those, where its line ends in the text, with the line feed.
  var lineEnds: [Int] = []
  /// Of those events that have one, in their order.
  var tickets: [Ticket] = []
  /// Those who wait for one of the events, in the order of these, and its place among them.
  var waiters: [(place: Int, waiter: Waiter)] = []
  /// Those who wait for an event of an earlier batch, which is decided when this one is.
  var followers: [(Waiter, TaskID)] = []

  var isEmpty: Bool { events.isEmpty && followers.isEmpty }

  mutating func clear() {
    text.removeAll(keeping: 4 << 20)
    events.removeAll(keepingCapacity: true)
    lineEnds.removeAll(keepingCapacity: true)
    tickets.removeAll(keepingCapacity: true)
    waiters.removeAll(keepingCapacity: true)
    followers.removeAll()
  }
}

/// The memory of batches that are no longer, or not yet, the intake's. Confined to the journal's thread.
struct CommitRoom: ~Copyable {
  /// Being written and folded.
  var batch = Batch()
  /// Comes next; empty while there is none.
  var next = Batch()
}

/// The lines of a batch that has been written.
struct BatchLines {
  let position: JournalPosition
  /// For each, where it ends behind the position, with the line feed.
  let ends: [Int]

  /// Where the line of the event at that place in the batch stands.
  subscript(place: Int) -> JournalPlace? {
    let start = place > 0 ? ends[place - 1] : 0
    return JournalPlace(
      segment: position.segment, offset: position.offset + start, length: ends[place] - start - 1)
  }
}
