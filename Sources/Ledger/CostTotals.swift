// SPDX-License-Identifier: Apache-2.0

package import Callbacks

/// A day in UTC, counted from 1970-01-01.
package struct UTCDay: Hashable, Comparable, Sendable, CustomStringConvertible {
  package let number: Int32

  package init(number: Int32) {
    self.number = number
  }

  /// The day that a moment falls into.
  package init(_ moment: Timestamp) {
    let day: Int64 = 86_400_000
    let whole = moment.milliseconds / day
    number = Int32(moment.milliseconds % day < 0 ? whole - 1 : whole)
  }

  package static func < (a: UTCDay, b: UTCDay) -> Bool { a.number < b.number }

  package var start: Timestamp { Timestamp(milliseconds: Int64(number) * 86_400_000) }

  /// `2026-11-22`
  package var description: String { String(start.description.prefix(10)) }
}

/// What one finished task cost, as its entry in the index has it.
struct Charge: Hashable {
  /// The day on which the task ended.
  var day: UTCDay
  var millionths: Int64
}

/// What was charged, by day and model. It follows from the entries of the index alone, so that it is right after every
/// replay, also where the task files were ahead of it.
struct CostTotals {
  struct Key: Hashable {
    var day: UTCDay
    /// Number of the name in the index.
    var model: UInt16
  }

  struct Cell: Hashable {
    var tasks = 0
    var credits = CreditAmount.zero
  }

  /// In no particular order; those of no task count for nothing.
  private(set) var cells: [(key: Key, cell: Cell)] = []
  private var places: [Key: Int] = [:]
  /// Where the last charge went: mostly the next one goes there too.
  private var recent = 0
  /// By model, what a task cost when one last did.
  private var latest: [CreditAmount?] = []

  /// What a task of the model cost when one last did: the best guess for the next one.
  func latest(of model: UInt16) -> CreditAmount? { Int(model) < latest.count ? latest[Int(model)] : nil }

  /// A task that had cost `old` under the model `oldModel` costs `new` now.
  mutating func replace(_ old: Charge?, _ oldModel: UInt16, by new: Charge?, _ model: UInt16) {
    guard old != new || oldModel != model else { return }
    if let old { add(-1, -Int128(old.millionths), Key(day: old.day, model: oldModel)) }
    guard let new else { return }
    add(1, Int128(new.millionths), Key(day: new.day, model: model))
    if new.millionths > 0 { note(CreditAmount(millionths: Int128(new.millionths)), of: model) }
  }

  private mutating func note(_ amount: CreditAmount, of model: UInt16) {
    while latest.count <= Int(model) { latest.append(nil) }
    latest[Int(model)] = amount
  }

  private mutating func add(_ tasks: Int, _ millionths: Int128, _ key: Key) {
    if recent >= cells.count || cells[recent].key != key { recent = place(of: key) }
    cells[recent].cell.tasks += tasks
    cells[recent].cell.credits.millionths += millionths
  }

  private mutating func place(of key: Key) -> Int {
    if let known = places[key] { return known }
    places[key] = cells.count
    cells.append((key, Cell()))
    return cells.count - 1
  }
}

/// What the provider said was left on the account.
package struct BalanceReading: Hashable, Sendable {
  package let at: Timestamp
  package let credits: CreditAmount

  package init(at: Timestamp, credits: CreditAmount) {
    self.at = at
    self.credits = credits
  }
}

/// Readings of the balance: of each day the first and the last.
struct Balances: Hashable {
  struct Day: Hashable {
    var first: BalanceReading
    var last: BalanceReading
  }

  private(set) var days: [UTCDay: Day] = [:]
  private(set) var last: BalanceReading?

  init() {}

  init(days: [UTCDay: Day]) {
    self.days = days
    last = days.values.map(\.last).max { $0.at < $1.at }
  }

  mutating func note(_ reading: BalanceReading) {
    let day = UTCDay(reading.at)
    if days[day] == nil {
      days[day] = Day(first: reading, last: reading)
    } else {
      days[day]?.last = reading
    }
    last = reading
  }
}

extension TaskState {
  /// What the task counts with in the totals: as soon as it has ended and the provider has named a number.
  var charge: Charge? {
    guard state.isTerminal, let completedAt, let amount = credits.flatMap({ CreditAmount($0) }) else { return nil }
    return Charge(day: UTCDay(completedAt), millionths: Int64(clamping: amount.millionths))
  }
}
