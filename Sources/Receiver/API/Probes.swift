// SPDX-License-Identifier: Apache-2.0

internal import JSON
internal import Ledger
internal import Server

/// What machines ask: alive, ready, how many, which build. Lives on the loop.
final class Probes {
  private let ledger: Ledger
  /// Set when the server begins to stop: not ready from then on.
  var isDraining = false
  /// What is no failure, but worth a line for whoever asks verbosely.
  var warnings: () -> [(name: String, words: String)] = { [] }
  /// The text of `/metrics`.
  var metrics: () -> String = { "" }

  init(ledger: Ledger) {
    self.ledger = ledger
  }

  func liveness() -> Response { Self.plain(200, "live\n") }

  func metricsText() -> Response {
    Response(status: 200, contentType: "text/plain; version=0.0.4; charset=utf-8", text: metrics())
  }

  func version() -> Response {
    Response(json: Array(#"{"name":"hookledger","version":"\#(hookledgerVersion)"}"#.utf8))
  }

  /// Ready is who can take a callback: not stopping, and the last write to the journal went well.
  func readiness(_ asked: APIRequest) -> Response {
    let failure = ledger.counts.failure
    let checks = [
      ("journal", failure.map { "the last write failed: \($0)" }),
      ("draining", isDraining ? "the server is stopping" : nil),
    ]
    let isReady = checks.allSatisfy { $0.1 == nil }
    var text = ""
    if asked.item("verbose") != nil {
      for (name, fault) in checks { text += fault.map { "[-] \(name): \($0)\n" } ?? "[+] \(name) ok\n" }
      for (name, words) in warnings() { text += "[!] \(name): \(words)\n" }
    }
    return Self.plain(isReady ? 200 : 503, text + (isReady ? "ready\n" : "not ready\n"))
  }

  private static func plain(_ status: Int, _ text: String) -> Response {
    Response(status: status, contentType: "text/plain; charset=utf-8", text: text)
  }
}
