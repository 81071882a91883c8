// SPDX-License-Identifier: Apache-2.0

import Glibc
import Ledger
import Synchronization

/// A file system in memory that knows what a power cut would leave: of every file the synced bytes and the writes since,
/// of every directory the synced names and the changes since.
///
/// It promises no more than POSIX does: syncing a file says nothing about its name, and what is not synced may survive
/// in any part and any order.
final class MemoryDisk: Disk {
  struct File {
    var bytes: [UInt8] = []
    var synced: [UInt8] = []
    var since: [Change] = []
  }

  enum Change {
    case write(offset: Int, [UInt8])
    case truncate(Int)
  }

  enum NameChange {
    case link(String, Int)
    case unlink(String)
    case rename(String, String)
    case directory(String)
  }

  struct State {
    var files: [Int: File] = [:]
    var names: [String: Int] = [:]
    var directories: Set<String> = ["", "."]
    var syncedNames: [String: Int] = [:]
    var syncedDirectories: Set<String> = ["", "."]
    var since: [(directory: String, change: NameChange)] = []
    var open: [Int32: (inode: Int, path: String)] = [:]
    var locked: Set<String> = []
    var next = 3
    var available: Int?
  }

  private let state: Mutex<State>

  init(available: Int? = nil) {
    state = Mutex(State(available: available))
  }

  init(_ kept: sending State) {
    state = Mutex(kept)
  }

  func withState<Result>(_ body: (inout sending State) -> sending Result) -> sending Result { state.withLock(body) }

  // MARK: - Names

  func makeDirectory(_ path: String) throws(DiskError) {
    state.withLock { state in
      var made = ""
      for part in path.split(separator: "/", omittingEmptySubsequences: false) {
        let above = made
        made =
          made.isEmpty && part.isEmpty ? "" : above.isEmpty && !path.hasPrefix("/") ? String(part) : "\(above)/\(part)"
        if state.directories.insert(made).inserted { state.since.append((parent(made), .directory(made))) }
      }
    }
  }

  func names(in directory: String) throws(DiskError) -> [String] {
    state.withLock { state in
      let files = state.names.keys.filter { parent($0) == directory }
      let folders = state.directories.filter { !$0.isEmpty && $0 != "." && parent($0) == directory }
      return (files + folders).map { String($0.split(separator: "/").last ?? "") }
    }
  }

  func open(_ path: String, _ mode: DiskOpenMode) throws(DiskError) -> DiskFile {
    try attempt { (state) throws(DiskError) in
      if state.names[path] == nil {
        guard mode != .read, mode != .through, state.directories.contains(parent(path)) else {
          throw Self.error("open", path, ENOENT)
        }
        state.files[state.next] = File()
        state.names[path] = state.next
        state.since.append((parent(path), .link(path, state.next)))
        state.next += 1
      } else if mode == .replace || mode == .direct, let inode = state.names[path] {
        state.files[inode]?.change(.truncate(0))
      }
      // The lowest free number, as the kernel does: whoever closes a number twice closes somebody else's file.
      var number: Int32 = 3
      while state.open[number] != nil { number += 1 }
      state.open[number] = (state.names[path] ?? 0, path)
      return DiskFile(number: number)
    }
  }

  func close(_ file: DiskFile) {
    state.withLock { state in
      if let path = state.open.removeValue(forKey: file.number)?.path { state.locked.remove(path) }
    }
  }

  func rename(_ path: String, to target: String) throws(DiskError) {
    try attempt { (state) throws(DiskError) in
      guard let inode = state.names.removeValue(forKey: path) else { throw Self.error("rename", path, ENOENT) }
      state.names[target] = inode
      state.since.append((parent(path), .rename(path, target)))
    }
  }

  func remove(_ path: String) throws(DiskError) {
    state.withLock { state in
      if state.names.removeValue(forKey: path) != nil { state.since.append((parent(path), .unlink(path))) }
    }
  }

  func lock(_ path: String) throws(DiskError) -> DiskFile? {
    let isFree = state.withLock { $0.locked.insert(path).inserted }
    guard isFree else { return nil }
    do throws(DiskError) {
      return try open(path, .update)
    } catch {
      state.withLock { _ = $0.locked.remove(path) }
      throw error
    }
  }

  // MARK: - Contents

  func size(of file: DiskFile) throws(DiskError) -> Int {
    try withFile(file, "fstat") { $0.bytes.count }
  }

