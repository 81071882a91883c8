// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Glibc

/// Runs the command line and turns its end into an exit status; ArgumentParser's own numbers are not ours.
@main
enum Main {
  static func main() async {
    do {
      var command = try Hookledger.parseAsRoot()
      if var command = command as? any AsyncParsableCommand {
        try await command.run()
      } else {
        try command.run()
      }
    } catch {
      exit(report(error).rawValue)
    }
  }

  /// Says what went wrong, or prints the help that was asked for.
  private static func report(_ error: any Error) -> ExitStatus {
    if let error = error as? CommandError {
      Console.standard.complain(error.lines)
      return error.status
    }
    let message = Hookledger.fullMessage(for: error)
    switch Hookledger.exitCode(for: error) {
    case .success:
      Console.standard.write(message + "\n")
      return .done
    case .validationFailure:
      Console.standard.complain([message.hasPrefix("Error: ") ? String(message.dropFirst(7)) : message])
      return .usage
    default:
      Console.standard.complain([message])
      return .failed
    }
  }
}
