// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import HTTPClient
import Receiver

/// How to reach a running server: its settings tell, unless a flag says otherwise.
struct ServerOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Address of the local API, http://127.0.0.1:8081 for instance. (default: from api.listen)", valueName: "url"))
  var server: String?

  @Option(help: ArgumentHelp("A file with the API token. (default: api.token of the settings)", valueName: "file"))
  var tokenFile: String?

  @Option(help: ArgumentHelp("The server's JSON file with settings.", valueName: "file"))
  var config: String?

  /// The API under the address and with the token that were found.
  func api() throws(CommandError) -> LocalAPI {
    let flags = tokenFile.map { ["api-token-file": $0] } ?? [:]
    let settings = try loadSettings(config: config, flags: flags, .client)
    let base = try address(settings)
    do throws(HTTPClientError) {
      return LocalAPI(
        base: base, authorization: settings.apiAuthorization,
        client: try HTTPClient(HTTPClientConfiguration(userAgent: "hookledger/\(hookledgerVersion)")))
    } catch {
      throw CommandError("\(error)")
    }
  }

  private func address(_ settings: Settings) throws(CommandError) -> String {
    guard let server else { return "http://\(settings.api.listen.local)" }
    do throws(SettingValueError) {
      return try WebURL.parse(server).description
    } catch {
      throw CommandError("--server: \(error.message)", status: .usage)
    }
  }
}
