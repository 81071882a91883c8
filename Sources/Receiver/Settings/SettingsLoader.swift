// SPDX-License-Identifier: Apache-2.0

import JSON
import Provider

/// A config file as read: the bytes are JSON text, the path is for messages.
package struct SettingsFile: Sendable {
  package let path: String
  package let bytes: [UInt8]

  package init(path: String, bytes: [UInt8]) {
    self.path = path
    self.bytes = bytes
  }
}

/// Built-in < file < environment < flag, in one pure function; reloading is calling it again.
package enum SettingsLoader {
  /// What the settings are for.
  package enum Purpose: Sendable {
    /// Every problem counts, and so do the rules between settings.
    case server
    /// Each value must be right; the rules between them are left out.
    case inspection
    /// Only what leads to the local API counts: `api.*`.
    case client
  }

  /// Reads every layer and reports every problem at once.
  ///
  /// - Parameters:
  ///   - file: the config file, if one was named.
  ///   - environment: all variables; an empty value counts as not set.
  ///   - flags: values by flag name without dashes, as in ``Setting/flag``.
  ///   - isTerminal: whether the log goes to a terminal: `log.format` is then `text` unless set.
  ///   - readFile: reads a `NAME_FILE`; its error is shown in the message.
  package static func load(
    file: SettingsFile?, environment: [String: String], flags: [String: String], purpose: Purpose = .server,
    isTerminal: Bool = false, readFile: (String) throws -> [UInt8]
  ) -> Result<Settings, SettingsErrors> {
    var loading = SettingsLoading(isTerminal: isTerminal)
    if let file { loading.read(file) }
    for setting in Setting.all {
      loading.applyFile(setting)
      loading.apply(setting, environment: environment, readFile: readFile)
      loading.apply(setting, flags: flags, readFile: readFile)
    }
    loading.refuseUnknown(environment: environment, flags: flags)
    var problems = loading.problems
    switch purpose {
    case .server:
      // A file that could not be read may hold what seems to be missing.
      guard loading.isFileRead else { break }
      problems += loading.settings.serverProblems(without: Set(problems.compactMap(\.key)))
    case .inspection:
      break
    case .client:
      problems.removeAll { !$0.concernsClients }
    }
    return problems.isEmpty ? .success(loading.settings) : .failure(SettingsErrors(problems: problems))
  }
}

extension SettingsProblem {
  /// Whether a client cannot go on with it: it may hide the address or the token of the local API.
  fileprivate var concernsClients: Bool {
    if let key { return key.hasPrefix("api.") }
    if case .file = origin { return true }
    return false
  }
}

/// The state of one load: values so far and what was wrong with them.
private struct SettingsLoading {
  var settings = Settings()
  var problems: [SettingsProblem] = []
  private(set) var isFileRead = true
  private var fileValues: [String: JSON] = [:]
  private var fileOrigin = SettingOrigin.builtIn

  init(isTerminal: Bool) {
    if isTerminal { settings.log.format = .text }
  }

  // MARK: The file

  mutating func read(_ file: SettingsFile) {
    fileOrigin = .file(file.path)
    do throws(JSONError) {
      guard let object = try JSON.parse(file.bytes).object else {
        return refuseFile("must hold a JSON object")
      }
      collect(object, under: "")
    } catch {
      refuseFile("is not JSON: \(error)")
    }
  }

  private mutating func refuseFile(_ message: String) {
    isFileRead = false
    problems.append(SettingsProblem(origin: fileOrigin, key: nil, message: message))
  }

  private mutating func collect(_ object: JSONObject, under prefix: String) {
    for (name, value) in object {
      let key = prefix + name
      if Setting.all.contains(where: { $0.key == key }) {
        if fileValues.updateValue(value, forKey: key) != nil { refuse(key, fileOrigin, "is given twice") }
      } else if !Setting.all.contains(where: { $0.key.hasPrefix(key + ".") }) {
        refuse(key, fileOrigin, "there is no such setting")
      } else if let group = value.object {
        collect(group, under: key + ".")
      } else {
        refuse(key, fileOrigin, "must be an object")
      }
    }
  }

