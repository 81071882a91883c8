// SPDX-License-Identifier: Apache-2.0

internal import Callbacks
internal import Dispatch
internal import HTTPClient
package import Ledger
internal import Provider
internal import Synchronization

/// Saves the media of every task that ended in success, before its links die.
///
/// Which tasks are owed something is the ledger's to know: at the start and after every commit it is asked, so that
/// nothing is forgotten over a stop. A task is served when its word is good enough: the provider's own record where it
/// can be asked, a signed callback where it cannot, never a bare hint.
package actor ResultKeeper {
  /// Downloads at once.
  private static let width = 4

  /// A task that is owed files, between two tries.
  private struct Debt {
    /// Parts of files that have not come whole.
    var files: [Int: ResultFile] = [:]
    /// Rounds of each link that ended in `ResultTrouble.gone`.
    var gone: [Int: Int] = [:]
    /// Why a link was given up.
    var lost: [Int: String] = [:]
    /// Rounds of the task in a row that ended in `ResultTrouble.passing`.
    var passing = 0
    /// The links that these counts are about; others start anew.
    var urls = TextList()
  }

  private enum Place {
    case queued
    case running(Task<Void, Never>)
    case sleeping(Task<Void, Never>)

    var task: Task<Void, Never>? {
      switch self {
      case .queued: nil
      case .running(let task), .sleeping(let task): task
      }
    }
  }

  private let ledger: Ledger
  private let disk: any Disk
  private let transport: ResultTransport
  private let clock: SubmitterClock
  private let report: @Sendable (SubmitterNotice) -> Void
  private let configuration: Mutex<ResultConfiguration>
  private let totals = Mutex(ResultCounts())
  private let finishing = DispatchQueue(label: "hookledger.results")

  private var queue: [TaskID] = []
  private var head = 0
  private var places: [TaskID: Place] = [:]
  private var debts: [TaskID: Debt] = [:]
  /// Running tasks that changed meanwhile.
  private var changed: Set<TaskID> = []
  private var running = 0
  private var isStopped = true
  private var isOver = false

  /// - Parameter transport: of an HTTP client of its own, since writing to the disk holds it up.
  package init(
    ledger: Ledger, configuration: ResultConfiguration, disk: any Disk = SystemDisk(), clock: SubmitterClock,
    transport: @escaping ResultTransport, report: @escaping @Sendable (SubmitterNotice) -> Void
  ) {
    self.ledger = ledger
    self.disk = disk
    self.transport = transport
    self.clock = clock
    self.report = report
    self.configuration = Mutex(configuration)
  }

  private nonisolated var current: ResultConfiguration { configuration.withLock { $0 } }

  // MARK: - Start and stop

  /// Begins with every task that is owed a file, and goes on with those that come.
  package func start() {
    guard !isOver else { return }
    isStopped = false
    ledger.add(observer: self)
    look()
  }

  /// Other settings count from the next round on; what waits for a host or a key is tried at once.
  package nonisolated func use(_ configuration: ResultConfiguration) {
    self.configuration.withLock { $0 = configuration }
    Task { await self.look() }
  }

  /// Breaks off what is running, and returns when nothing is. The parts are left on disk, the debts in the ledger.
  package func stop() async {
    isStopped = true
    isOver = true
    queue = []
    head = 0
    let tasks = places.values.compactMap(\.task)
    for task in tasks { task.cancel() }
    for task in tasks { await task.value }
    places = [:]
    debts = [:]
    updateWaiting()
  }

  /// Totals since the start.
  package nonisolated var counts: ResultCounts { totals.withLock { $0 } }

  private func look() {
    guard current.isOn, !isStopped else { return }
    for id in ledger.tasksAwaitingResults() { consider(id) }
  }

  // MARK: - The queue

  /// The task may be owed something now, or something else than before.
  fileprivate func consider(_ id: TaskID) {
    guard !isStopped else { return }
    switch places[id] {
    case .queued: return
    case .running:
      changed.insert(id)
      return
    case .sleeping(let task): task.cancel()
    case nil: break
    }
    guard let task = ledger.task(id), isOwed(task) else { return forget(id) }
    places[task.id] = .queued
    queue.append(task.id)
    updateWaiting()
    fill()
  }

  private func fill() {
    while running < Self.width, head < queue.count {
      let id = queue[head]
      head += 1
      running += 1
      places[id] = .running(
        Task {
          let next = await self.serve(id)
          self.ended(id, next)
        })
    }
    if head == queue.count {
      queue.removeAll(keepingCapacity: queue.count < 1024)
      head = 0
    }
  }

  private func ended(_ id: TaskID, _ next: Timestamp?) {
    running -= 1
    places[id] = nil
    guard !isStopped else { return }
    if changed.remove(id) != nil {
      consider(id)
    } else if let next {
      sleep(id, until: next)
    } else {
      forget(id)
    }
    fill()
  }

  private func sleep(_ id: TaskID, until time: Timestamp) {
    let clock = clock
    places[id] = .sleeping(
      Task {
        guard (try? await clock.sleep(until: time)) != nil, !Task.isCancelled else { return }
        self.wake(id)
      })
  }

  private func wake(_ id: TaskID) {
    guard case .sleeping = places[id], !isStopped else { return }
    places[id] = nil
    consider(id)
  }

  private func forget(_ id: TaskID) {
    places[id] = nil
    debts[id] = nil
    updateWaiting()
  }

  private func updateWaiting() {
    let waiting = places.count
    totals.withLock { $0.waiting = waiting }
  }

  // MARK: - One task

  private nonisolated func isOwed(_ task: TaskState) -> Bool {
    let configuration = current
    guard configuration.isOn, task.awaitsResult, let trust = task.trust else { return false }
    return trust >= (configuration.provider == nil ? .signed : .confirmed)
  }

  /// One round: every link of the task that has no file yet.
  ///
  /// - Returns: when the next round is due; `nil` when nothing is owed any more.
  private func serve(_ id: TaskID) async -> Timestamp? {
    guard let task = ledger.task(id), isOwed(task), let urls = task.result?.urls else { return nil }
    var debt = debts[id] ?? Debt()
    if debt.urls != urls {
      for file in debt.files.values { file.discard() }
      debt = Debt()
      debt.urls = urls
    }
    let kept = Set(task.result?.files.map(\.number) ?? [])
    var troubles: [(number: Int, trouble: ResultTrouble)] = []
    for (number, url) in urls.enumerated() where !kept.contains(number) && debt.lost[number] == nil {
      guard !isStopped else { return nil }
      if let trouble = await keep(url, number, of: task, &debt) { troubles.append((number, trouble)) }
    }
    return isStopped ? nil : await settle(task, debt, troubles)
  }

  /// Gets one file and books it. `nil` when that is done.
  private func keep(_ url: String, _ number: Int, of task: TaskState, _ debt: inout Debt) async -> ResultTrouble? {
    let folder = ResultFolder(task.id, in: ledger.directory)
    let file: ResultFile
    do throws(DiskError) {
      try folder.make(disk)
      file =
        debt.files[number]
        ?? ResultFile(disk: disk, folder: folder.path, number: number, limit: current.maxBytes)
    } catch {
      return .passing("\(error)")
    }
    debt.files[number] = file
    let fetch = ResultFetch(configuration: current, transport: transport, clock: clock, file: file)
    if let trouble = await fetch.run(url, number: number, providerTaskID: task.providerTaskID) {
      // Nothing to go on from: the next round begins with the limits of its own time.
      if file.resumption() == nil {
        file.discard()
        debt.files[number] = nil
      }
      return trouble
    }
    switch await finish(file, folder) {
    case .failure(let fault):
      // After a failed sync nobody knows which of its bytes are on the disk.
      file.discard()
      debt.files[number] = nil
      return .passing("\(fault)")
    case .success(let saved):
      debt.files[number] = nil
      return await book(saved, of: task)
    }
  }

  /// Syncing takes as long as the disk likes, so it has a thread of its own.
  private func finish(_ file: ResultFile, _ folder: ResultFolder) async -> Result<SavedFile, ResultFault> {
    await withCheckedContinuation { continuation in
      finishing.async {
        continuation.resume(
          returning: Result { () throws(ResultFault) in try file.finish(relativeFolder: folder.relativePath) })
      }
    }
  }

  private func book(_ saved: SavedFile, of task: TaskState) async -> ResultTrouble? {
    do throws(LedgerError) {
      try await ledger.append(.saved(task: task.id, file: saved), at: clock.now())
    } catch {
      return .passing("\(error)")
    }
    totals.withLock { totals in
      totals.saved += 1
      totals.bytes += UInt64(saved.bytes)
    }
    report(.resultSaved(task.id, file: saved))
    return nil
  }

  /// Draws the conclusions of a round: nothing owed any more, another try later, or the word that it is lost.
  private func settle(
    _ task: TaskState, _ before: Debt, _ troubles: [(number: Int, trouble: ResultTrouble)]
  ) async -> Timestamp? {
    var debt = before
    let now = clock.now()
    let isPassing = troubles.contains { if case .passing = $0.trouble { true } else { false } }
    debt.passing = isPassing ? debt.passing + 1 : 0
    var next: Timestamp?
    for (number, trouble) in troubles {
      if case .gone = trouble { debt.gone[number, default: 0] += 1 }
      let time = ResultSchedule.nextTry(
        after: trouble, gone: debt.gone[number] ?? 0, passing: debt.passing, end: task.completedAt ?? task.createdAt,
        now: now)
      if let time {
        next = min(next ?? time, time)
      } else {
        debt.files.removeValue(forKey: number)?.discard()
        debt.lost[number] = trouble.words
      }
    }
    debts[task.id] = debt
    if next == nil, !debt.lost.isEmpty { next = await bookLoss(task, debt) }
    guard let time = next else { return nil }
    totals.withLock { $0.failures += 1 }
    if let (number, trouble) = troubles.first {
      report(.resultDelayed(task.id, number: number, reason: trouble.words, nextTry: time))
    }
    return time
  }

  /// - Returns: when to try again, should the ledger not take it.
  private func bookLoss(_ task: TaskState, _ debt: Debt) async -> Timestamp? {
    let reason = debt.lost.sorted { $0.key < $1.key }.map { "number \($0.key): \($0.value)" }.joined(separator: "; ")
    do throws(LedgerError) {
      try await ledger.append(.resultLost(task: task.id, reason: reason), at: clock.now())
    } catch {
      return clock.now().advanced(by: .seconds(60))
    }
    totals.withLock { $0.lost += UInt64(debt.lost.count) }
    report(.resultLost(task.id, reason: reason))
    return nil
  }
}

extension ResultKeeper: CommitObserver {
  /// Only what can make a task owed something: where the record is asked for, its word alone.
  package nonisolated func ledgerDid(_ commit: Commit) {
    let configuration = current
    guard configuration.isOn, commit.failure == nil else { return }
    let tasks = commit.changes.lazy.filter { change in
      change.type == .record || (configuration.provider == nil && [.callback, .reparsed].contains(change.type))
    }.map(\.task)
    guard !tasks.isEmpty else { return }
    let news = Array(tasks)
    Task {
      for id in news { await self.consider(id) }
    }
  }
}

/// Where the files of one task stand.
private struct ResultFolder {
  let path: String
  /// From the data folder on.
  let relativePath: String
  private let parent: String

  init(_ task: TaskID, in directory: String) {
    parent = directory + "/results"
    relativePath = "results/\(task)"
    path = "\(directory)/\(relativePath)"
  }

  func make(_ disk: any Disk) throws(DiskError) {
    try disk.makeDirectory(path)
    try disk.synchronizeDirectory(parent)
  }
}
