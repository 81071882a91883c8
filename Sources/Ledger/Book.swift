// SPDX-License-Identifier: Apache-2.0

package import Callbacks

/// All tasks: the index of every one, and the whole state of those that are open or whose file is not written yet.
///
/// Pure: it reads no file. Whoever folds an event into a task that is not loaded loads it first (`Book.needs`).
struct Book {
  private(set) var index = TaskIndex()
  private(set) var loaded: [TaskID: TaskState] = [:]
  /// Tasks whose file is older than their state, in the order in which they changed; each once.
  private(set) var unwritten = TaskQueue()
  /// Files of tasks that were joined to another: to be removed.
  private(set) var obsolete: [TaskID] = []
  /// Submissions under an idempotency key.
  private(set) var idempotencyKeys: [String: TaskID] = [:]

  // MARK: - Folding

  /// What an event did to the book.
  struct Change {
    var task: TaskID
    var effect: TaskState.Effect
  }

  /// The tasks that must be loaded before `event` can be folded.
  func needs(_ event: Event) -> [TaskID] {
    var needed: [TaskID] = []
    if let task = subject(of: event), loaded[task] == nil, index.ordinal(of: task) != nil { needed.append(task) }
    if let other = joinCandidate(of: event), loaded[other] == nil, !needed.contains(other) { needed.append(other) }
    return needed
  }

  /// Whether `event` repeats the callback that ended a task: then nothing needs to be loaded or folded.
  func isKnownEnd(_ event: Event) -> Bool {
    guard case .callback(let news) = event.what, news.kind == .completion,
      let task = subject(of: event), let ordinal = index.ordinal(of: task)
    else { return false }
    let entry = index.entries[ordinal]
    return entry.flags.contains(.terminal) && entry.endDigest == news.digest
  }

  /// Folds one event. The tasks that it `needs` must be loaded.
  mutating func apply(_ event: Event) -> Change {
    if let orphan = joinCandidate(of: event), let target = subject(of: event) { join(orphan, to: target) }
    let id = subject(of: event) ?? newTask(for: event)
    var task = loaded.removeValue(forKey: id) ?? birth(id, event)
    let effect = task.apply(event)
    if effect != .none {
      index.put(task)
      unwritten.append(id)
      if let idempotency = task.idempotency { idempotencyKeys[idempotency.key] = id }
    }
    // A finished task that was loaded only for what turned out to be a repetition leaves again.
    if effect != .none || !task.state.isTerminal || unwritten.contains(id) { loaded[id] = task }
    return Change(task: id, effect: effect)
  }

  /// The task that an event is about; `nil` when it is one that nobody has heard of.
  private func subject(of event: Event) -> TaskID? {
    switch event.what {
    case .callback(let news):
      if let submission = news.submission { return resolve(submission) }
      return index.ordinal(ofProviderTask: news.report.providerTaskID).map { index.entries[$0].id }
    case .own(let own):
      return resolve(own.task)
    }
  }

  private func resolve(_ id: TaskID) -> TaskID {
    index.ordinal(of: id).map { index.entries[index.resolved($0)].id } ?? id
  }

  /// A task created elsewhere gets an id that follows from the event alone, so that every replay gives it the same.
  private func newTask(for event: Event) -> TaskID {
    TaskID.make(at: event.at, random: (event.seq, TaskIndex.key("\(event.seq)")))
  }

  private func birth(_ id: TaskID, _ event: Event) -> TaskState {
    switch event.what {
    case .own(.submitted(let submission)):
      TaskState(id: id, model: submission.model, state: .submitting, createdAt: event.at, seq: 0)
    case .own:
      TaskState(id: id, model: "", state: .waiting, createdAt: event.at, seq: 0)
    case .callback(let news):
      TaskState(id: id, model: news.report.model ?? "", state: .waiting, createdAt: event.at, seq: 0)
    }
  }

  // MARK: - Joining

  /// The task that stands under the provider's id which this event gives to another task: a callback came on the shared
  /// address before the create answer did, and made a task of its own.
  private func joinCandidate(of event: Event) -> TaskID? {
    let named: String
    switch event.what {
    case .own(.accepted(_, let providerTaskID)): named = providerTaskID
    case .callback(let news) where news.submission != nil: named = news.report.providerTaskID
    default: return nil
    }
    guard let ordinal = index.ordinal(ofProviderTask: named) else { return nil }
    let holder = index.entries[ordinal].id
    guard let subject = subject(of: event), subject != holder, index.ordinal(of: subject) != nil else { return nil }
    return holder
  }

