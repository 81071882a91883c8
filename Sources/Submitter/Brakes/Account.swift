// SPDX-License-Identifier: Apache-2.0

internal import Callbacks
internal import JSON
internal import Ledger
internal import Provider

/// The balance as it was last read, less what was submitted since.
actor Account {
  /// For how long a reading is good.
  private static let lifetime: Int64 = 30_000

  private let ledger: Ledger
  private let clock: SubmitterClock
  private var reading: (at: Timestamp, credits: CreditAmount)?
  private var expected = CreditAmount.zero

  init(ledger: Ledger, clock: SubmitterClock) {
    self.ledger = ledger
    self.clock = clock
  }

  /// What should be left now; asks the provider when the last reading is older than 30 s.
  func estimate(_ provider: Provider) async throws(ProviderError) -> CreditAmount {
    let now = clock.now()
    if let reading, now.milliseconds - reading.at.milliseconds < Self.lifetime { return reading.credits - expected }
    _ = try await ask(provider)
    return (reading?.credits ?? .zero) - expected
  }

  /// Asks the provider, and books a balance that is another than the one before.
  ///
  /// - Returns: the number as the provider wrote it.
  func ask(_ provider: Provider) async throws(ProviderError) -> String {
    let text = try await provider.credits().text
    guard let credits = CreditAmount(text) else { return text }
    reading = (clock.now(), credits)
    expected = .zero
    if ledger.lastBalance?.credits != credits {
      // A balance that could not be booked is only missing in the costs.
      try? await ledger.append(balance: credits)
    }
    return text
  }

  /// A task was let through that will cost about so much. Nobody knows yet what the first of a model costs: then the
  /// provider has to be asked again.
  func spend(_ credits: CreditAmount) {
    expected = expected + credits
    if credits == .zero { reading = nil }
  }
}
