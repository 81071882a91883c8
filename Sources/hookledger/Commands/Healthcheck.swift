// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Receiver

/// `hookledger healthcheck`
struct HealthcheckCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "healthcheck",
    abstract: "Exit with status 0 if the running server is ready.",
    discussion: """
      For container images that have no curl. Nothing is printed if all is well.

        HEALTHCHECK CMD ["hookledger", "healthcheck"]
      """)

  @OptionGroup var server: ServerOptions

  func run() async throws {
    let (status, text) = try await server.api().probe("/readyz")
    guard status == 200 else {
      throw CommandError("the server is not ready (HTTP status \(status)): \(text.withoutControls)")
    }
  }
}
