// SPDX-License-Identifier: Apache-2.0

internal import Callbacks

/// All tasks: the index of every one, and the whole state of those that are open or whose file is not written yet.
///
/// Pure: it reads no file. Whoever folds an event brings the finished tasks along that the event touches.
struct Book {
  var index = TaskIndex()
  /// Every open task, and every one that changed since its file was written.
  private(set) var loaded = LoadedTasks()
  /// Tasks whose file is older than their state, in the order in which they changed.
  var unwritten = OrdinalQueue()
  /// Those of them whose state was left in the journal.
  var deferred = DeferredTasks()
  /// Those that are still open of the tasks whose lines a replay has left in the journal; none in a running ledger.
  var opening = OpeningTasks()
  /// Those of them whose one callback is not folded yet.
  var unfolded = UnfoldedTasks()
  /// How many such there may be; what else comes of that kind is deferred.
  var unfoldedLimit = UnfoldedTasks.usualLimit
  /// Files of tasks that were joined to another: to be removed.
  private(set) var obsolete: [TaskID] = []
  /// Submissions under an idempotency key.
  private(set) var idempotencyKeys: [String: TaskID] = [:]
  /// What the provider said was left on the account.
  private(set) var balances = Balances()

  /// The task of exactly this id, if it is in memory.
  func task(_ id: TaskID) -> TaskState? {
    index.ordinal(of: id).flatMap { inMemory(index.entries[$0]) }
  }

  /// The state of an entry's task, if it is in memory.
  func inMemory(_ entry: TaskIndex.Entry) -> TaskState? {
    if let event = entry.unfolded.flatMap({ unfolded[$0] }) { return TaskState(entry.id, of: event) }
    return entry.slot.map { loaded[$0].task }
  }

  // MARK: - Folding

  /// What an event did to the book.
  struct Change {
    var task: TaskID
    var effect: TaskState.Effect
  }

  /// The tasks that `event` touches and that may have left memory. Only finished tasks do, but for those whose end a
  /// replay has not come to.
  func finished(touchedBy event: Event) -> [TaskIndex.Entry] {
    guard let subject = subject(of: event) else { return [] }
    var finished: [TaskIndex.Entry] = []
    if mayBeAway(index.entries[subject]) { finished.append(index.entries[subject]) }
    if let orphan = joinCandidate(of: event, subject), mayBeAway(index.entries[orphan]) {
      finished.append(index.entries[orphan])
    }
    return finished
  }

  private func mayBeAway(_ entry: TaskIndex.Entry) -> Bool { entry.flags.contains(.terminal) || entry.opening != nil }

  /// Whether a callback repeats, with no better proof, the one that ended a task: then it need not be kept. `key` is that
  /// of the provider's id.
  func isKnownEnd(_ news: CallbackNews, key: UInt64) -> Bool {
    guard news.isCompletion, let subject = subject(of: news, key: key) else { return false }
    let entry = index.entries[subject]
    return entry.flags.contains(.terminal) && entry.endDigest == news.digest
      && (entry.flags.contains(.signedEnd) || news.isHint)
  }

  /// Folds one event. What `finished` named and is not in memory must be in `prepared`.
  mutating func apply(_ event: Event, prepared: [TaskID: TaskState] = [:]) -> Change {
    if case .own(.balance(let credits)) = event.what {
      balances.note(BalanceReading(at: event.at, credits: credits))
      return Change(task: TaskID(high: 0, low: 0), effect: .none)
    }
    let known = subject(of: event)
    let joined = known.flatMap { join(event, to: $0, prepared) }
    let ordinal = known ?? index.add(newTask(for: event))
    let wasAtHand = index.entries[ordinal].isAtHand
    let slot = load(ordinal, prepared) ?? birth(ordinal, event)
    let effect = Self.fold(&loaded[slot], event, joined, &index, ordinal)
    if effect != .none {
      makeDue(ordinal, slot)
      if case .own(.submitted(let submission)) = event.what, let idempotency = submission.idempotency {
        idempotencyKeys[idempotency.key] = submission.task
      }
    } else if !wasAtHand, loaded[slot].task.seq < event.seq {
      // A finished task that was brought along only for what turned out to be a repetition is not kept.
      unload(ordinal)
    }
    return Change(task: index.entries[ordinal].id, effect: effect)
  }

  private static func fold(
    _ held: inout LoadedTasks.Held, _ event: Event, _ joined: TaskState.Effect?, _ index: inout TaskIndex,
    _ ordinal: Int
  ) -> TaskState.Effect {
    index.note(event, ordinal)
    guard event.seq > held.task.seq else {
      // The task's file was ahead of this event, and has it.
      index.update(ordinal, held.task)
      return .none
    }
    let effect = max(held.task.apply(event), joined ?? .none)
    guard effect != .none else { return .none }
    held.task.touch(event)
    index.update(ordinal, held.task)
    return effect
  }

