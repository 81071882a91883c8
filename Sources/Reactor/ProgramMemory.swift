// SPDX-License-Identifier: Apache-2.0

private import CLinux

/// The memory that the program itself takes.
package enum ProgramMemory {
  /// All threads take their memory from one heap; before any is started. With one each, as glibc has it, the end of each
  /// keeps what was taken there last, and that is never given back: memory would grow with the largest burst of each
  /// thread.
  package static func shareHeap() {
    hl_share_heap()
  }

  /// Gives back the pages of code and constants, for the end of a start: most of what ran until then (the command line,
  /// the dynamic linker, the set-up of libraries) never runs again, and stands in four times the room of what does. The
  /// kernel would take it back only when memory is short. What is needed comes back by itself, in microseconds.
  package static func releaseCode() {
    hl_release_code()
  }
}
