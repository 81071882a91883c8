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
  /// `nil` from it keeps what is in use. Listens on the sockets that the service manager hands over, if it does, and
  /// tells it how things stand.
  ///
  /// - Parameters:
  ///   - providerSpeed: how many times as fast as usual the provider is, more than 0; other than 1 for a simulator only.
  ///   - ready: told the two addresses once both listeners are open.
  package static func run(
    settings: Settings, logger: Logger, providerSpeed: Double, reload: @escaping () -> Settings?,
    ready: (_ public: SocketAddress, _ api: SocketAddress) -> Void
  ) throws {
    // Before anything is opened: the manager's descriptors must be what they were.
    let sockets = try InheritedSocket.inherited()
    // Before any thread starts: each inherits what is blocked, and takes the heap that there is for it.
    ProgramMemory.shareHeap()
    Signals.block([SIGTERM, SIGINT, SIGHUP])
    // A log that nobody reads, and a limit on file sizes, are errors of the call that meets them, and no end.
    Signals.ignore([SIGPIPE, SIGXFSZ])
    let manager = ServiceManager(logger)
    let loop = try Loop()
    let clock = providerSpeed == 1 ? SubmitterClock.system : .running(speed: providerSpeed)
    let service = try ReceiverService(
      loop: loop, settings: settings, logger: logger, clock: clock, descriptors: DescriptorLimit.raise(),
      sockets: sockets)
    var isStopping = false
    let signals = try Signals(loop: loop, [SIGTERM, SIGINT, SIGHUP]) { signal in
      switch signal {
      case SIGHUP:
        manager.tell(.reloading(since: loop.clock.monotonic()))
        if let settings = reload() { service.use(settings) }
        manager.tell(.ready)
      default:
        manager.tell(.stopping)
        service.stop(within: isStopping ? .zero : stopTime) { loop.stop() }
        isStopping = true
      }
    }
    ready(service.publicAddress, service.apiAddress)
    // On the thread that serves: when that is stuck, the manager does not hear of it any more and starts another.
    if let limit = manager.watchdog { loop.after(limit / 2, repeating: true) { manager.tell(.alive) } }
    manager.tell(.ready, status: "callbacks on \(service.publicAddress), local API on \(service.apiAddress)")
    ProgramMemory.releaseCode()
    try loop.run()
    signals.close()
  }
}

/// The service manager, where there is one.
private struct ServiceManager {
  /// How long it waits for a word that this process is alive, if it does.
  let watchdog = Notifier.inheritedWatchdog()
  private let notifier = Notifier.inherited()
  private let logger: Logger

  init(_ logger: Logger) {
    self.logger = logger
  }

  /// A manager that cannot be told is its own trouble, and worth a line.
  func tell(_ state: Notifier.State, status: String? = nil) {
    do {
      try notifier?.notify(state, status: status)
    } catch {
      logger.warning("the service manager could not be told", metadata: ["reason": "\(error)"])
    }
  }
}
