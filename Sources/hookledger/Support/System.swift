// SPDX-License-Identifier: Apache-2.0

import Glibc

/// The few calls of the kernel and of libc that the commands need; the only file of this target with unsafe code.
enum System {
  /// A call that failed, in the words of strerror(3).
  struct Failure: Error, CustomStringConvertible {
    let errno: Int32

    var description: String { unsafe strerror(errno).map { unsafe String(cString: $0) } ?? "error \(errno)" }
  }

  /// All environment variables; of a name that occurs twice the first counts, as with getenv(3).
  static func environment() -> [String: String] {
    var variables: [String: String] = [:]
    var entry = unsafe environ
    while let text = unsafe entry.pointee {
      let pair = unsafe String(cString: text).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      if pair.count == 2, variables[String(pair[0])] == nil { variables[String(pair[0])] = String(pair[1]) }
      unsafe entry += 1
    }
    return variables
  }

  /// Columns of the terminal behind a descriptor (ioctl_tty(2)), 80 where it does not say; nil if there is none.
  static func columns(of descriptor: Int32) -> Int? {
    guard isatty(descriptor) == 1 else { return nil }
    var size = winsize()
    guard unsafe ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
    return Int(size.ws_col)
  }

  /// Writes all bytes, with one write(2) unless the kernel takes fewer.
  static func write(_ bytes: Span<UInt8>, to descriptor: Int32) throws(Failure) {
    var written = 0
    while written < bytes.count {
      let rest = bytes.extracting(written...)
      let count = unsafe rest.withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if count >= 0 {
        written += count
      } else if errno != EINTR {
        throw Failure(errno: errno)
      }
    }
  }

  /// The bytes of a file, of standard input for `-`.
  static func readFile(_ path: String, limit: Int = 16 << 20) throws(Failure) -> [UInt8] {
    let descriptor = path == "-" ? STDIN_FILENO : try open(path, O_RDONLY | O_CLOEXEC)
    defer { if descriptor != STDIN_FILENO { Glibc.close(descriptor) } }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = unsafe buffer.withUnsafeMutableBytes { unsafe Glibc.read(descriptor, $0.baseAddress, $0.count) }
      if count == 0 { return bytes }
      if count > 0 {
        bytes += buffer[..<count]
        guard bytes.count <= limit else { throw Failure(errno: EFBIG) }
      } else if errno != EINTR {
        throw Failure(errno: errno)
      }
    }
  }

  /// Opens a new file for writing, in place of an old one of that name.
  static func create(_ path: String) throws(Failure) -> Int32 {
    try open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC)
  }

  /// Closes a descriptor and tells what the kernel could not write.
  static func close(checking descriptor: Int32) throws(Failure) {
    guard Glibc.close(descriptor) == 0 else { throw Failure(errno: errno) }
  }

  static func rename(_ from: String, to: String) throws(Failure) {
    guard unsafe Glibc.rename(from, to) == 0 else { throw Failure(errno: errno) }
  }

  static func remove(_ path: String) {
    _ = unsafe unlink(path)
  }

  /// Makes a folder and those above it; one that is there already is fine.
  static func makeFolder(_ path: String) throws(Failure) {
    if unsafe mkdir(path, 0o777) == 0 { return }
    switch errno {
    case EEXIST: return
    case ENOENT:
      guard let slash = path.lastIndex(of: "/"), slash > path.startIndex else { throw Failure(errno: ENOENT) }
      try makeFolder(String(path[..<slash]))
      guard unsafe mkdir(path, 0o777) == 0 else { throw Failure(errno: errno) }
    case let number: throw Failure(errno: number)
    }
  }

  private static func open(_ path: String, _ flags: Int32) throws(Failure) -> Int32 {
    let descriptor = unsafe Glibc.open(path, flags, 0o666)
    guard descriptor >= 0 else { throw Failure(errno: errno) }
    return descriptor
  }

  /// Makes a folder of a name that nobody has, below `$TMPDIR` or /tmp (mkdtemp(3)).
  static func makeTemporaryDirectory(_ name: String) throws(CommandError) -> String {
    let parent = environment()["TMPDIR"].flatMap { $0.isEmpty ? nil : $0 } ?? "/tmp"
    var path = Array("\(parent)/\(name)-XXXXXX".utf8CString)
    let made = unsafe path.withUnsafeMutableBufferPointer { buffer in
      unsafe buffer.baseAddress.map { unsafe mkdtemp($0) != nil } ?? false
    }
    guard made else { throw CommandError("cannot make a folder in \(parent): \(Failure(errno: errno))") }
    return String(decoding: path.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// Sleeps until a signal ends the process.
  static func waitForInterrupt() -> Never {
    while true { pause() }
  }
}
