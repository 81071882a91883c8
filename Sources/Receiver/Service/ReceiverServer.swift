// SPDX-License-Identifier: Apache-2.0

internal import Glibc
package import Logging
package import Reactor
internal import Submitter

/// The server as a process: the service on the calling thread's loop, and the signals that steer it.
package enum ReceiverServer {
  /// How long a stop may take; below the 30 s that container engines and Kubernetes allow.
  private static let stopTime = Duration.seconds(20)

  /// Runs until SIGTERM or SIGINT, which finish what is under way; a second one hurries. SIGHUP calls `reload`, and a
  /// `nil` from it keeps what is in use.
  ///
  /// - Parameters:
  ///   - providerSpeed: how many times as fast as usual the provider is, more than 0; other than 1 for a simulator only.
  ///   - ready: told the two addresses once both listeners are open.
  package static func run(
    settings: Settings, logger: Logger, providerSpeed: Double, reload: @escaping () -> Settings?,
    ready: (_ public: SocketAddress, _ api: SocketAddress) -> Void
  ) throws {
    // Before any thread starts: each inherits what is blocked.
    Signals.block([SIGTERM, SIGINT, SIGHUP])
    let loop = try Loop()
    let clock = providerSpeed == 1 ? SubmitterClock.system : .running(speed: providerSpeed)
    let service = try ReceiverService(loop: loop, settings: settings, logger: logger, clock: clock)
    var isStopping = false
    let signals = try Signals(loop: loop, [SIGTERM, SIGINT, SIGHUP]) { signal in
      switch signal {
      case SIGHUP:
        if let settings = reload() { service.use(settings) }
      default:
        service.stop(within: isStopping ? .zero : stopTime) { loop.stop() }
        isStopping = true
      }
    }
    ready(service.publicAddress, service.apiAddress)
    try loop.run()
    signals.close()
  }
}
