// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import JSON
import Receiver

/// `hookledger verify`
struct VerifyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Check a callback's signature and say which part is wrong: key, timestamp, task id or encoding.",
    discussion: """
      Exit status 0 if the signature is good, 1 if not. For an old callback widen \
      the tolerance.

        hookledger verify --body callback.json --timestamp 1760000300 \\
          --signature npI+1GHrSswawXbtQ6MWR/uCy9EC8HnFD/YCIdNA5uI= \\
          --hmac-key-file key.txt --tolerance 36500d
      """)

  @OptionGroup var task: SignedTaskOptions

  @Option(help: ArgumentHelp("The X-Webhook-Timestamp header.", valueName: "seconds"))
  var timestamp: String

  @Option(help: ArgumentHelp("The X-Webhook-Signature header.", valueName: "text"))
  var signature: String

  @Option(
    help: ArgumentHelp(
      "How far the timestamp may lie from now. (default: callbacks.tolerance of the settings)", valueName: "duration"),
    transform: duration)
  var tolerance: Duration?

  @OptionGroup var keys: KeyOptions
  @OptionGroup var output: OutputOptions

  func run() throws {
    let settings = try keys.settings()
    let claim = SignatureClaim(taskID: try task.id(), timestamp: timestamp, signature: signature)
    let diagnosis = SignatureDiagnosis(
      of: claim, keys: settings.callbacks.hmacKeys, tolerance: tolerance ?? settings.callbacks.tolerance)
    switch output.format {
    case .json: Console.standard.show(diagnosis.json)
    case .table: Console.standard.show(diagnosis.table)
    }
    guard diagnosis.isValid else {
      let failed = diagnosis.findings.filter { $0.verdict == .failed }
      throw CommandError(.failed, lines: failed.map { "\($0.part.rawValue): \($0.message)" })
    }
  }
}

extension SignatureDiagnosis {
  fileprivate var table: TextTable {
    TextTable(
      header: ["PART", "VERDICT", "WHY"], rows: findings.map { [$0.part.rawValue, $0.verdict.rawValue, $0.message] })
  }

  fileprivate var json: JSON {
    let parts = findings.map { finding in
      JSON.object([
        "part": .string(finding.part.rawValue), "verdict": .string(finding.verdict.rawValue),
        "message": .string(finding.message),
      ])
    }
    return ["valid": .bool(isValid), "parts": .array(parts)]
  }
}
