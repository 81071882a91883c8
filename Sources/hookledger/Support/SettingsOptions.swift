// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Receiver

/// The flags of every command that runs or inspects a server: the config file, and one flag for each setting.
///
/// A secret has no flag, as process lists show the command line; it has one that names a file.
struct SettingsOptions: ParsableArguments {
  @Option(help: ArgumentHelp("A JSON file with settings.", valueName: "file"))
  var config: String?

  @Option(help: about("public-listen")) var publicListen: String?
  @Option(help: about("public-url")) var publicUrl: String?
  @Option(help: about("public-tls-certificate")) var publicTlsCertificate: String?
  @Option(help: about("public-tls-private-key")) var publicTlsPrivateKey: String?
  @Option(help: about("api-listen")) var apiListen: String?
  @Option(help: about("api-token-file")) var apiTokenFile: String?
  @Option(help: about("callbacks-hmac-keys-file")) var callbacksHmacKeysFile: String?
  @Option(help: about("callbacks-allow-unsigned")) var callbacksAllowUnsigned: String?
  @Option(help: about("callbacks-tolerance")) var callbacksTolerance: String?
  @Option(help: about("provider-url")) var providerUrl: String?
  @Option(help: about("provider-api-key-file")) var providerApiKeyFile: String?
  @Option(help: about("provider-upload-url")) var providerUploadUrl: String?
  @Option(help: about("data-directory")) var dataDirectory: String?
  @Option(help: about("results-save")) var resultsSave: String?
  @Option(help: about("results-allow-hosts")) var resultsAllowHosts: String?
  @Option(help: about("results-max-bytes")) var resultsMaxBytes: String?
  @Option(help: about("spending-max-running")) var spendingMaxRunning: String?
  @Option(help: about("spending-daily-cap")) var spendingDailyCap: String?
  @Option(help: about("spending-balance-floor")) var spendingBalanceFloor: String?
  @Option(help: about("handoff-url")) var handoffUrl: String?
  @Option(help: about("handoff-secrets-file")) var handoffSecretsFile: String?
  @Option(help: about("handoff-command")) var handoffCommand: String?
  @Option(help: about("limits-body-bytes")) var limitsBodyBytes: String?
  @Option(help: about("limits-head-bytes")) var limitsHeadBytes: String?
  @Option(help: about("limits-fields")) var limitsFields: String?
  @Option(help: about("limits-connections")) var limitsConnections: String?
  @Option(help: about("limits-head-deadline")) var limitsHeadDeadline: String?
  @Option(help: about("limits-body-deadline")) var limitsBodyDeadline: String?
  @Option(help: about("limits-idle-deadline")) var limitsIdleDeadline: String?
  @Option(help: about("log-level")) var logLevel: String?
  @Option(help: about("log-format")) var logFormat: String?

  /// The flags that were given, by their names.
  var flags: [String: String] {
    let all: KeyValuePairs<String, String?> = [
      "public-listen": publicListen, "public-url": publicUrl, "public-tls-certificate": publicTlsCertificate,
      "public-tls-private-key": publicTlsPrivateKey, "api-listen": apiListen, "api-token-file": apiTokenFile,
      "callbacks-hmac-keys-file": callbacksHmacKeysFile, "callbacks-allow-unsigned": callbacksAllowUnsigned,
      "callbacks-tolerance": callbacksTolerance, "provider-url": providerUrl,
      "provider-api-key-file": providerApiKeyFile, "provider-upload-url": providerUploadUrl,
      "data-directory": dataDirectory, "results-save": resultsSave, "results-allow-hosts": resultsAllowHosts,
      "results-max-bytes": resultsMaxBytes, "spending-max-running": spendingMaxRunning,
      "spending-daily-cap": spendingDailyCap, "spending-balance-floor": spendingBalanceFloor,
      "handoff-url": handoffUrl, "handoff-secrets-file": handoffSecretsFile, "handoff-command": handoffCommand,
      "limits-body-bytes": limitsBodyBytes, "limits-head-bytes": limitsHeadBytes, "limits-fields": limitsFields,
      "limits-connections": limitsConnections, "limits-head-deadline": limitsHeadDeadline,
      "limits-body-deadline": limitsBodyDeadline, "limits-idle-deadline": limitsIdleDeadline,
      "log-level": logLevel, "log-format": logFormat,
    ]
    return Dictionary(uniqueKeysWithValues: all.compactMap { name, value in value.map { (name, $0) } })
  }

  /// Reads every layer anew: at start, and again on SIGHUP.
  func load(_ purpose: SettingsLoader.Purpose = .server) throws(CommandError) -> Settings {
    try loadSettings(config: config, flags: flags, purpose)
  }
}

/// The help of a setting's flag, from the table of settings.
private func about(_ flag: String) -> ArgumentHelp {
  guard let setting = Setting.all.first(where: { $0.flag == flag }) else {
    preconditionFailure("--\(flag) belongs to no setting")
  }
  let value = Settings().listing.first { $0.setting.key == setting.key }.map { TextTable.cell($0.value) } ?? "-"
  let initial = value == "-" ? "" : "; default: \(value)"
  let subject = setting.isSecret ? "file with the \(setting.summary)" : setting.summary
  return ArgumentHelp(
    "\(subject.prefix(1).uppercased())\(subject.dropFirst()). (\(setting.environment)\(initial))",
    valueName: setting.isSecret ? "file" : "value")
}

/// Reads the settings from the config file, the environment and the flags; all problems end up in one error.
func loadSettings(
  config: String?, flags: [String: String], _ purpose: SettingsLoader.Purpose
) throws(CommandError) -> Settings {
  var file: SettingsFile?
  if let config {
    do throws(System.Failure) {
      file = SettingsFile(path: config, bytes: try System.readFile(config))
    } catch {
      throw CommandError("cannot read \(config): \(error)")
    }
  }
  let result = SettingsLoader.load(
    file: file, environment: Console.standard.environment, flags: flags, purpose: purpose,
    isTerminal: Console.standard.errors.isInteractive, readFile: { try System.readFile($0) })
  switch result {
  case .success(let settings): return settings
  case .failure(let errors):
    throw CommandError(errors.concernFlagsOnly ? .usage : .failed, lines: errors.problems.map(\.description))
  }
}

extension SettingsErrors {
  /// Whether the command line alone is to blame.
  fileprivate var concernFlagsOnly: Bool {
    problems.allSatisfy { problem in
      if case .flag = problem.origin { true } else { false }
    }
  }
}
