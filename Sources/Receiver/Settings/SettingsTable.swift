// SPDX-License-Identifier: Apache-2.0

import JSON
import Provider

/// One row of the table of settings: its names, and how its value is read, checked and shown.
package struct Setting: Sendable {
  /// The key in the config file, `callbacks.tolerance`.
  package let key: String
  /// The environment variable.
  package let environment: String
  /// A variable of the platform that counts when `environment` is not set.
  package let platformEnvironment: String?
  /// What it is, in one line.
  package let summary: String
  /// Whether the value is masked and may be given as a file.
  package let isSecret: Bool

  let assignText: @Sendable (String, inout Settings) throws(SettingValueError) -> Void
  let assignJSON: @Sendable (JSON, inout Settings) throws(SettingValueError) -> Void
  /// The value as `config print` shows it.
  let show: @Sendable (Settings) -> JSON

  init<Value: SettingValue>(
    _ key: String, _ path: any WritableKeyPath<Settings, Value> & Sendable, _ summary: String,
    environment: String? = nil, platformEnvironment: String? = nil,
    check: (@Sendable (Value) throws(SettingValueError) -> Void)? = nil
  ) {
    self.key = key
    self.environment = "HOOKLEDGER_" + (environment ?? words(of: key, separator: "_").uppercased())
    self.platformEnvironment = platformEnvironment
    self.summary = summary
    isSecret = Value.isSecret
    assignText = { text, settings throws(SettingValueError) in
      let value = try Value.parse(text)
      try check?(value)
      settings[keyPath: path] = value
    }
    assignJSON = { json, settings throws(SettingValueError) in
      let value = try Value.read(json)
      try check?(value)
      settings[keyPath: path] = value
    }
    show = { settings in settings[keyPath: path].shown }
  }

  /// The variable that names a file with the value; for secrets only.
  package var fileEnvironment: String? { isSecret ? environment + "_FILE" : nil }

  /// The command-line flag without its dashes: `callbacks-tolerance`; for a secret it names a file, as a command line is public.
  package var flag: String { words(of: key, separator: "-") + (isSecret ? "-file" : "") }
}

extension Setting {
  /// Every setting, in the order in which they are listed and reported.
  package static let all: [Setting] = [
    Setting(
      "public.listen", \.public.listen, "address and port of the listener for callbacks", platformEnvironment: "PORT"),
    Setting("public.url", \.public.url, "address under which the provider reaches it", check: withoutQuery),
    Setting(
      "public.tls.certificate", \.public.tls.certificate, "PEM file with the certificate chain",
      environment: "TLS_CERTIFICATE"),
    Setting(
      "public.tls.privateKey", \.public.tls.privateKey, "PEM file with the private key", environment: "TLS_PRIVATE_KEY"
    ),
    Setting("api.listen", \.api.listen, "address and port of the local API"),
    Setting("api.token", \.api.token, "bearer token of the local API", check: bearerToken),
    Setting(
      "callbacks.hmacKeys", \.callbacks.hmacKeys, "keys of the provider's signatures, newest first",
      environment: "HMAC_KEYS"),
    Setting(
      "callbacks.allowUnsigned", \.callbacks.allowUnsigned, "count unsigned callbacks on per-task addresses",
      environment: "ALLOW_UNSIGNED"),
    Setting(
      "callbacks.tolerance", \.callbacks.tolerance, "how far a signature's time may lie from now",
      environment: "TOLERANCE", check: positive),
    Setting("provider.url", \.provider.url, "the provider's API", check: withoutQuery),
    Setting("provider.apiKey", \.provider.apiKey, "key of the provider's API", check: bearerToken),
    Setting("provider.uploadUrl", \.provider.uploadURL, "the provider's upload API", check: withoutQuery),
    Setting("data.directory", \.data.directory, "folder of the journal and the task files", environment: "DATA_DIR"),
    Setting("results.save", \.results.save, "save the media of finished tasks"),
    Setting("results.allowHosts", \.results.allowHosts, "hosts that media is fetched from"),
    Setting("results.maxBytes", \.results.maxBytes, "largest media file that is saved", check: positive),
    Setting("spending.maxRunning", \.spending.maxRunning, "tasks running at the same time", check: positive),
    Setting("spending.dailyCap", \.spending.dailyCap, "credits charged in a day"),
    Setting("spending.balanceFloor", \.spending.balanceFloor, "credits below which nothing is submitted"),
    Setting("handoff.url", \.handoff.url, "address of your app that hears of finished tasks"),
    Setting("handoff.secrets", \.handoff.secrets, "secrets that hand-offs are signed with, newest first"),
    Setting("handoff.command", \.handoff.command, "program that is run with each hand-off"),
    Setting("limits.bodyBytes", \.limits.bodyBytes, "largest request body", check: positive),
    Setting("limits.headBytes", \.limits.headBytes, "largest request head", check: positive),
    Setting("limits.fields", \.limits.fields, "header fields in a request", check: positive),
    Setting("limits.connections", \.limits.connections, "connections at the same time", check: positive),
    Setting("limits.headDeadline", \.limits.headDeadline, "time to send a request head", check: positive),
    Setting("limits.bodyDeadline", \.limits.bodyDeadline, "time to send a request body", check: positive),
    Setting(
      "limits.idleDeadline", \.limits.idleDeadline, "time a connection may idle between requests", check: positive),
    Setting("log.level", \.log.level, "least severe level that is logged"),
    Setting("log.format", \.log.format, "json or text"),
  ]
}

/// `limits.bodyBytes` as `limits_body_bytes` or `limits-body-bytes`.
private func words(of key: String, separator: Character) -> String {
  var text = ""
  for character in key {
    if character == "." {
      text.append(separator)
    } else if character.isUppercase {
      text.append(separator)
      text.append(contentsOf: character.lowercased())
    } else {
      text.append(character)
    }
  }
  return text
}

@Sendable private func positive(_ value: Int) throws(SettingValueError) {
  guard value > 0 else { throw SettingValueError("must be more than 0") }
}

@Sendable private func positive(_ value: ByteCount) throws(SettingValueError) {
  guard value.bytes > 0 else { throw SettingValueError("must be more than 0") }
}

@Sendable private func positive(_ value: Duration) throws(SettingValueError) {
  guard value > .zero else { throw SettingValueError("must be more than 0s") }
}

/// Paths are appended to these addresses.
@Sendable private func withoutQuery(_ value: WebURL) throws(SettingValueError) {
  guard value.query == nil else { throw SettingValueError("must not have a query (?…)") }
}

@Sendable private func withoutQuery(_ value: WebURL?) throws(SettingValueError) {
  if let value { try withoutQuery(value) }
}

/// The characters of RFC 6750's `b64token`, widened to all that a field value may hold without blanks.
@Sendable private func bearerToken(_ value: Secret?) throws(SettingValueError) {
  guard value?.reveal().utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }) ?? true else {
    throw SettingValueError("must be visible ASCII without blanks: it is sent in a header field")
  }
}