  private mutating func join(_ orphan: TaskID, to target: TaskID) {
    guard var task = loaded[target], let other = loaded[orphan], other.input == nil,
      let from = index.ordinal(of: orphan), let to = index.ordinal(of: target)
    else { return }
    // In a replay the task's file may have the other one in it already.
    if !task.aliases.contains(orphan) {
      guard task.providerTaskID == nil else { return }
      task.absorb(other)
    }
    index.join(from, to: to)
    index.put(task)
    loaded[target] = task
    loaded[orphan] = nil
    unwritten.append(target)
    obsolete.append(orphan)
  }

  // MARK: - Loading and forgetting

  mutating func load(_ task: TaskState) {
    loaded[task.id] = task
  }

  /// What a checkpoint kept.
  mutating func restore(_ index: TaskIndex, idempotencyKeys: [String: TaskID]) {
    self.index = index
    self.idempotencyKeys = idempotencyKeys
  }

  /// Up to `limit` tasks whose files are due, oldest change first.
  mutating func takeUnwritten(limit: Int) -> [TaskState] {
    unwritten.take(limit).compactMap { loaded[$0] }
  }

  mutating func takeObsolete() -> [TaskID] {
    defer { obsolete = [] }
    return obsolete
  }

  /// The file of `task` holds it as it was at `seq`. A finished task leaves memory with that.
  mutating func wrote(_ id: TaskID, at seq: UInt64) {
    guard let task = loaded[id], task.seq == seq, task.state.isTerminal else { return }
    loaded[id] = nil
  }

  /// Keys of tasks created before `time` are no longer honoured.
  mutating func forgetKeys(before time: Timestamp) {
    idempotencyKeys = idempotencyKeys.filter { $0.value.time >= time }
  }

  /// The ids on one page of a list, newest first, those of them that are loaded, and where the next page begins.
  func page(_ query: TaskQuery, scanLimit: Int) -> (ids: [TaskID], loaded: [TaskID: TaskState], next: UInt64?) {
    var ids: [TaskID] = []
    var states: [TaskID: TaskState] = [:]
    var place = min(index.count, query.cursor.map { Int(clamping: $0) } ?? index.count)
    let floor = max(0, place - scanLimit)
    let stage = query.state.map { index.stages.find($0.rawValue) }
    let model = query.model.map { index.models.find($0) }
    while place > floor, ids.count < query.limit {
      let entry = index.entries[place - 1]
      if let since = query.since, entry.id.time < since { return (ids, states, nil) }
      place -= 1
      guard !entry.flags.contains(.joined), stage.map({ $0 == entry.stage }) ?? true,
        model.map({ $0 == entry.model }) ?? true
      else { continue }
      ids.append(entry.id)
      if let task = loaded[entry.id] { states[entry.id] = task }
    }
    return (ids, states, place > 0 ? UInt64(place) : nil)
  }

  /// The file could not be written: it stays due.
  mutating func failedToWrite(_ ids: [TaskID]) {
    for id in ids where loaded[id] != nil { unwritten.append(id) }
  }

}

/// Ids in the order in which they came, each at most once.
struct TaskQueue {
  private var order: [TaskID] = []
  private var head = 0
  private var members: Set<TaskID> = []

  var count: Int { members.count }

  func contains(_ id: TaskID) -> Bool { members.contains(id) }

  mutating func append(_ id: TaskID) {
    if members.insert(id).inserted { order.append(id) }
  }

  mutating func take(_ limit: Int) -> ArraySlice<TaskID> {
    let taken = order[head..<min(head + limit, order.count)]
    for id in taken { members.remove(id) }
    head += taken.count
    if head == order.count {
      order.removeAll(keepingCapacity: order.count < 4096)
      head = 0
    } else if head > 4096 {
      order.removeFirst(head)
      head = 0
    }
    return taken
  }
}

extension OwnEvent {
  /// The task that the event is about.
  package var task: TaskID {
    switch self {
    case .submitted(let submission): submission.task
    case .accepted(let task, _), .refused(let task, _, _), .unknown(let task, _), .record(let task, _),
      .saved(let task, _), .resultLost(let task, _):
      task
    }
  }
}
