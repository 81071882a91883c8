// SPDX-License-Identifier: Apache-2.0

package import Callbacks

/// All tasks: the index of every one, and the whole state of those that are open or whose file is not written yet.
///
/// Pure: it reads no file. Whoever folds an event brings the finished tasks along that the event touches.
struct Book {
  private(set) var index = TaskIndex()
  /// Every open task, and every one that changed since its file was written.
  private(set) var loaded: [TaskID: TaskState] = [:]
  /// Tasks whose file is older than their state, in the order in which they changed; each once.
  private(set) var unwritten = TaskQueue()
  /// Files of tasks that were joined to another: to be removed.
  private(set) var obsolete: [TaskID] = []
  /// Submissions under an idempotency key.
  private(set) var idempotencyKeys: [String: TaskID] = [:]
  /// What the provider said was left on the account.
  private(set) var balances = Balances()

  // MARK: - Folding

  /// What an event did to the book.
  struct Change {
    var task: TaskID
    var effect: TaskState.Effect
  }

  /// Calls `visit` with the tasks that `event` touches and that may have left memory. Only finished tasks do.
  func forEachFinished(touchedBy event: Event, _ visit: (TaskIndex.Entry) -> Void) {
    let subject = subject(of: event)
    for ordinal in [subject.ordinal, joinCandidate(of: event, subject)] {
      guard let ordinal, index.entries[ordinal].flags.contains(.terminal) else { continue }
      visit(index.entries[ordinal])
    }
  }

  /// Whether `event` repeats, with no better proof, the callback that ended a task: then it need not be kept.
  func isKnownEnd(_ event: Event) -> Bool {
    guard case .callback(let news) = event.what, news.kind == .completion, let ordinal = subject(of: event).ordinal
    else { return false }
    let entry = index.entries[ordinal]
    return entry.flags.contains(.terminal) && entry.endDigest == news.digest
      && (entry.flags.contains(.signedEnd) || news.trust == .hint)
  }

  /// Folds one event. What `forEachFinished` named and is not in memory must be in `prepared`.
  mutating func apply(_ event: Event, prepared: [TaskID: TaskState] = [:]) -> Change {
    if case .own(.balance(let credits)) = event.what {
      balances.note(BalanceReading(at: event.at, credits: credits))
      return Change(task: TaskID(high: 0, low: 0), effect: .none)
    }
    let subject = subject(of: event)
    let joined = joinCandidate(of: event, subject).flatMap { join($0, to: subject.ordinal, event, prepared) }
    let id = subject.id ?? newTask(for: event)
    let wasLoaded = loaded[id] != nil
    var task = take(id, prepared) ?? birth(id, event)
    guard event.seq > task.seq else {
      // The task's file was ahead of this event. The index learns the name by which the event made it known, neither
      // earlier nor later than it did then: in between, another task may have stood under that name.
      index.putUnnamed(task)
      rename(id, event)
      loaded[id] = task
      return Change(task: id, effect: .none)
    }
    var effect = task.apply(event)
    if let joined { effect = max(effect, joined) }
    if effect != .none {
      task.touch(event)
      index.put(task)
      unwritten.append(id)
      if let idempotency = task.idempotency { idempotencyKeys[idempotency.key] = id }
    }
    // A finished task that was brought along only for what turned out to be a repetition is not kept.
    if effect != .none || wasLoaded { loaded[id] = task }
    return Change(task: id, effect: effect)
  }

  private mutating func take(_ id: TaskID, _ prepared: [TaskID: TaskState]) -> TaskState? {
    if let task = loaded.removeValue(forKey: id) ?? prepared[id] { return task }
    precondition(index.ordinal(of: id) == nil, "a task is folded that was not brought along")
    return nil
  }

  /// The task that an event is about, and its place in the index: no id, when it is one that nobody has heard of.
  private func subject(of event: Event) -> (id: TaskID?, ordinal: Int?) {
    switch event.what {
    case .callback(let news):
      if let submission = news.submission, let known = index.ordinal(of: submission) {
        return self.known(index.resolved(known))
      }
      if let holder = index.ordinal(ofProviderTask: news.report.providerTaskID) { return known(holder) }
      return (news.submission, nil)
    case .own(let own):
      return own.task.flatMap { index.ordinal(of: $0) }.map { known(index.resolved($0)) } ?? (own.task, nil)
    }
  }

  private func known(_ ordinal: Int) -> (id: TaskID?, ordinal: Int?) { (index.entries[ordinal].id, ordinal) }

