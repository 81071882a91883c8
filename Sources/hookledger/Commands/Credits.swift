// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Receiver

/// `hookledger credits`
struct CreditsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "credits", abstract: "Show the balance of the provider's account.")

  @OptionGroup var server: ServerOptions
  @OptionGroup var output: OutputOptions

  func run() async throws {
    let answer = try await server.api().get(["credits"], timeout: .seconds(120))
    output.show(answer.json, as: TextTable.init(members:))
  }
}
