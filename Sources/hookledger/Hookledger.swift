// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Receiver

/// The program: nothing but its commands.
struct Hookledger: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "hookledger",
    abstract: "Receives the callbacks of the kie.ai task API, submits tasks, and keeps a ledger of both.",
    discussion: """
      Exit status: 0 done, 1 failed, 2 usage, 3 refused by the provider, \
      4 task ended in failure, 5 timed out, 6 server not reachable.

      Every setting can be given in a JSON file (--config), in the environment or \
      as a flag; 'hookledger config print' lists them. Completion for your shell: \
      hookledger --generate-completion-script bash|zsh|fish
      """,
    version: hookledgerVersion,
    groupedSubcommands: [
      CommandGroup(
        name: "Tasks",
        subcommands: [
          SubmitCommand.self, TasksCommand.self, UploadCommand.self, CreditsCommand.self, CostsCommand.self,
        ]),
      CommandGroup(
        name: "Callbacks", subcommands: [RequestsCommand.self, SignCommand.self, VerifyCommand.self]),
      CommandGroup(
        name: "Operation",
        subcommands: [
          ServeCommand.self, DemoCommand.self, SimulateCommand.self, LedgerCommand.self, ConfigCommand.self,
          DoctorCommand.self, HealthcheckCommand.self,
        ]),
    ])
}
