// SPDX-License-Identifier: Apache-2.0

internal import Callbacks

/// Looking things up.
extension Book {
  /// Ids carry the time at which they were made, entries stand in the order in which they came, and clocks are set back:
  /// milliseconds by which the two orders may differ before a list bounded by time ends too early.
  private static let clockSlack: Int64 = 3_600_000

  /// The ids on one page of a list, newest first, and where the next page begins.
  func page(_ query: TaskQuery, scanLimit: Int) -> (ids: [TaskID], next: UInt64?) {
    var ids: [TaskID] = []
    var place = min(index.count, query.cursor.map { Int(clamping: $0) } ?? index.count)
    let floor = max(0, place - scanLimit)
    let stage = query.state.map { index.stages.find($0.rawValue) }
    let model = query.model.map { index.models.find($0) }
    while place > floor, ids.count < query.limit {
      let entry = index.entries[place - 1]
      if let since = query.since, entry.id.time.milliseconds < since.milliseconds - Self.clockSlack {
        return (ids, nil)
      }
      place -= 1
      guard !entry.flags.contains(.joined), query.since.map({ $0 <= entry.id.time }) ?? true,
        stage.map({ $0 == entry.stage }) ?? true, model.map({ $0 == entry.model }) ?? true
      else { continue }
      ids.append(entry.id)
    }
    return (ids, place > 0 ? UInt64(place) : nil)
  }

  /// Up to `limit` finished tasks whose end the provider's record has not confirmed, the newest first.
  func unconfirmed(since: Timestamp, limit: Int) -> [TaskID] {
    let refused = index.stages.find(TaskStage.refused.rawValue)
    return Array(
      index.entries.reversed().lazy.filter { entry in
        entry.flags.contains(.terminal) && !entry.flags.contains(.confirmed) && entry.id.time >= since
          && entry.stage != refused
      }.map(\.id).prefix(limit))
  }

  /// Where the state of a task is.
  enum Place {
    case inMemory(TaskState)
    /// In the file of the task with that id, which is at that number or further.
    case onDisk(TaskID, seq: UInt64)
    /// In the journal, at the places of some lines, the oldest first.
    case inJournal(TaskID, [JournalPlace])
  }

  /// Where the state of the task is, or of the one that it turned out to be; `nil` if nobody has heard of it.
  func find(_ id: TaskID) -> Place? {
    guard let ordinal = index.ordinal(of: id) else { return nil }
    let entry = index.entries[index.resolved(ordinal)]
    if let places = placesInJournal(of: entry) { return .inJournal(entry.id, places) }
    return inMemory(entry).map { .inMemory($0) } ?? .onDisk(entry.id, seq: entry.seq)
  }
}