  mutating func applyFile(_ setting: Setting) {
    guard let json = fileValues[setting.key] else { return }
    assign(setting, fileOrigin) { settings throws(SettingValueError) in try setting.assignJSON(json, &settings) }
  }

  // MARK: The environment

  mutating func apply(
    _ setting: Setting, environment: [String: String], readFile: (String) throws -> [UInt8]
  ) {
    func value(of name: String?) -> (name: String, text: String)? {
      guard let name, let text = environment[name], !text.isEmpty else { return nil }
      return (name, text)
    }
    let direct = value(of: setting.environment)
    if let file = value(of: setting.fileEnvironment) {
      if direct != nil {
        refuse(setting.key, .environment(file.name), "\(setting.environment) is set as well: set one of the two")
      }
      applySecretFile(setting, path: file.text, .environment(file.name), readFile)
    } else if let (name, text) = direct ?? value(of: setting.platformEnvironment) {
      apply(setting, text: text, .environment(name))
    }
  }

  // MARK: The flags

  mutating func apply(_ setting: Setting, flags: [String: String], readFile: (String) throws -> [UInt8]) {
    guard let text = flags[setting.flag] else { return }
    if setting.isSecret {
      applySecretFile(setting, path: text, .flag(setting.flag), readFile)
    } else {
      apply(setting, text: text, .flag(setting.flag))
    }
  }

  // MARK: Names that nobody knows

  mutating func refuseUnknown(environment: [String: String], flags: [String: String]) {
    let known = Set(Setting.all.flatMap { [$0.environment, $0.fileEnvironment].compactMap(\.self) })
    for (name, value) in environment.sorted(by: { $0.key < $1.key })
    where name.hasPrefix("HOOKLEDGER_") && !known.contains(name) && !isServiceLink(name, value) {
      problems.append(SettingsProblem(origin: .environment(name), key: nil, message: "there is no such setting"))
    }
    for name in flags.keys.sorted() where !Setting.all.contains(where: { $0.flag == name }) {
      problems.append(SettingsProblem(origin: .flag(name), key: nil, message: "there is no such setting"))
    }
  }

  /// Kubernetes describes a service called `hookledger` to every container in variables of this form
  /// (kubernetes.io, "Service": environment variables).
  private func isServiceLink(_ name: String, _ value: String) -> Bool {
    name.hasPrefix("HOOKLEDGER_SERVICE_") || name.hasPrefix("HOOKLEDGER_PORT_")
      || (name == "HOOKLEDGER_PORT" && value.contains("://"))
  }

  // MARK: Values

  private mutating func apply(_ setting: Setting, text: String, _ origin: SettingOrigin) {
    assign(setting, origin) { settings throws(SettingValueError) in try setting.assignText(text, &settings) }
  }

  private mutating func applySecretFile(
    _ setting: Setting, path: String, _ origin: SettingOrigin, _ readFile: (String) throws -> [UInt8]
  ) {
    do {
      guard let text = String(validating: try readFile(path), as: UTF8.self) else {
        return refuse(setting.key, origin, "\(path) does not hold UTF-8 text")
      }
      apply(setting, text: withoutTrailingNewline(text), origin)
    } catch {
      refuse(setting.key, origin, "cannot read \(path): \(error)")
    }
  }

  private mutating func assign(
    _ setting: Setting, _ origin: SettingOrigin, _ body: (inout Settings) throws(SettingValueError) -> Void
  ) {
    do throws(SettingValueError) {
      try body(&settings)
      settings.origins[setting.key] = origin
    } catch {
      refuse(setting.key, origin, error.message)
    }
  }

  private mutating func refuse(_ key: String, _ origin: SettingOrigin, _ message: String) {
    problems.append(SettingsProblem(origin: origin, key: key, message: message))
  }
}

/// Text editors and `echo` end a file with one newline that is no part of the secret.
private func withoutTrailingNewline(_ text: String) -> String {
  if text.hasSuffix("\r\n") || text.hasSuffix("\n") { return String(text.dropLast()) }
  return text
}
