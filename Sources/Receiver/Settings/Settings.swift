// SPDX-License-Identifier: Apache-2.0

package import Logging
package import Provider

/// Everything that can be set, as typed values. The initial values are the built-in defaults; nothing else states them.
///
/// The groups and names mirror the keys of the config file: `settings.callbacks.tolerance` is `callbacks.tolerance`.
package struct Settings: Sendable {
  package var `public` = PublicSettings()
  package var api = APISettings()
  package var callbacks = CallbackSettings()
  package var provider = ProviderSettings()
  package var data = DataSettings()
  package var results = ResultSettings()
  package var spending = SpendingSettings()
  package var handoff = HandoffSettings()
  package var limits = LimitSettings()
  package var log = LogSettings()

  /// Where each value came from, by key; a key that is missing here kept its built-in value.
  package internal(set) var origins: [String: SettingOrigin] = [:]

  package init() {}

  /// Where the value of a key came from.
  package func origin(of key: String) -> SettingOrigin {
    origins[key] ?? .builtIn
  }
}

/// The listener for callbacks, reachable from outside.
package struct PublicSettings: Sendable {
  package var listen = ListenAddress(host: "0.0.0.0", port: 8080)
  /// The address under which the provider reaches `listen`. Without it nothing can be submitted.
  package var url: WebURL?
  package var tls = TLSSettings()
}

/// Paths of PEM files; both or neither.
package struct TLSSettings: Sendable {
  package var certificate: String?
  package var privateKey: String?
}

/// The local API.
package struct APISettings: Sendable {
  package var listen = ListenAddress(host: "127.0.0.1", port: 8081)
  /// The bearer token that every request must carry when it is set.
  package var token: Secret?
}

/// What makes a callback count.
package struct CallbackSettings: Sendable {
  /// The keys that the provider may sign with, newest first.
  package var hmacKeys: [Secret] = []
  /// Whether an unsigned callback counts, as a hint, on a per-task address.
  package var allowUnsigned = false
  /// How far a signature's timestamp may lie from now, on either side.
  package var tolerance = Duration.seconds(300)
}

/// The provider's API.
package struct ProviderSettings: Sendable {
  package var url = WebURL(scheme: .https, host: "api.kie.ai")
  package var apiKey: Secret?
  package var uploadURL = WebURL(scheme: .https, host: "kieai.redpandaai.co")
}

/// Where state lives.
package struct DataSettings: Sendable {
  package var directory = "./data"
}

/// Keeping the media that tasks produce.
package struct ResultSettings: Sendable {
  package var save = true
  /// Hosts that media is fetched from. A host named here may also be a private address.
  package var allowHosts = [
    HostName("tempfile.aiquickdraw.com"), HostName("file.aiquickdraw.com"), HostName("tempfile.redpandaai.co"),
  ]
  /// The largest file that is saved.
  package var maxBytes = ByteCount(2 << 30)
}

/// What may be spent, in the provider's credits.
package struct SpendingSettings: Sendable {
  /// How many tasks may run at the same time.
  package var maxRunning = 100
  /// The most that may be charged in a day.
  package var dailyCap: Double?
  /// Nothing is submitted while the balance is below this.
  package var balanceFloor: Double?
}

/// Telling the user's own app about tasks that ended.
package struct HandoffSettings: Sendable {
  package var url: WebURL?
  /// The secrets that hand-offs are signed with, newest first.
  package var secrets: [Secret] = []
  /// A program that is started with each hand-off.
  package var command: String?
}

/// Bounds on what a peer may ask of the listeners.
package struct LimitSettings: Sendable {
  package var bodyBytes = ByteCount(1 << 20)
  package var headBytes = ByteCount(16 << 10)
  package var fields = 100
  package var connections = 10_000
  package var headDeadline = Duration.seconds(10)
  package var bodyDeadline = Duration.seconds(15)
  package var idleDeadline = Duration.seconds(75)
}

/// The log.
package struct LogSettings: Sendable {
  package var level = Logger.Level.info
  package var format = LogFormat.json
}

/// How a log line looks.
package enum LogFormat: String, Sendable, CaseIterable {
  case json, text
}
