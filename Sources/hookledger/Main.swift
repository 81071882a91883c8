// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Dispatch
import Glibc

/// Runs the command line and turns its end into an exit status; ArgumentParser's own numbers are not ours.
@main
enum Main {
  /// Not `async`: a server runs its loop right here, and on a thread of the concurrency pool it would take that thread
  /// from the tasks that it starts, on a machine with one core the only one.
  static func main() {
    do {
      var command = try Hookledger.parseAsRoot()
      if let command = command as? any AsyncParsableCommand {
        runLater(command)
      } else {
        try command.run()
      }
    } catch {
      exit(report(error).rawValue)
    }
  }

  private static func runLater(_ parsed: sending any AsyncParsableCommand) -> Never {
    Task {
      var command = parsed
      do {
        try await command.run()
        exit(ExitStatus.done.rawValue)
      } catch {
        exit(report(error).rawValue)
      }
    }
    dispatchMain()
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
