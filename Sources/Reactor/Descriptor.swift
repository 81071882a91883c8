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

  /// Reads a file from `offset` on into the buffer, at most `count` bytes and no more than it counts (pread(2)). Answers
  /// how many; 0 at the end of the file.
  package borrowing func read(into buffer: inout [UInt8], at offset: Int64, count: Int) throws(SystemError) -> Int {
    let number = number
    return try systemCall("pread") {
      unsafe buffer.withUnsafeMutableBytes { unsafe pread(number, $0.baseAddress, min($0.count, count), off_t(offset)) }
    }
  }
}

/// close(2) must not be repeated after `EINTR`: on Linux the descriptor is gone by then, and its number may already
/// belong to somebody else. `EBADF` means two owners.
private func closeOnce(_ number: Int32) {
  let result = Glibc.close(number)
  precondition(result == 0 || errno != EBADF, "descriptor \(number) was closed twice")
}
