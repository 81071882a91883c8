// SPDX-License-Identifier: Apache-2.0

internal import Callbacks
package import HTTPClient
internal import Ledger
internal import Provider
internal import Submitter

/// Looks at everything that must be so for paid tasks to come back, and says in plain words what is not, and what to do.
package struct Doctor: Sendable {
  /// What only a running server can tell.
  struct Inside: Sendable {
    let ledger: Ledger
    let submitter: Submitter
    let echo: Echo
    let tokenKey: [UInt8]
  }

  let settings: Settings
  let client: HTTPClient
  /// `nil` where no server runs: what needs one is then left out.
  let inside: Inside?

  init(settings: Settings, client: HTTPClient, inside: Inside?) {
    self.settings = settings
    self.client = client
    self.inside = inside
  }

  /// For a machine on which no server runs (yet).
  package init(settings: Settings, client: HTTPClient) {
    self.init(settings: settings, client: client, inside: nil)
  }

  /// Every finding, in the order in which one would look for a fault.
  package func findings() async -> [Finding] {
    var all = [keys(), apiKey()] + folder()
    all += await provider()
    all += await publicAddress()
    if let inside { all += callbacks(inside) }
    return all
  }

  // MARK: - Keys

  private func keys() -> Finding {
    let count = settings.callbacks.hmacKeys.count
    let unsigned = settings.callbacks.allowUnsigned
    if count > 0 {
      return .ok("webhook key", count == 1 ? "one key is set" : "\(count) keys are set, the newest first")
    }
    guard unsigned else {
      return .fault(
        "webhook key", "no key is set, so every callback is refused",
        remedy: "make a webhook HMAC key on the provider's settings page and give it as callbacks.hmacKeys")
    }
    return .warning(
      "webhook key", "no key is set; unsigned callbacks count as hints on per-task addresses only",
      remedy: "make a webhook HMAC key on the provider's settings page and give it as callbacks.hmacKeys")
  }

  private func apiKey() -> Finding {
    guard settings.provider.apiKey == nil else { return .ok("API key", "a key is set") }
    return .warning(
      "API key", "no key is set: callbacks are taken, but nothing can be submitted, confirmed or rescued",
      remedy: "make an API key on the provider's site and give it as provider.apiKey")
  }

  // MARK: - Callbacks

  private func callbacks(_ inside: Inside) -> [Finding] {
    guard inside.submitter.reconciler.counts.callbacksNeverArrived else { return [] }
    return [
      .fault(
        "callbacks", "tasks end, and not one callback ever came",
        remedy: "compare public.url and callbacks.hmacKeys with what the provider has; "
          + "'hookledger requests list' shows callbacks that were refused")
    ]
  }
}