  /// A task created elsewhere gets an id that follows from the event alone, so that every replay gives it the same.
  private func newTask(for event: Event) -> TaskID {
    TaskID.make(at: event.at, random: (event.seq, TaskIndex.key(String(event.seq))))
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

  private mutating func rename(_ id: TaskID, _ event: Event) {
    guard let ordinal = index.ordinal(of: id), let name = event.providerTaskID else { return }
    if case .own(.accepted) = event.what {
      index.name(ordinal, name)
    } else if index.entries[ordinal].providerKey == 0 {
      index.name(ordinal, name)
    }
  }

  // MARK: - Joining

  /// The task that stands under the provider's id which this event gives to another task: a callback came on the shared
  /// address before the create answer did, and made a task of its own.
  private func joinCandidate(of event: Event, _ subject: (id: TaskID?, ordinal: Int?)) -> Int? {
    guard let target = subject.ordinal, let name = event.providerTaskID,
      let holder = index.ordinal(ofProviderTask: name), holder != target
    else { return nil }
    return holder
  }

  /// - Returns: what it did to the task; `nil` if the two are not to be joined.
  private mutating func join(
    _ from: Int, to target: Int?, _ event: Event, _ prepared: [TaskID: TaskState]
  ) -> TaskState.Effect? {
    guard let to = target else { return nil }
    let target = index.entries[to].id
    let orphan = index.entries[from].id
    guard var task = loaded[target] ?? prepared[target], let other = loaded[orphan] ?? prepared[orphan],
      other.input == nil, other.providerTaskID == event.providerTaskID
    else { return nil }
    let wasTerminal = task.state.isTerminal
    // In a replay the task's file may have the other one in it already.
    if !task.aliases.contains(orphan) {
      if case .own(.accepted) = event.what {} else if task.providerTaskID != nil { return nil }
      task.absorb(other)
      unwritten.append(target)
    }
    index.join(from, to: to)
    loaded[target] = task
    loaded[orphan] = nil
    obsolete.append(orphan)
    return task.state.isTerminal && !wasTerminal ? .ended : .changed
  }

  // MARK: - Loading and forgetting

  /// Brings a task into memory as its file has it.
  mutating func load(_ task: TaskState) {
    loaded[task.id] = task
  }

  /// Brings a finished task into memory whose file is spoilt, so that it is written anew.
  mutating func mend(_ task: TaskState) {
    guard loaded[task.id] == nil, let ordinal = index.ordinal(of: task.id), index.entries[ordinal].seq == task.seq,
      !index.entries[ordinal].flags.contains(.joined)
    else { return }
    loaded[task.id] = task
    unwritten.append(task.id)
  }

  /// Finished tasks that were loaded only to be looked at leave memory: at the end of a replay.
  mutating func settle() {
    for (id, task) in loaded where task.state.isTerminal && !unwritten.contains(id) { loaded[id] = nil }
  }

  /// What a checkpoint kept.
  mutating func restore(_ index: TaskIndex, idempotencyKeys: [String: TaskID], balances: Balances) {
    self.index = index
    self.idempotencyKeys = idempotencyKeys
    self.balances = balances
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

  /// Finished tasks of which something is still to be done, in the order of the index.
  func finished(lacking work: FinishedWork, since: Timestamp) -> [TaskID] {
    index.entries.lazy.filter { entry in
      guard entry.flags.contains(.terminal), entry.id.time >= since else { return false }
      return switch work {
      case .result: entry.flags.contains(.awaitsResult)
      case .confirmation: !entry.flags.contains(.confirmed) && index.stages[entry.stage] != TaskStage.refused.rawValue
      }
    }.map(\.id)
  }

  /// Where the state of a task is.
  enum Place {
    case inMemory(TaskState)
    /// In the file of the task with that id, which is at that number or further.
    case onDisk(TaskID, seq: UInt64)
  }

  /// Where the state of the task is, or of the one that it turned out to be; `nil` if nobody has heard of it.
  func find(_ id: TaskID) -> Place? {
    guard let ordinal = index.ordinal(of: id) else { return nil }
    let entry = index.entries[index.resolved(ordinal)]
    return loaded[entry.id].map { .inMemory($0) } ?? .onDisk(entry.id, seq: entry.seq)
  }

  /// The file could not be written: it stays due.
  mutating func failedToWrite(_ ids: [TaskID]) {
    for id in ids where loaded[id] != nil { unwritten.append(id) }
  }

  /// The files could not be removed: that stays due.
  mutating func failedToRemove(_ ids: some Sequence<TaskID>) {
    obsolete += ids
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

extension Event {
  /// The provider's id that the event names.
  var providerTaskID: String? {
    switch what {
    case .callback(let news): news.report.providerTaskID
    case .own(.accepted(_, let named)), .own(.joined(_, let named, _)): named
    case .own(.record(_, let report)): report.providerTaskID
    case .own: nil
    }
  }
}

extension OwnEvent {
  /// The task that the event is about; `nil` for what is about the account.
  package var task: TaskID? {
    switch self {
    case .submitted(let submission): submission.task
    case .accepted(let task, _), .refused(let task, _, _), .unknown(let task, _), .record(let task, _),
      .saved(let task, _), .resultLost(let task, _), .joined(let task, _, _):
      task
    case .reparsed(let rereading): rereading.task
    case .balance: nil
    }
  }
}