  /// The task that an event is about; `nil` when it is one that nobody has heard of.
  private func subject(of event: Event) -> Int? {
    switch event.what {
    case .callback(let news): subject(of: news, key: event.providerKey)
    case .own(let own): own.task.flatMap { index.ordinal(of: $0) }.map { index.resolved($0) }
    }
  }

  private func subject(of news: CallbackNews, key: UInt64) -> Int? {
    if let submission = news.submission, let known = index.ordinal(of: submission) { return index.resolved(known) }
    return index.ordinal(ofKey: key)
  }

  /// The id of a task that nobody has heard of. One created elsewhere gets an id that follows from the event alone, so
  /// that every replay gives it the same.
  private func newTask(for event: Event) -> TaskID {
    let told =
      switch event.what {
      case .own(let own): own.task
      case .callback(let news): news.submission
      }
    return told ?? Self.foreignTask(at: event.at, event.seq)
  }

  static func foreignTask(at time: Timestamp, _ seq: UInt64) -> TaskID {
    TaskID.make(at: time, random: (seq, TaskIndex.key(seq)))
  }

  private mutating func birth(_ ordinal: Int, _ event: Event) -> Int {
    insert(TaskState(index.entries[ordinal].id, bornBy: event), ordinal)
  }

  // MARK: - Joining

  /// The task that stands under the provider's id which this event gives to another task: a callback came on the shared
  /// address before the create answer did, and made a task of its own.
  private func joinCandidate(of event: Event, _ target: Int) -> Int? {
    // A task that has a name gets another one by the create answer or the operator only.
    guard event.isNaming || index.entries[target].providerKey == 0, let name = event.providerTaskID,
      let holder = index.ordinal(ofProviderTask: name), holder != target
    else { return nil }
    return holder
  }

  /// - Returns: what a join did to the task; `nil` if there is none to be joined to it.
  private mutating func join(
    _ event: Event, to target: Int, _ prepared: [TaskID: TaskState]
  ) -> TaskState.Effect? {
    guard let orphan = joinCandidate(of: event, target), let from = load(orphan, prepared),
      let to = load(target, prepared)
    else { return nil }
    let other = loaded[from].task
    // The index knows hashes of names only.
    guard other.input == nil, other.providerTaskID == event.providerTaskID else { return nil }
    let wasTerminal = loaded[to].task.state.isTerminal
    // In a replay the task's file may have the other one in it already.
    if !loaded[to].task.aliases.contains(other.id) {
      loaded[to].task.absorb(other)
      makeDue(target, to)
    }
    unload(orphan)
    index.join(orphan, to: target)
    obsolete.append(other.id)
    return loaded[to].task.state.isTerminal && !wasTerminal ? .ended : .changed
  }

  // MARK: - Loading and forgetting

  /// The slot of a task that was there before, brought into memory from what was prepared if need be; `nil` for one that
  /// was just added to the index.
  private mutating func load(_ ordinal: Int, _ prepared: [TaskID: TaskState]) -> Int? {
    let entry = index.entries[ordinal]
    if let slot = entry.slot { return slot }
    if let event = entry.unfolded.flatMap({ unfolded[$0] }) { return insert(TaskState(entry.id, of: event), ordinal) }
    if let task = prepared[entry.id] { return insert(task, ordinal) }
    precondition(entry.seq == 0, "a task is folded that was not brought along")
    return nil
  }

  private mutating func insert(_ task: consuming TaskState, _ ordinal: Int) -> Int {
    let wasWaiting = index.entries[ordinal].isAtHand
    if wasWaiting { forgetWaiting(ordinal) }
    let slot = loaded.insert(task, ordinal: ordinal)
    index.setSlot(ordinal, slot)
    if wasWaiting { makeDue(ordinal, slot) }
    return slot
  }

  /// The task waits no longer in the journal, or unfolded, for its file.
  private mutating func forgetWaiting(_ ordinal: Int) {
    if let number = index.entries[ordinal].deferral {
      index.setDeferral(ordinal, nil)
      deferred.remove(number)
    } else if let number = index.entries[ordinal].opening {
      index.setOpening(ordinal, nil)
      deferred.remove(opening[number].lines)
      opening.remove(number)
    } else if let number = index.entries[ordinal].unfolded {
      index.setUnfolded(ordinal, nil)
      unfolded.remove(number)
    }
  }

  private mutating func unload(_ ordinal: Int) {
    guard let slot = index.entries[ordinal].slot else { return }
    loaded.remove(slot)
    index.setSlot(ordinal, nil)
  }

