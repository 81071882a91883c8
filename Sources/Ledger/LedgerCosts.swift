// SPDX-License-Identifier: Apache-2.0

package import Callbacks
internal import Synchronization

/// What was charged within some days, and how it is to be added up. Both days count.
package struct CostQuery: Sendable {
  package enum Grouping: String, Sendable, CaseIterable {
    case day, model, task
  }

  package var since: UTCDay?
  package var until: UTCDay?
  package var grouping: Grouping

  package init(since: UTCDay? = nil, until: UTCDay? = nil, grouping: Grouping = .day) {
    self.since = since
    self.until = until
    self.grouping = grouping
  }

  /// Rows of single tasks that one answer may have.
  static let taskLimit = 100_000
}

/// One line of the costs.
package struct CostRow: Hashable, Sendable {
  /// `nil` where the row is about several days.
  package var day: UTCDay?
  /// `nil` where the row is about several models.
  package var model: String?
  /// `nil` where the row is about several tasks.
  package var task: TaskID?
  /// Finished tasks whose charge the provider has told.
  package var tasks: Int
  package var credits: CreditAmount
  /// The balance as it was first and last read on that day; `nil` where it was not, or the row is not about one day.
  package var balances: ClosedBalance?

  package struct ClosedBalance: Hashable, Sendable {
    package var first: BalanceReading
    package var last: BalanceReading
  }
}

/// The costs within some days.
package struct CostReport: Hashable, Sendable {
  /// By day and by task: newest first. By model: in the order of their names.
  package var rows: [CostRow] = []
  package var tasks = 0
  package var credits = CreditAmount.zero
  /// There are more single tasks than one answer may have.
  package var hasMore = false
}

/// How many tasks stand where, of those that are not finished.
package struct OpenCounts: Hashable, Sendable {
  /// The request may be on its way.
  package var submitting = 0
  /// Sent, the answer lost.
  package var unknown = 0
  /// The provider has them.
  package var running = 0
}

extension Ledger {
  /// What was charged. The day of a task is the one on which it ended.
  package func costs(_ query: CostQuery) -> CostReport {
    core.withLock { $0.book.costs(query) }
  }

  /// What tasks that ended on this day cost.
  package func charged(on day: UTCDay) -> CreditAmount {
    costs(CostQuery(since: day, until: day)).credits
  }

  /// What the tasks that are under way and one more of `model` will cost, if they cost as much as such tasks last did.
  package func expectedCharge(ofOpenTasksAnd model: String) -> CreditAmount {
    core.withLock { core in
      let open = core.book.loaded.all.lazy.filter { !$0.state.isTerminal && $0.state != .unknown }
      return open.reduce(core.book.latestCharge(of: model)) { $0 + core.book.latestCharge(of: $1.model) }
    }
  }

  /// What a task of the model cost when one last did; nothing while none has.
  package func latestCharge(of model: String) -> CreditAmount {
    core.withLock { $0.book.latestCharge(of: model) }
  }

  /// The newest reading of the balance.
  package var lastBalance: BalanceReading? { core.withLock { $0.book.balances.last } }

  /// Takes in a reading of the balance and returns when it is durable.
  package func append(balance credits: CreditAmount, at: Timestamp = .now()) async throws(LedgerError) {
    try await append(.balance(credits), at: at)
  }

  /// How many tasks stand where.
  ///
  /// - Parameter since: tasks that became known earlier do not count as running: nothing ever told their end.
  package func openCounts(since: Timestamp) -> OpenCounts {
    core.withLock { core in
      var counts = OpenCounts()
      for task in core.book.loaded.all where !task.state.isTerminal {
        switch task.state {
        case .submitting: counts.submitting += 1
        case .unknown: counts.unknown += 1
        default: if task.createdAt >= since { counts.running += 1 }
        }
      }
      return counts
    }
  }

  /// Up to `limit` finished tasks created at or after `since` whose end the provider's record has not confirmed, the newest
  /// first.
  package func unconfirmedTasks(since: Timestamp, limit: Int) -> [TaskID] {
    core.withLock { $0.book.unconfirmed(since: since, limit: limit) }
  }
}

extension Book {
  func latestCharge(of model: String) -> CreditAmount {
    index.models.find(model).flatMap { index.costs.latest(of: $0) } ?? .zero
  }

  func costs(_ query: CostQuery) -> CostReport {
    var report = CostReport()
    var rows: [CostRow] = []
    for (key, cell) in index.costs.cells where cell.tasks > 0 && query.includes(key.day) {
      report.tasks += cell.tasks
      report.credits = report.credits + cell.credits
      rows.append(
        CostRow(day: key.day, model: index.models[key.model], tasks: cell.tasks, credits: cell.credits))
    }
    switch query.grouping {
    case .day: report.rows = days(rows, query)
    case .model:
      report.rows = Self.merge(rows, by: \.model) { CostRow(model: $0.model, tasks: 0, credits: .zero) }
        .sorted { $0.model ?? "" < $1.model ?? "" }
    case .task: (report.rows, report.hasMore) = tasks(query)
    }
    return report
  }

  private func days(_ rows: [CostRow], _ query: CostQuery) -> [CostRow] {
    var rows = rows
    // A day on which only the balance was read is worth a line as well.
    for day in balances.days.keys where query.includes(day) {
      rows.append(CostRow(day: day, tasks: 0, credits: .zero))
    }
    let days = Self.merge(rows, by: \.day) { row in
      CostRow(
        day: row.day, tasks: 0, credits: .zero,
        balances: row.day.flatMap { balances.days[$0] }.map { CostRow.ClosedBalance(first: $0.first, last: $0.last) })
    }
    return days.sorted { ($0.day?.number ?? 0) > ($1.day?.number ?? 0) }
  }

  private static func merge<Key: Hashable>(
    _ rows: [CostRow], by key: KeyPath<CostRow, Key>, empty: (CostRow) -> CostRow
  ) -> [CostRow] {
    var merged: [Key: CostRow] = [:]
    for row in rows {
      var sum = merged[row[keyPath: key]] ?? empty(row)
      sum.tasks += row.tasks
      sum.credits = sum.credits + row.credits
      merged[row[keyPath: key]] = sum
    }
    return Array(merged.values)
  }

  private func tasks(_ query: CostQuery) -> (rows: [CostRow], hasMore: Bool) {
    var rows: [CostRow] = []
    for entry in index.entries.reversed() {
      guard let charge = entry.charge, query.includes(charge.day) else { continue }
      guard rows.count < CostQuery.taskLimit else { return (rows, true) }
      rows.append(
        CostRow(
          day: charge.day, model: index.models[entry.model], task: entry.id, tasks: 1,
          credits: CreditAmount(millionths: Int128(charge.millionths))))
    }
    return (rows, false)
  }
}

extension CostQuery {
  fileprivate func includes(_ day: UTCDay) -> Bool {
    since.map { $0 <= day } ?? true && until.map { day <= $0 } ?? true
  }
}
