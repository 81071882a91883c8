// SPDX-License-Identifier: Apache-2.0

import Glibc

/// A file descriptor with exactly one owner: it is closed once, when its owner goes away or earlier by `close()`.
package struct Descriptor: ~Copyable, Sendable {
  /// The number the kernel knows it by. Valid only while the descriptor lives.
  package let number: Int32

  /// Takes over an open descriptor, which nobody else may close from now on.
  package init(owning number: Int32) {
    self.number = number
  }

  deinit {
    closeOnce(number)
  }

  /// Closes it now.
  package consuming func close() {}

  /// Opens a file for reading, close-on-exec (open(2)).
  package static func openForReading(_ path: String) throws(SystemError) -> Descriptor {
    Descriptor(owning: try systemCall("open") { unsafe open(path, O_RDONLY | O_CLOEXEC) })
  }
}

/// close(2) must not be repeated after `EINTR`: on Linux the descriptor is gone by then, and its number may already
/// belong to somebody else. `EBADF` means two owners.
private func closeOnce(_ number: Int32) {
  let result = Glibc.close(number)
  precondition(result == 0 || errno != EBADF, "descriptor \(number) was closed twice")
}
