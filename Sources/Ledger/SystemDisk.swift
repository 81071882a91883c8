// SPDX-License-Identifier: Apache-2.0

private import CLinux
private import Glibc

/// The kernel's files: the only place of the ledger that calls libc.
package struct SystemDisk: Disk {
  package init() {}

  static var noSuchFile: Int32 { ENOENT }

  package func makeDirectory(_ path: String) throws(DiskError) {
    if unsafe path.withCString({ unsafe mkdir($0, 0o700) }) == 0 || errno == EEXIST { return }
    guard errno == ENOENT, let slash = path.lastIndex(of: "/"), slash > path.startIndex else {
      throw failure("mkdir", path)
    }
    try makeDirectory(String(path[..<slash]))
    if unsafe mkdir(path, 0o700) != 0, errno != EEXIST { throw failure("mkdir", path) }
  }

  package func names(in directory: String) throws(DiskError) -> [String] {
    guard let stream = unsafe opendir(directory) else {
      if errno == ENOENT { return [] }
      throw failure("opendir", directory)
    }
    defer { unsafe closedir(stream) }
    var names: [String] = []
    errno = 0
    while let entry = unsafe readdir(stream) {
      let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        unsafe pointer.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
      }
      if name != ".", name != ".." { names.append(name) }
      errno = 0
    }
    if errno != 0 { throw failure("readdir", directory) }
    return names
  }

  package func open(_ path: String, _ mode: DiskOpenMode) throws(DiskError) -> DiskFile {
    let flags =
      switch mode {
      case .read: O_RDONLY
      case .update: O_RDWR | O_CREAT
      case .replace: O_RDWR | O_CREAT | O_TRUNC
      case .direct: O_RDWR | O_CREAT | O_TRUNC | hl_direct_flag()
      case .through: O_RDWR | O_DSYNC | hl_direct_flag()
      }
    // Lent as it is: a string that is handed to C is copied first.
    let number = unsafe path.withCString { path in retrying { unsafe Glibc.open(path, flags | O_CLOEXEC, 0o600) } }
    guard number >= 0 else { throw failure("open", path) }
    return DiskFile(number: number)
  }

  package func close(_ file: DiskFile) {
    _ = Glibc.close(file.number)
  }

  package func size(of file: DiskFile) throws(DiskError) -> Int {
    var status = stat()
    guard unsafe fstat(file.number, &status) == 0 else { throw failure("fstat", file) }
    return Int(status.st_size)
  }

  package func read(_ file: DiskFile, at offset: Int, count: Int) throws(DiskError) -> [UInt8] {
    // An array without room is the one that all empty arrays share, and its count would be written.
    guard count > 0 else { return [] }
    var failed = false
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      unsafe (filled, failed) = read(file, at: offset, into: UnsafeMutableRawBufferPointer(buffer))
    }
    if failed { throw failure("pread", file) }
    return bytes
  }

  package func read(_ file: DiskFile, at offset: Int, count: Int, into bytes: inout [UInt8]) throws(DiskError) {
    if bytes.count < count { bytes = Array(repeating: 0, count: count) }
    let (filled, failed) = unsafe bytes.withUnsafeMutableBytes { buffer in
      unsafe read(file, at: offset, into: UnsafeMutableRawBufferPointer(rebasing: buffer[..<count]))
    }
    if failed { throw failure("pread", file) }
    bytes.removeLast(bytes.count - filled)
  }

  /// Reads until the buffer is full, the file ends or a call fails.
  private func read(
    _ file: DiskFile, at offset: Int, into buffer: UnsafeMutableRawBufferPointer
  ) -> (filled: Int, failed: Bool) {
    var filled = 0
    while filled < buffer.count {
      let done = unsafe pread(
        file.number, buffer.baseAddress.map { unsafe $0 + filled }, buffer.count - filled, offset + filled)
      if done < 0, errno == EINTR { continue }
      if done <= 0 { return (filled, done < 0) }
      filled += done
    }
    return (filled, false)
  }

  package func write(_ bytes: [UInt8], to file: DiskFile, at offset: Int) throws(DiskError) {
    let isWritten = unsafe bytes.withUnsafeBytes { unsafe write($0, to: file, at: offset) }
    guard isWritten else { throw failure("pwrite", file) }
  }

  package func write(_ blocks: borrowing Blocks, to file: DiskFile, at offset: Int) throws(DiskError) {
    let isWritten = unsafe blocks.withUnsafeText { unsafe write($0, to: file, at: offset) }
    guard isWritten else { throw failure("pwrite", file) }
  }

  package func writeThrough(_ blocks: borrowing Blocks, to file: DiskFile, at offset: Int) throws(DiskError) {
    // The file was opened so that they are durable.
    try writeDirect(blocks, to: file, at: offset)
  }

  package func writeDirect(_ blocks: borrowing Blocks, to file: DiskFile, at offset: Int) throws(DiskError) {
    let isWritten = unsafe blocks.withUnsafeBytes { unsafe write($0, to: file, at: offset) }
    guard isWritten else { throw failure("pwrite", file) }
  }

  /// Writes until all is written or a call fails.
  private func write(_ buffer: UnsafeRawBufferPointer, to file: DiskFile, at offset: Int) -> Bool {
    var written = 0
    while written < buffer.count {
      let done = unsafe pwrite(
        file.number, buffer.baseAddress.map { unsafe $0 + written }, buffer.count - written, offset + written)
      if done < 0, errno == EINTR { continue }
      if done == 0 { errno = EIO }
      guard done > 0 else { return false }
      written += done
    }
    return true
  }

  package func synchronize(_ file: DiskFile) throws(DiskError) {
    // Never repeated: after a failed sync the kernel may have dropped the dirty pages, and a second call would lie.
    guard fdatasync(file.number) == 0 else { throw failure("fdatasync", file) }
  }

  package func synchronizeDirectory(_ path: String) throws(DiskError) {
    let number = retrying { unsafe Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
    guard number >= 0 else { throw failure("open", path) }
    defer { _ = Glibc.close(number) }
    guard fsync(number) == 0 else { throw failure("fsync", path) }
  }

  package func synchronizeFileSystem(of path: String) throws(DiskError) {
    let number = retrying { unsafe Glibc.open(path, O_RDONLY | O_CLOEXEC) }
    guard number >= 0 else { throw failure("open", path) }
    defer { _ = Glibc.close(number) }
    guard hl_syncfs(number) == 0 else { throw failure("syncfs", path) }
  }

  package func truncate(_ file: DiskFile, to size: Int) throws(DiskError) {
    guard retrying({ ftruncate(file.number, size) }) == 0 else { throw failure("ftruncate", file) }
  }

  package func rename(_ path: String, to target: String) throws(DiskError) {
    let result = unsafe path.withCString { path in
      unsafe target.withCString { target in unsafe Glibc.rename(path, target) }
    }
    guard result == 0 else { throw failure("rename", target) }
  }

  package func remove(_ path: String) throws(DiskError) {
    if unsafe unlink(path) != 0, errno != ENOENT { throw failure("unlink", path) }
  }

  package func lock(_ path: String) throws(DiskError) -> DiskFile? {
    let file = try open(path, .update)
    if retrying({ flock(file.number, LOCK_EX | LOCK_NB) }) == 0 { return file }
    let reason = errno
    close(file)
    if reason == EWOULDBLOCK { return nil }
    errno = reason
    throw failure("flock", path)
  }

  package func space(of path: String) throws(DiskError) -> DiskSpace {
    var status = statvfs()
    guard retrying({ unsafe statvfs(path, &status) }) == 0 else { throw failure("statvfs", path) }
    let block = Int(status.f_frsize)
    return DiskSpace(available: Int(status.f_bavail) * block, total: Int(status.f_blocks) * block)
  }

  private func retrying(_ call: () -> Int32) -> Int32 {
    while true {
      let result = call()
      if result != -1 || errno != EINTR { return result }
    }
  }

  private func failure(_ operation: String, _ path: String) -> DiskError {
    let number = errno
    let message = unsafe strerror(number).map { unsafe String(cString: $0) } ?? "error \(number)"
    return DiskError(operation: operation, path: path, errno: number, message: message)
  }

  private func failure(_ operation: String, _ file: DiskFile) -> DiskError {
    let number = errno
    let path = path(of: file.number)
    errno = number
    return failure(operation, path)
  }

  /// The name that the kernel has for an open file (proc(5)), so that a person is told which file it was.
  private func path(of descriptor: Int32) -> String {
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: Int(PATH_MAX)) { buffer, filled in
      let length = unsafe buffer.withMemoryRebound(to: CChar.self) { name -> Int in
        guard let start = name.baseAddress else { return 0 }
        return unsafe readlink("/proc/self/fd/\(descriptor)", start, name.count)
      }
      filled = max(0, length)
    }
    return bytes.isEmpty ? "descriptor \(descriptor)" : String(decoding: bytes, as: UTF8.self)
  }
}
