// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import JSON
import Ledger
import Receiver

/// `hookledger ledger`
struct LedgerCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ledger",
    abstract: "Check the data folder, or rebuild what follows from the journal.",
    discussion: "For a data folder that no server has open.",
    subcommands: [LedgerCheckCommand.self, LedgerRebuildCommand.self])
}

/// `hookledger ledger check`
struct LedgerCheckCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Verify every checksum and hold each task's file against the journal.",
    discussion: """
      Changes nothing. Exit status 1 if anything is wrong that does not mend itself \
      at the next start.

        hookledger ledger check --data-directory /data
      """)

  @OptionGroup var folder: DataFolderOptions
  @OptionGroup var output: OutputOptions

  func run() throws {
    let directory = try folder.directory()
    let findings: LedgerFindings
    do throws(LedgerError) {
      findings = try Ledger.check(directory)
    } catch {
      throw CommandError("\(error)")
    }
    let report: JSON = [
      "entries": JSON(findings.entries), "tasks": JSON(findings.tasks), "tornBytes": JSON(findings.tornBytes),
      "staleFiles": JSON(findings.staleFiles), "faults": .array(findings.faults.map { .string($0) }),
    ]
    output.show(report, as: TextTable.init(members:))
    guard findings.faults.isEmpty else { throw CommandError(.failed, lines: findings.faults) }
  }
}

/// `hookledger ledger rebuild`
struct LedgerRebuildCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rebuild",
    abstract: "Write all task files and the index anew from the journal.",
    discussion: "  hookledger ledger rebuild --data-directory /data")

  @OptionGroup var folder: DataFolderOptions

  func run() throws {
    let directory = try folder.directory()
    do throws(LedgerError) {
      let count = try Ledger.rebuild(directory)
      Console.standard.write("\(count) task \(count == 1 ? "file" : "files") written\n")
    } catch {
      throw CommandError("\(error)")
    }
  }
}

/// Which data folder.
struct DataFolderOptions: ParsableArguments {
  @Option(help: ArgumentHelp("The server's JSON file with settings.", valueName: "file"))
  var config: String?

  @Option(help: ArgumentHelp("The data folder. (default: from data.directory)", valueName: "folder"))
  var dataDirectory: String?

  func directory() throws(CommandError) -> String {
    let flags = dataDirectory.map { ["data-directory": $0] } ?? [:]
    return try loadSettings(config: config, flags: flags, .inspection).data.directory
  }
}
