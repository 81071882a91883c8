// SPDX-License-Identifier: Apache-2.0

internal import Callbacks
internal import JSON
internal import Ledger
internal import Submitter

/// What keeps paid tasks safe, as numbers: the brakes, the reconciler, the costs.
extension Metrics {
  mutating func write(_ open: OpenCounts, ends: UInt64, chargedToday: CreditAmount, balance: BalanceReading?) {
    gauge("tasks_unknown", "Tasks whose create answer was lost: they may have been paid for.", open.unknown)
    gauge("tasks_submitting", "Tasks whose request is on its way.", open.submitting)
    gauge("tasks_running", "Tasks that the provider has, known for less than a day.", open.running)
    counter("tasks_ended_total", "Ends of tasks: one for each, however often it is told.", ends)
    gauge("credits_charged_today", "Credits charged for tasks that ended today (UTC).", chargedToday.description)
    if let balance { gauge("credits_balance", "Credits left when last read.", balance.credits.description) }
  }

  mutating func write(_ brakes: BrakeCounts) {
    gauge("submissions_waiting", "Submissions that wait for a brake; not booked yet.", brakes.waiting)
    gauge("submissions_in_flight", "Submissions let through and not decided yet.", brakes.inFlight)
    counter(
      "submissions_held_total", "Submissions turned away before they were sent, by reason.", by: "reason",
      Hold.Reason.allCases.map { ($0.rawValue, brakes.held[$0] ?? 0) })
    counter(
      "submissions_retried_total", "Submissions sent again because the provider was too busy.", brakes.retries)
    gauge("models_paused", "Models stopped after failures in a row.", brakes.pauses.count)
  }

  mutating func write(_ reconciler: ReconcilerCounts) {
    counter(
      "record_queries_total", "Questions about the provider's records, by answer.", by: "answer",
      ReconcilerCounts.AnswerKind.allCases.map { ($0.rawValue, reconciler.answers[$0] ?? 0) })
    counter(
      "tasks_rescued_total", "Tasks that the provider's record ended before any callback told.", reconciler.rescued)
    counter(
      "callbacks_missing_total", "Rescued tasks whose callback did not come within ten minutes either.",
      reconciler.callbacksMissing)
    counter("tasks_confirmed_total", "Ends that the provider's record confirmed.", reconciler.confirmed)
    counter("tasks_corrected_total", "Ends told by callbacks that the record put right.", reconciler.corrected)
    counter("confirmations_abandoned_total", "Ends not confirmed within a day.", reconciler.abandoned)
    gauge("tasks_polled", "Open tasks that the provider is asked about.", reconciler.open)
    gauge("tasks_unconfirmed", "Ended tasks whose confirmation is awaited.", reconciler.unconfirmed)
    gauge("tasks_overdue", "Tasks open for more than a day.", reconciler.overdue)
    gauge(
      "callbacks_never_arrived", "1 if tasks end and not one callback ever came: wrong address or key.",
      reconciler.callbacksNeverArrived ? 1 : 0)
  }
}

/// What is no failure and yet somebody should look at: the lines of `/readyz?verbose`.
enum Warnings {
  static func all(_ submitter: Submitter, _ open: OpenCounts) -> [(name: String, words: String)] {
    var warnings: [(String, String)] = []
    if !submitter.hasProvider {
      warnings.append(
        (
          "reconciler",
          "no API key of the provider is set (provider.apiKey): nothing is polled, and no end of a task is confirmed"
        ))
    }
    if submitter.reconciler.counts.callbacksNeverArrived {
      warnings.append(
        ("callbacks", "tasks end and not one callback ever came: check public.url and callbacks.hmacKeys"))
    }
    if open.unknown > 0 {
      warnings.append(
        (
          "submissions",
          "\(open.unknown) tasks are unknown: they may have been paid for; see tasks list --state unknown"
        ))
    }
    let overdue = submitter.reconciler.counts.overdue
    if overdue > 0 { warnings.append(("tasks", "\(overdue) tasks have been open for more than a day")) }
    let brakes = submitter.brakeCounts
    for pause in brakes.pauses {
      warnings.append(
        (
          "models",
          "\(pause.model) failed \(pause.failures) times in a row: nothing is submitted to it until \(pause.until)"
        ))
    }
    if brakes.waiting > 0, let cause = brakes.waitingFor {
      warnings.append(("brakes", "\(brakes.waiting) submissions wait for \(cause)"))
    }
    return warnings
  }
}

extension BrakeCounts {
  /// For the list of tasks: what is not in it because it waits; `nil` when nothing is held back.
  var document: JSON? {
    guard waiting > 0 || !pauses.isEmpty else { return nil }
    return [
      "waiting": JSON(waiting), "waitingFor": waiting > 0 ? waitingFor.map { .string($0) } ?? .null : .null,
      "pausedModels": .array(
        pauses.map {
          [
            "model": .string($0.model), "failures": JSON($0.failures), "until": .string($0.until.description),
          ]
        }),
    ]
  }
}
