// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import JSON
import Receiver

/// `hookledger sign`
struct SignCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sign",
    abstract: "Make the signature that the provider would send with a callback.",
    discussion: """
      Signed is 'taskId.timestamp', not the body. As a table the two header lines are printed.

        hookledger sign --task-id 0123456789abcdef --hmac-key test-hmac-key
        hookledger sign --body callback.json --output table > headers.txt
        curl -H @headers.txt -d @callback.json http://127.0.0.1:8080/callbacks
      """)

  @OptionGroup var task: SignedTaskOptions

  @Option(help: ArgumentHelp("Seconds since 1970. (default: now)", valueName: "seconds"))
  var timestamp: String?

  @OptionGroup var keys: KeyOptions
  @OptionGroup var output: OutputOptions

  func run() throws {
    let key = try keys.settings().callbacks.hmacKeys[0]
    let claim = SignatureClaim(signing: try task.id(), timestamp: timestamp, key: key)
    switch output.format {
    case .json:
      Console.standard.show(
        [
          "taskId": .string(claim.taskID), "timestamp": .string(claim.timestamp),
          "signature": .string(claim.signature),
        ])
    case .table:
      Console.standard.write("X-Webhook-Timestamp: \(claim.timestamp)\nX-Webhook-Signature: \(claim.signature)\n")
    }
  }
}
