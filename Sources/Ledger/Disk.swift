// SPDX-License-Identifier: Apache-2.0

/// A file call that failed: which one, on what, and why.
package struct DiskError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The call as the man page names it: `pwrite`, `fdatasync`, `rename` …
  package let operation: String
  package let path: String
  /// `errno` of the call; 0 where the call itself succeeded and its result was wrong.
  package let errno: Int32
  /// The reason in words.
  package let message: String

  package init(operation: String, path: String, errno: Int32, message: String) {
    self.operation = operation
    self.path = path
    self.errno = errno
    self.message = message
  }

  package var description: String { "\(operation) \(path): \(message)" }
}

/// How a file is opened.
package enum DiskOpenMode: Sendable {
  /// Must exist.
  case read
  /// Made when missing, kept when there; read and write.
  case update
  /// Made anew; an old file of that name loses its content.
  case replace
  /// Made anew, for `writeDirect` alone.
  case direct
  /// Must exist; for `writeThrough` alone.
  case through
}

/// An open file of a `Disk`; only that disk knows what the number means. Close it with `Disk.close`.
package struct DiskFile: Hashable, Sendable {
  package let number: Int32

  package init(number: Int32) {
    self.number = number
  }
}

/// Room on a file system, in bytes.
package struct DiskSpace: Hashable, Sendable {
  /// What we may still write.
  package let available: Int
  package let total: Int

  package init(available: Int, total: Int) {
    self.available = available
    self.total = total
  }
}

/// The file calls that the ledger uses, and no others: one small door, so that tests can make each of them fail.
///
/// Every call is complete when it returns: short reads and writes and `EINTR` are dealt with below this line.
package protocol Disk: Sendable {
  /// Makes the directory and those above it, readable by the owner only; not an error when it exists.
  func makeDirectory(_ path: String) throws(DiskError)
  /// The names in a directory, unordered, without `.` and `..`; empty when it does not exist.
  func names(in directory: String) throws(DiskError) -> [String]
  func open(_ path: String, _ mode: DiskOpenMode) throws(DiskError) -> DiskFile
  func close(_ file: DiskFile)
  func size(of file: DiskFile) throws(DiskError) -> Int
  /// Up to `count` bytes from `offset`; fewer only at the end of the file.
  func read(_ file: DiskFile, at offset: Int, count: Int) throws(DiskError) -> [UInt8]
  /// The same into an array whose memory serves again; what was in it is lost.
  func read(_ file: DiskFile, at offset: Int, count: Int, into bytes: inout [UInt8]) throws(DiskError)
  /// All of `bytes`, at `offset`.
  func write(_ bytes: [UInt8], to file: DiskFile, at offset: Int) throws(DiskError)
  /// The text of the blocks, without the lead, at `offset`.
  func write(_ blocks: borrowing Blocks, to file: DiskFile, at offset: Int) throws(DiskError)
  /// All bytes of the blocks, past the kernel's cache (`open(2)`, O_DIRECT): `offset` is a multiple of the block's size, and the file was
  /// opened as `.direct`.
  func writeDirect(_ blocks: borrowing Blocks, to file: DiskFile, at offset: Int) throws(DiskError)
  /// The same, and durable when it returns (O_DSYNC); the file was opened as `.through`.
  func writeThrough(_ blocks: borrowing Blocks, to file: DiskFile, at offset: Int) throws(DiskError)
  /// `fdatasync(2)`: when it returns, the file's bytes survive a power cut.
  func synchronize(_ file: DiskFile) throws(DiskError)
  /// `fsync(2)` of a directory: makes names in it survive a power cut.
  func synchronizeDirectory(_ path: String) throws(DiskError)
  /// `syncfs(2)`: everything written so far on the file system of `path` survives a power cut.
  func synchronizeFileSystem(of path: String) throws(DiskError)
  func truncate(_ file: DiskFile, to size: Int) throws(DiskError)
  /// `rename(2)`: atomic, replaces the target.
  func rename(_ path: String, to target: String) throws(DiskError)
  /// Not an error when nothing is there.
  func remove(_ path: String) throws(DiskError)
  /// Takes the exclusive lock on `path`, made when missing; `nil` when another process holds it. Kept until `close`.
  func lock(_ path: String) throws(DiskError) -> DiskFile?
  /// `statvfs(3)`: the room on the file system of `path`.
  func space(of path: String) throws(DiskError) -> DiskSpace
}

extension Disk {
  /// A disk that stands before the real one may hand out its own arrays.
  package func read(_ file: DiskFile, at offset: Int, count: Int, into bytes: inout [UInt8]) throws(DiskError) {
    bytes = try read(file, at: offset, count: count)
  }

  /// A disk that stands before the real one may write arrays.
  package func write(_ blocks: borrowing Blocks, to file: DiskFile, at offset: Int) throws(DiskError) {
    try write(blocks.text, to: file, at: offset)
  }

  /// A disk that stands before the real one may have a cache all the same.
  package func writeDirect(_ blocks: borrowing Blocks, to file: DiskFile, at offset: Int) throws(DiskError) {
    try write(blocks.bytes, to: file, at: offset)
  }

  /// A disk that stands before the real one may have a cache all the same.
  package func writeThrough(_ blocks: borrowing Blocks, to file: DiskFile, at offset: Int) throws(DiskError) {
    try write(blocks.bytes, to: file, at: offset)
    try synchronize(file)
  }

  /// A disk that stands before the real one has the real one's room, unless it says otherwise.
  package func space(of path: String) throws(DiskError) -> DiskSpace {
    try SystemDisk().space(of: path)
  }

  /// The whole file, or `nil` when there is none.
  package func contents(of path: String) throws(DiskError) -> [UInt8]? {
    let file: DiskFile
    do {
      file = try open(path, .read)
    } catch {
      if error.errno == SystemDisk.noSuchFile { return nil }
      throw error
    }
    defer { close(file) }
    return try read(file, at: 0, count: size(of: file))
  }
}
