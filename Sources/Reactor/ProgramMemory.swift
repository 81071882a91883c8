// SPDX-License-Identifier: Apache-2.0

private import CLinux

/// The memory that the program itself takes.
package enum ProgramMemory {
  /// Gives back the pages of code and constants, for the end of a start: most of what ran until then (the command line,
  /// the dynamic linker, the set-up of libraries) never runs again, and stands in four times the room of what does. The
  /// kernel would take it back only when memory is short. What is needed comes back by itself, in microseconds.
  package static func releaseCode() {
    hl_release_code()
  }
}
