// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Receiver

/// How long to wait for the end of a task.
struct WaitOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("Give up waiting after this time (exit status 5), 10m for instance.", valueName: "duration"),
    transform: duration)
  var timeout: Duration?
}

/// A duration of the command line.
@Sendable func duration(_ text: String) throws -> Duration {
  do throws(SettingValueError) {
    return try Duration.parse(text)
  } catch {
    throw ValidationError(error.message)
  }
}
