// SPDX-License-Identifier: Apache-2.0

internal import Callbacks
internal import Ledger
internal import Reactor
internal import Server
internal import Submitter

/// The Prometheus text format (prometheus.io, "Exposition formats"): own prefix, base units, `_total` for counters, no
/// label with an unbounded number of values.
struct Metrics {
  private var text = ""

  mutating func counter(_ name: String, _ help: String, _ value: UInt64) {
    family(name, help, "counter")
    text += "hookledger_\(name) \(value)\n"
  }

  mutating func counter(_ name: String, _ help: String, by label: String, _ values: [(String, UInt64)]) {
    family(name, help, "counter")
    for (value, count) in values { text += "hookledger_\(name){\(label)=\"\(value)\"} \(count)\n" }
  }

  mutating func gauge(_ name: String, _ help: String, _ value: Int) {
    family(name, help, "gauge")
    text += "hookledger_\(name) \(value)\n"
  }

  mutating func gauge(_ name: String, _ help: String, _ number: String) {
    family(name, help, "gauge")
    text += "hookledger_\(name) \(number)\n"
  }

  mutating func gauge(_ name: String, _ help: String, by label: String, _ values: [(String, Int)]) {
    family(name, help, "gauge")
    for (value, number) in values { text += "hookledger_\(name){\(label)=\"\(value)\"} \(number)\n" }
  }

  private mutating func family(_ name: String, _ help: String, _ type: String) {
    text += "# HELP hookledger_\(name) \(help)\n# TYPE hookledger_\(name) \(type)\n"
  }

  static func write(
    ledger: LedgerCounts, refused: UInt64, callbacks: CallbackCounts, waiting: Int, results: ResultCounts,
    listeners: [(String, ListenerCounters)], safety: (inout Metrics) -> Void
  ) -> String {
    var metrics = Metrics()
    metrics.text += "# HELP hookledger_build_info The running build.\n# TYPE hookledger_build_info gauge\n"
    metrics.text += "hookledger_build_info{version=\"\(hookledgerVersion)\"} 1\n"
    metrics.counter("callbacks_received_total", "Verified callbacks handed to the journal.", callbacks.received)
    metrics.counter("callbacks_duplicate_total", "Callbacks that repeated a known one.", callbacks.duplicates)
    metrics.counter(
      "callbacks_unavailable_total", "Callbacks answered 503, not on disk.", callbacks.unavailable)
    metrics.counter(
      "callbacks_refused_total", "Callbacks refused, by reason.", by: "reason",
      Rejection.allCases.map { ($0.rawValue, callbacks.refused[$0] ?? 0) })
    metrics.counter("requests_refused_kept_total", "Refused requests kept for inspection, ever.", refused)
    metrics.counter("journal_events_total", "Events made durable since the start.", ledger.events)
    metrics.counter("journal_batches_total", "Writes and syncs of the journal since the start.", ledger.batches)
    metrics.counter("journal_failures_total", "Batches that could not be made durable.", ledger.failures)
    metrics.gauge(
      "journal_spare_segments", "Segments of the journal that lie ready, filled beforehand.",
      ledger.hasSpareSegment ? 1 : 0)
    metrics.counter("task_files_written_total", "Task files written.", ledger.filesWritten)
    metrics.counter(
      "task_file_failures_total", "Writes of task files that failed and are tried again.", ledger.fileFailures)
    metrics.gauge("task_files_behind", "Tasks whose file is older than the journal.", ledger.unwritten)
    metrics.gauge("tasks", "Tasks known.", ledger.tasks)
    metrics.gauge("tasks_in_memory", "Tasks whose whole state is in memory.", ledger.tasksInMemory)
    metrics.gauge("waiting_requests", "Requests that wait for a task to end.", waiting)
    metrics.results(results)
    safety(&metrics)
    metrics.listeners(listeners)
    return metrics.text
  }

  private mutating func results(_ results: ResultCounts) {
    counter("results_saved_total", "Result files saved.", results.saved)
    counter("results_saved_bytes_total", "Bytes of result files saved.", results.bytes)
    counter("result_failures_total", "Rounds in which a result could not be had and is tried again.", results.failures)
    counter("results_lost_total", "Paid results that could not be had and are not tried again.", results.lost)
    gauge("tasks_awaiting_results", "Tasks whose result files are still to be saved.", results.waiting)
  }

  private mutating func listeners(_ listeners: [(String, ListenerCounters)]) {
    counter(
      "connections_accepted_total", "Connections accepted.", by: "listener", listeners.map { ($0.0, $0.1.accepted) })
    counter(
      "connections_turned_away_total", "Connections closed at once, because their address had too many.",
      by: "listener", listeners.map { ($0.0, $0.1.turnedAway) })
    counter(
      "tls_handshakes_failed_total", "TLS handshakes that failed or took too long.", by: "listener",
      listeners.map { ($0.0, $0.1.failedHandshakes) })
    counter(
      "http_requests_total", "Requests handed to a handler.", by: "listener", listeners.map { ($0.0, $0.1.requests) })
    counter(
      "http_faults_total", "Requests that could not be read.", by: "listener",
      listeners.map { ($0.0, $0.1.faults.values.reduce(0, +)) })
    counter(
      "accept_starvations_total", "Pauses in accepting for want of descriptors.", by: "listener",
      listeners.map { ($0.0, $0.1.starvations) })
    gauge("connections_open", "Connections open now.", by: "listener", listeners.map { ($0.0, $0.1.open) })
    gauge(
      "request_bytes_held", "Bytes of incomplete requests, and of those sent ahead of their turn, held now.",
      by: "listener", listeners.map { ($0.0, $0.1.requestBytes) })
    if let resident = ProcessMemory.resident() {
      gauge("resident_memory_bytes", "Memory that the process takes now.", resident)
    }
  }
}