  private mutating func makeDue(_ ordinal: Int, _ slot: Int) {
    guard !loaded[slot].isDue else { return }
    loaded[slot].isDue = true
    unwritten.append(ordinal)
  }

  /// Brings a task into memory as its file has it.
  mutating func load(_ task: TaskState) {
    guard let ordinal = index.ordinal(of: task.id), !index.entries[ordinal].isAtHand else { return }
    _ = insert(task, ordinal)
  }

  /// Brings an open task into memory whose lines a replay has left in the journal. Its file is due already.
  mutating func open(_ task: TaskState, _ ordinal: Int) {
    guard index.entries[ordinal].opening != nil else { return }
    forgetWaiting(ordinal)
    let slot = loaded.insert(task, ordinal: ordinal)
    loaded[slot].isDue = true
    index.setSlot(ordinal, slot)
  }

  /// Brings a finished task into memory whose file is spoilt, so that it is written anew.
  mutating func mend(_ task: TaskState) {
    guard let ordinal = index.ordinal(of: task.id), case let entry = index.entries[ordinal], !entry.isAtHand,
      entry.seq == task.seq, !entry.flags.contains(.joined)
    else { return }
    makeDue(ordinal, insert(task, ordinal))
  }

  /// Finished tasks that were loaded only to be looked at leave memory: at the end of a replay.
  mutating func settle() {
    for slot in loaded.slots where loaded[slot].isSettled {
      if let ordinal = loaded[slot].ordinal { unload(ordinal) }
    }
  }

  /// Gives room back that many tasks took which have left memory.
  mutating func compact() {
    guard loaded.isSparse else { return }
    loaded = loaded.compacted { index.setSlot($0, $1) }
  }

  /// What a checkpoint kept.
  mutating func restore(_ index: TaskIndex, idempotencyKeys: [String: TaskID], balances: Balances) {
    self.index = index
    self.idempotencyKeys = idempotencyKeys
    self.balances = balances
  }

  /// Keys of tasks created before `time` are no longer honoured.
  mutating func forgetKeys(before time: Timestamp) {
    idempotencyKeys = idempotencyKeys.filter { $0.value.time >= time }
  }

  // MARK: - Files

  /// A task whose file is due, and where its state is.
  enum Unwritten {
    /// In a box, so that the others take no more room than they need.
    indirect case inMemory(TaskState)
    /// At the places of some lines, the oldest first.
    case inJournal(TaskID, [JournalPlace])
    case unfolded(TaskID, Event)

    var id: TaskID {
      switch self {
      case .inMemory(let task): task.id
      case .inJournal(let id, _), .unfolded(let id, _): id
      }
    }
  }

  /// Up to `limit` tasks whose files are due, oldest change first; none only if there are none.
  mutating func takeUnwritten(limit: Int) -> [Unwritten] {
    var tasks: [Unwritten] = []
    // A task may stand in the queue again, or have left memory meanwhile.
    while tasks.isEmpty, unwritten.count > 0 {
      for ordinal in unwritten.take(limit) {
        let entry = index.entries[ordinal]
        if let number = entry.deferral {
          tasks.append(.inJournal(entry.id, deferred[number]))
        } else if let event = entry.unfolded.flatMap({ unfolded[$0] }) {
          tasks.append(.unfolded(entry.id, event))
        } else if let slot = entry.slot, loaded[slot].isDue {
          loaded[slot].isDue = false
          tasks.append(.inMemory(loaded[slot].task))
        }
      }
    }
    return tasks
  }

  /// The file of `task` holds it as it was at `seq`. A finished task leaves memory with that.
  mutating func wrote(_ id: TaskID, at seq: UInt64) {
    guard let ordinal = index.ordinal(of: id) else { return }
    guard let slot = index.entries[ordinal].slot else { return forgetWaiting(ordinal) }
    if loaded[slot].task.seq == seq, loaded[slot].isSettled { unload(ordinal) }
  }

  /// The files could not be written: that stays due.
  mutating func failedToWrite(_ ids: [TaskID]) {
    for id in ids {
      guard let ordinal = index.ordinal(of: id) else { continue }
      if let slot = index.entries[ordinal].slot {
        makeDue(ordinal, slot)
      } else if index.entries[ordinal].isAtHand {
        unwritten.append(ordinal)
      }
    }
  }

  mutating func takeObsolete() -> [TaskID] {
    defer { obsolete = [] }
    return obsolete
  }

  /// The files could not be removed: that stays due.
  mutating func failedToRemove(_ ids: some Sequence<TaskID>) {
    obsolete += ids
  }
}