  func read(_ file: DiskFile, at offset: Int, count: Int) throws(DiskError) -> [UInt8] {
    try withFile(file, "pread") { file in
      guard offset < file.bytes.count else { return [] }
      return Array(file.bytes[offset..<min(file.bytes.count, offset + count)])
    }
  }

  func write(_ bytes: [UInt8], to file: DiskFile, at offset: Int) throws(DiskError) {
    try withFile(file, "pwrite") { $0.change(.write(offset: offset, bytes)) }
  }

  func truncate(_ file: DiskFile, to size: Int) throws(DiskError) {
    try withFile(file, "ftruncate") { $0.change(.truncate(size)) }
  }

  /// None is known, so that nothing is done that only needs room, unless a test says how much there is.
  func space(of path: String) throws(DiskError) -> DiskSpace {
    guard let available = state.withLock({ $0.available }) else { throw Self.error("statvfs", path, ENOSYS) }
    return DiskSpace(available: available, total: available)
  }

  // MARK: - Syncing

  func synchronize(_ file: DiskFile) throws(DiskError) {
    try withFile(file, "fdatasync") { $0.sync() }
  }

  func synchronizeDirectory(_ path: String) throws(DiskError) {
    try attempt { (state) throws(DiskError) in
      guard state.directories.contains(path) else { throw Self.error("open", path, ENOENT) }
      let due = state.since.filter { $0.directory == path }
      state.since.removeAll { $0.directory == path }
      for (_, change) in due { state.settle(change) }
    }
  }

  func synchronizeFileSystem(of path: String) throws(DiskError) {
    state.withLock { state in
      for inode in state.files.keys { state.files[inode]?.sync() }
      state.syncedNames = state.names
      state.syncedDirectories = state.directories
      state.since = []
    }
  }

  // MARK: - Helpers

  private func withFile<Result>(
    _ file: DiskFile, _ operation: String, _ body: (inout File) -> sending Result
  ) throws(DiskError) -> Result {
    try attempt { (state) throws(DiskError) in
      guard let inode = state.open[file.number]?.inode, state.files[inode] != nil else {
        throw Self.error(operation, "descriptor \(file.number)", EBADF)
      }
      return body(&state.files[inode, default: File()])
    }
  }

  private func attempt<Result>(_ body: (inout State) throws(DiskError) -> Result) throws(DiskError) -> Result {
    let result: Swift.Result<Result, DiskError> = state.withLock { state in
      do throws(DiskError) { return .success(try body(&state)) } catch { return .failure(error) }
    }
    return try result.get()
  }

  static func error(_ operation: String, _ path: String, _ number: Int32) -> DiskError {
    DiskError(operation: operation, path: path, errno: number, message: "error \(number)")
  }
}

/// The directory that `path` stands in; `.` for a bare name.
func parent(_ path: String) -> String {
  guard let slash = path.lastIndex(of: "/") else { return "." }
  return String(path[..<slash])
}

extension MemoryDisk.File {
  mutating func change(_ change: MemoryDisk.Change) {
    Self.apply(change, to: &bytes)
    since.append(change)
  }

  mutating func sync() {
    synced = bytes
    since = []
  }

  static func apply(_ change: MemoryDisk.Change, to bytes: inout [UInt8]) {
    switch change {
    case .truncate(let size):
      if size < bytes.count { bytes.removeLast(bytes.count - size) }
      if size > bytes.count { bytes.append(contentsOf: repeatElement(0, count: size - bytes.count)) }
    case .write(let offset, let new):
      if offset > bytes.count { bytes.append(contentsOf: repeatElement(0, count: offset - bytes.count)) }
      let overlap = min(bytes.count, offset + new.count)
      bytes.replaceSubrange(offset..<overlap, with: new[..<(overlap - offset)])
      bytes.append(contentsOf: new[(overlap - offset)...])
    }
  }
}

extension MemoryDisk.State {
  mutating func settle(_ change: MemoryDisk.NameChange) {
    switch change {
    case .link(let path, let inode): syncedNames[path] = inode
    case .unlink(let path): syncedNames[path] = nil
    case .rename(let path, let target):
      // A name that was never synced takes its file with it.
      if let inode = syncedNames.removeValue(forKey: path) { syncedNames[target] = inode }
    case .directory(let path): syncedDirectories.insert(path)
    }
  }
}
