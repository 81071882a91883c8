// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import HTTPClient
import Logging
import Receiver

/// `hookledger serve`
struct ServeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "serve",
    abstract: "Run the receiver, the local API and the submitter.",
    discussion: """
      The public listener takes callbacks and nothing else; the local API is on a \
      listener of its own. SIGTERM and SIGINT finish what is under way, SIGHUP \
      reads the config file and the secrets again.

        HOOKLEDGER_HMAC_KEYS_FILE=keys.txt hookledger serve --public-url https://hooks.example.com
      """)

  @Option(
    help: ArgumentHelp(
      "How many times as fast as usual the provider is: the --speed of 'hookledger simulate'.", valueName: "factor"))
  var providerSpeed = 1.0

  @OptionGroup(title: "Settings") var options: SettingsOptions

  func validate() throws {
    guard providerSpeed > 0, providerSpeed.isFinite else { throw ValidationError("--provider-speed must be above 0") }
  }

  func run() throws {
    let settings = try load()
    let logger = Logger(settings.log)
    do {
      try ReceiverServer.run(
        settings: settings, logger: logger, providerSpeed: providerSpeed, reload: { reload(logger) }
      ) { open, local in
        logger.info("listening", metadata: ["public": "\(open)", "api": "\(local)"])
      }
    } catch {
      throw CommandError("the server does not start: \(error)")
    }
  }

  /// A real provider's limits would be overrun at another pace than its own.
  private func load() throws(CommandError) -> Settings {
    let settings = try options.load()
    guard providerSpeed == 1 || HTTPURL(settings.provider.url.description)?.isLoopback == true else {
      throw CommandError("--provider-speed is for a simulator: provider.url must be a loopback address")
    }
    return settings
  }

  /// A bad new file keeps the old settings, and says so.
  private func reload(_ logger: Logger) -> Settings? {
    do throws(CommandError) {
      let settings = try load()
      logger.notice("settings read again")
      return settings
    } catch {
      for line in error.lines {
        logger.error("settings not read again, the old ones stay", metadata: ["reason": "\(line)"])
      }
      return nil
    }
  }
}

extension Logger {
  /// Lines on standard error, in the format and from the level that are set.
  init(_ settings: LogSettings) {
    self.init(label: "hookledger") { _ in
      LineLogHandler(format: settings.format, level: settings.level) { Console.standard.writeError($0) }
    }
  }
}
