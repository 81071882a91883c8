// SPDX-License-Identifier: Apache-2.0

import Glibc
import JSON
import Receiver

/// Standard output for what was asked for, standard error for everything else.
struct Console: Sendable {
  let environment: [String: String]
  /// What standard output can show.
  let output: TerminalStyle
  /// What standard error can show; progress goes there, so that the output can be piped.
  let errors: TerminalStyle

  static let standard = Console(environment: System.environment())

  private init(environment: [String: String]) {
    self.environment = environment
    output = TerminalStyle(columns: System.columns(of: STDOUT_FILENO), environment: environment)
    errors = TerminalStyle(columns: System.columns(of: STDERR_FILENO), environment: environment)
  }

  func write(_ text: String) {
    Self.write(text, to: STDOUT_FILENO)
  }

  func writeError(_ text: String) {
    Self.write(text, to: STDERR_FILENO)
  }

  func writeError(_ bytes: [UInt8]) {
    try? System.write(bytes.span, to: STDERR_FILENO)
  }

  /// One line on standard error for each of the lines, under the name of the program.
  func complain(_ lines: [String]) {
    writeError(lines.map { "hookledger: \($0)\n" }.joined())
  }

  func show(_ table: TextTable) {
    write(table.render(width: output.columns))
  }

  func show(_ json: JSON) {
    write(json.pretty() + "\n")
  }

  /// A reader that went away ends a command by SIGPIPE; for any other failure there is nobody left to tell.
  private static func write(_ text: String, to descriptor: Int32) {
    try? System.write(text.utf8.span, to: descriptor)
  }
}
