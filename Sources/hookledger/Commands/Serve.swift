// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
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

  @OptionGroup(title: "Settings") var options: SettingsOptions

  func run() throws {
    let settings = try options.load()
    let logger = Logger(settings.log)
    do {
      try ReceiverServer.run(settings: settings, logger: logger, reload: { reload(logger) }) { open, local in
        logger.info("listening", metadata: ["public": "\(open)", "api": "\(local)"])
      }
    } catch {
      throw CommandError("the server does not start: \(error)")
    }
  }

  /// A bad new file keeps the old settings, and says so.
  private func reload(_ logger: Logger) -> Settings? {
    do throws(CommandError) {
      let settings = try options.load()
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
