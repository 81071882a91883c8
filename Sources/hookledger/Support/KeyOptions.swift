// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Receiver

/// Which HMAC keys to use offline: a flag, or those of the settings.
struct KeyOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The HMAC key. Process lists show it: for anything but a test key use --hmac-key-file or the settings.",
      valueName: "key"))
  var hmacKey: String?

  @Option(
    help: ArgumentHelp("A file with the HMAC keys, comma-separated, newest first.", valueName: "file"))
  var hmacKeyFile: String?

  @Option(help: ArgumentHelp("A JSON file with settings.", valueName: "file"))
  var config: String?

  func validate() throws {
    guard hmacKey == nil || hmacKeyFile == nil else {
      throw ValidationError("give --hmac-key or --hmac-key-file, not both")
    }
    guard hmacKey?.isEmpty != true else { throw ValidationError("--hmac-key must not be empty") }
  }

  /// The settings, with the keys from wherever they were given; there is at least one key.
  func settings() throws(CommandError) -> Settings {
    let flags = hmacKeyFile.map { ["callbacks-hmac-keys-file": $0] } ?? [:]
    var settings = try loadSettings(config: config, flags: flags, .inspection)
    if let hmacKey { settings.useOnly(hmacKey: hmacKey) }
    guard !settings.callbacks.hmacKeys.isEmpty else {
      throw CommandError("no HMAC key: set HOOKLEDGER_HMAC_KEYS, or give --hmac-key-file or --hmac-key", status: .usage)
    }
    return settings
  }
}

/// The task that a signature is about, named or found in a callback's body.
struct SignedTaskOptions: ParsableArguments {
  @Option(help: ArgumentHelp("The provider's task id.", valueName: "id"))
  var taskId: String?

  @Option(
    help: ArgumentHelp(
      "A file with the callback's body, - for standard input: the task id is in it.", valueName: "file"))
  var body: String?

  func validate() throws {
    guard taskId != nil || body != nil else { throw ValidationError("give --task-id or --body") }
    guard taskId?.isEmpty != true else { throw ValidationError("--task-id must not be empty") }
  }

  /// The one task id that option and body agree on.
  func id() throws(CommandError) -> String {
    var ids = taskId.map { [$0] } ?? []
    if let body {
      let found = try taskIDs(in: body)
      guard !found.isEmpty else { throw CommandError("task id: the body names no task") }
      ids += found.filter { $0 != taskId }
    }
    guard let id = ids.first, ids.count == 1 else {
      let list = ids.map(\.debugDescription).joined(separator: ", ")
      throw CommandError("task id: different ones are named: \(list)")
    }
    return id
  }

  private func taskIDs(in path: String) throws(CommandError) -> [String] {
    let bytes = try readBytes(path)
    guard let ids = try? SignatureClaim.taskIDs(in: bytes) else { throw CommandError("\(path) is not JSON") }
    return ids
  }
}
