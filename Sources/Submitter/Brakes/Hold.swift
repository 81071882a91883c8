// SPDX-License-Identifier: Apache-2.0

package import Callbacks
package import Ledger

/// Why a submission was not sent. Nothing was booked and nothing charged; its description says what to do.
package enum Hold: Error, Hashable {
  /// So many wait already.
  case queueFull(waiting: Int)
  case modelPaused(String, failures: Int, until: Timestamp)
  case capReached(charged: CreditAmount, expected: CreditAmount, cap: CreditAmount)
  case belowFloor(balance: CreditAmount, floor: CreditAmount)
  /// There is a floor, and the balance could not be had.
  case balanceUnknown(String)
  case stopping
  /// Whoever asked went away while it waited.
  case abandoned

  /// The name in the metrics.
  package var reason: Reason {
    switch self {
    case .queueFull: .queueFull
    case .modelPaused: .modelPaused
    case .capReached: .dailyCap
    case .belowFloor: .balanceFloor
    case .balanceUnknown: .balanceUnknown
    case .stopping: .stopping
    case .abandoned: .abandoned
    }
  }

  package enum Reason: String, Sendable, CaseIterable {
    case queueFull = "queue_full"
    case modelPaused = "model_paused"
    case dailyCap = "daily_cap"
    case balanceFloor = "balance_floor"
    case balanceUnknown = "balance_unknown"
    case stopping, abandoned
  }
}

extension Hold: CustomStringConvertible {
  package var description: String {
    switch self {
    case .queueFull(let waiting):
      "\(waiting) submissions wait for the provider's limits already: try again later; nothing was sent"
    case .modelPaused(let model, let failures, let until):
      "the model \(model) failed \(failures) times in a row, so nothing is submitted to it until \(until): try again then, "
        + "or use another model; nothing was sent"
    case .capReached(let charged, let expected, let cap):
      "the cap of \(cap) credits a day is reached: \(charged) are charged today and \(expected) are expected for what runs "
        + "and this task: raise spending.dailyCap or wait for tomorrow (UTC); nothing was sent"
    case .belowFloor(let balance, let floor):
      "the balance of \(balance) credits is below the floor of \(floor): top up the account, or lower "
        + "spending.balanceFloor; nothing was sent"
    case .balanceUnknown(let why):
      "there is a floor for the balance (spending.balanceFloor), and the balance could not be had: \(why); nothing was sent"
    case .stopping: "the server is stopping: submit again when it is back; nothing was sent"
    case .abandoned: "the request was given up while it waited; nothing was sent"
    }
  }
}

/// What may be spent, in the provider's credits.
package struct SpendingLimits: Sendable, Hashable {
  /// How many tasks may run at the provider at the same time.
  package var maxRunning: Int
  /// The most that may be charged in a day (UTC).
  package var dailyCap: CreditAmount?
  /// Nothing is submitted while the balance is below this.
  package var balanceFloor: CreditAmount?

  package init(maxRunning: Int = 100, dailyCap: CreditAmount? = nil, balanceFloor: CreditAmount? = nil) {
    self.maxRunning = maxRunning
    self.dailyCap = dailyCap
    self.balanceFloor = balanceFloor
  }
}

/// What the brakes do now, and did since the start.
package struct BrakeCounts: Sendable, Hashable {
  package struct Pause: Sendable, Hashable {
    package var model: String
    package var failures: Int
    package var until: Timestamp
  }

  /// Submissions that wait their turn; they are not booked yet.
  package var waiting = 0
  /// Submissions that were let through and are not decided yet.
  package var inFlight = 0
  /// What the first of those that wait is waiting for, in plain words.
  package var waitingFor: String?
  package var held: [Hold.Reason: UInt64] = [:]
  /// Submissions sent again after the provider had said that it was too busy.
  package var retries: UInt64 = 0
  /// Models to which nothing is submitted, in alphabetical order.
  package var pauses: [Pause] = []
}
