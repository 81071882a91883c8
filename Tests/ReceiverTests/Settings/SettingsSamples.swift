// SPDX-License-Identifier: Apache-2.0

import JSON
import Provider
import Receiver
import Testing

/// Three different values for one setting, and how to see which of them arrived.
struct SettingSample: Sendable, CustomTestStringConvertible {
  let key: String
  /// As the file has it.
  let file: JSON
  /// As the environment has it.
  let environment: String
  /// As the flag has it; for a secret the content of the file that the flag names.
  let flag: String
  /// The values of file, environment and flag as `read` gives them.
  let expected: [String]
  let read: @Sendable (Settings) -> String

  init(
    _ key: String, _ file: JSON, _ environment: String, _ flag: String, expect expected: [String]? = nil,
    _ read: @escaping @Sendable (Settings) -> String
  ) {
    self.key = key
    self.file = file
    self.environment = environment
    self.flag = flag
    self.expected = expected ?? [file.string ?? file.description, environment, flag]
    self.read = read
  }

  var testDescription: String { key }

  static let all: [SettingSample] = [
    SettingSample("public.listen", "10.0.0.1:1", "10.0.0.2:2", "[::3]:3") { "\($0.public.listen)" },
    SettingSample("public.url", "https://a.test/x", "https://b.test", "http://c.test:81") { text($0.public.url) },
    SettingSample("public.tls.certificate", "a.pem", "b.pem", "c.pem") { text($0.public.tls.certificate) },
    SettingSample("public.tls.privateKey", "a.key", "b.key", "c.key") { text($0.public.tls.privateKey) },
    SettingSample("api.listen", "127.0.0.1:1", "127.0.0.1:2", "127.0.0.1:3") { "\($0.api.listen)" },
    SettingSample("api.token", "token-a", "token-b", "token-c") { $0.api.token?.reveal() ?? "" },
    SettingSample(
      "callbacks.hmacKeys", ["key-a", "key-b"], "key-c, key-d", "key-e",
      expect: ["key-a,key-b", "key-c,key-d", "key-e"]
    ) { $0.callbacks.hmacKeys.map { $0.reveal() }.joined(separator: ",") },
    SettingSample("callbacks.allowUnsigned", true, "false", "true") { "\($0.callbacks.allowUnsigned)" },
    SettingSample("callbacks.tolerance", "1m30s", "2s", "500ms", expect: ["90s", "2s", "500ms"]) {
      $0.callbacks.tolerance.settingText
    },
    SettingSample("provider.url", "http://127.0.0.1:1", "http://127.0.0.1:2", "http://127.0.0.1:3") {
      "\($0.provider.url)"
    },
    SettingSample("provider.apiKey", "api-key-a", "api-key-b", "api-key-c") { $0.provider.apiKey?.reveal() ?? "" },
    SettingSample("provider.uploadUrl", "http://u.test:1", "http://u.test:2", "http://u.test:3") {
      "\($0.provider.uploadURL)"
    },
    SettingSample("data.directory", "/a", "/b", "c d") { $0.data.directory },
    SettingSample("results.save", false, "true", "false") { "\($0.results.save)" },
    SettingSample(
      "results.allowHosts", ["a.test", "127.0.0.1"], "B.test,::1", "c.test",
      expect: ["a.test,127.0.0.1", "b.test,::1", "c.test"]
    ) { $0.results.allowHosts.map(\.description).joined(separator: ",") },
    SettingSample("results.maxBytes", 4096, "3KiB", "2 GiB", expect: ["4 KiB", "3 KiB", "2 GiB"]) {
      "\($0.results.maxBytes)"
    },
    SettingSample("spending.maxRunning", 1, "2", "3") { "\($0.spending.maxRunning)" },
    SettingSample("spending.dailyCap", 1.5, "2.25", "3", expect: ["1.5", "2.25", "3.0"]) {
      text($0.spending.dailyCap)
    },
    SettingSample("spending.balanceFloor", 10, "20.5", "0", expect: ["10.0", "20.5", "0.0"]) {
      text($0.spending.balanceFloor)
    },
    SettingSample("handoff.url", "http://a.test/h?k=1", "http://b.test/h", "http://c.test/h") { text($0.handoff.url) },
    SettingSample(
      "handoff.secrets", ["hand-a"], "hand-b,hand-c", "hand-d", expect: ["hand-a", "hand-b,hand-c", "hand-d"]
    ) { $0.handoff.secrets.map { $0.reveal() }.joined(separator: ",") },
    SettingSample("handoff.command", "/bin/a", "/bin/b", "/bin/c") { text($0.handoff.command) },
    SettingSample("limits.bodyBytes", "2MiB", "1000", "1kB", expect: ["2 MiB", "1000", "1000"]) {
      "\($0.limits.bodyBytes)"
    },
    SettingSample("limits.headBytes", "8 KiB", "9KiB", "10KiB", expect: ["8 KiB", "9 KiB", "10 KiB"]) {
      "\($0.limits.headBytes)"
    },
    SettingSample("limits.fields", 7, "8", "9") { "\($0.limits.fields)" },
    SettingSample("limits.connections", 7, "8", "9") { "\($0.limits.connections)" },
    SettingSample("limits.headDeadline", "1s", "2s", "3s") { $0.limits.headDeadline.settingText },
    SettingSample("limits.bodyDeadline", "1s", "2s", "3s") { $0.limits.bodyDeadline.settingText },
    SettingSample("limits.idleDeadline", "1s", "2s", "3s") { $0.limits.idleDeadline.settingText },
    SettingSample("log.level", "debug", "error", "trace") { "\($0.log.level)" },
    SettingSample("log.format", "text", "json", "text") { $0.log.format.rawValue },
  ]
}

private func text(_ value: (some CustomStringConvertible)?) -> String {
  value.map(\.description) ?? "none"
}

/// A server's settings that nothing is wrong with, to put other values beside.
let validEnvironment = ["HOOKLEDGER_HMAC_KEYS": "test-hmac-key"]

/// Loads without any file to read.
func load(
  file: JSON? = nil, environment: [String: String] = validEnvironment, flags: [String: String] = [:],
  purpose: SettingsLoader.Purpose = .server, isTerminal: Bool = false, secretFiles: [String: [UInt8]] = [:]
) -> Result<Settings, SettingsErrors> {
  SettingsLoader.load(
    file: file.map { SettingsFile(path: "test.json", bytes: $0.compact()) }, environment: environment, flags: flags,
    purpose: purpose, isTerminal: isTerminal, readFile: reader(of: secretFiles))
}

struct NoSuchFile: Error, CustomStringConvertible {
  let description = "no such file"
}

func reader(of files: [String: [UInt8]]) -> (String) throws -> [UInt8] {
  { path in
    guard let bytes = files[path] else { throw NoSuchFile() }
    return bytes
  }
}

extension Result where Success == Settings, Failure == SettingsErrors {
  /// The lines of the problems; empty for settings that are fine.
  var problems: [String] {
    switch self {
    case .success: []
    case .failure(let errors): errors.problems.map(\.description)
    }
  }
}
