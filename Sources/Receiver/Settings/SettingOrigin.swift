// SPDX-License-Identifier: Apache-2.0

/// The layer that a value came from; a later case wins over an earlier one.
package enum SettingOrigin: Hashable, Sendable, CustomStringConvertible {
  case builtIn
  /// The config file, by its path.
  case file(String)
  /// An environment variable, by its name.
  case environment(String)
  /// A command-line flag, without its dashes.
  case flag(String)

  package var description: String {
    switch self {
    case .builtIn: "built-in"
    case .file(let path): "file \(path)"
    case .environment(let name): "environment \(name)"
    case .flag(let name): "flag --\(name)"
    }
  }
}

/// One thing that is wrong with the settings: where it stands and what it is.
package struct SettingsProblem: Hashable, Sendable, CustomStringConvertible {
  package let origin: SettingOrigin
  /// The key concerned, as in the config file; nil for a problem of the file as a whole.
  package let key: String?
  /// Plain words, never the value of a secret.
  package let message: String

  package var description: String {
    switch (origin, key) {
    case (.builtIn, let key?): "\(key): \(message)"
    case (_, let key?): "\(origin): \(key): \(message)"
    case (_, nil): "\(origin): \(message)"
    }
  }
}

/// Everything that is wrong with the settings, in the order of the table; never empty.
package struct SettingsErrors: Error, Sendable, CustomStringConvertible {
  package let problems: [SettingsProblem]

  /// One problem a line.
  package var description: String {
    problems.map(\.description).joined(separator: "\n")
  }
}
