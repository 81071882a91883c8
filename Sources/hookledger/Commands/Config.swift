// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Receiver

/// `hookledger config`
struct ConfigCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "config",
    abstract: "Check or show the settings.",
    discussion: """
      The last one given wins: built-in, --config FILE (JSON), environment, flag. \
      Every secret may also be in a file: its variable with _FILE behind the name, \
      or its flag, names it.
      """,
    subcommands: [ConfigCheckCommand.self, ConfigPrintCommand.self])
}

/// `hookledger config check`
struct ConfigCheckCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Tell whether a server would start with these settings; list everything that is wrong.",
    discussion: "  hookledger config check --config hookledger.json")

  @OptionGroup(title: "Settings") var settings: SettingsOptions

  func run() throws {
    _ = try settings.load()
    Console.standard.write("the settings are fine\n")
  }
}

/// `hookledger config print`
struct ConfigPrintCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "print",
    abstract: "Show every setting, its value (secrets as ***) and where it came from.",
    discussion: """
        hookledger config print --config hookledger.json
        HOOKLEDGER_TOLERANCE=1m hookledger config print --output table
      """)

  @OptionGroup(title: "Settings") var settings: SettingsOptions
  @OptionGroup var output: OutputOptions

  func run() throws {
    let loaded = try settings.load(.inspection)
    output.show(loaded.listingJSON) { _ in loaded.listingTable }
  }
}
