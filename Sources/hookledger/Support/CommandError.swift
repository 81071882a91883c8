// SPDX-License-Identifier: Apache-2.0

/// How the process ends; scripts rely on the numbers.
enum ExitStatus: Int32 {
  case done = 0
  case failed = 1
  case usage = 2
  /// The provider said no, or would have.
  case refusedByProvider = 3
  /// The task ended, but not in success.
  case taskFailed = 4
  case timedOut = 5
  case serverNotReachable = 6
}

/// Ends a command: what went wrong in plain words, a line each, and the exit status.
struct CommandError: Error {
  let status: ExitStatus
  /// Empty where everything has been said.
  let lines: [String]

  init(_ status: ExitStatus, lines: [String] = []) {
    self.status = status
    self.lines = lines
  }

  init(_ message: String, status: ExitStatus = .failed) {
    self.init(status, lines: [message])
  }
}
