// SPDX-License-Identifier: Apache-2.0

import Glibc
import Ledger
import Synchronization

/// Another disk whose calls fail when told to, and that remembers every call.
final class FaultyDisk: Disk {
  /// A call as the man page names it, and the file it was for.
  struct Call: Equatable {
    var operation: String
    var path: String
  }

  struct Plan {
    /// Number of the first call to fail, from 1.
    var first: Int
    /// How many calls fail in a row.
    var count = 1
    var errno = ENOSPC
    /// A write that fails has put half of its bytes there.
    var writesHalf = false
    /// Only calls of this name count and fail; `nil`: all.
    var operation: String?
  }

  private struct State {
    var plan: Plan?
    var seen = 0
    var calls: [Call] = []
    var paths: [DiskFile: String] = [:]
    var visit: (@Sendable (Call) -> Void)?
    var failures = 0
  }

  let base: MemoryDisk
  private let state = Mutex(State())

  init(_ base: MemoryDisk = MemoryDisk()) {
    self.base = base
  }

  /// From now on calls fail as planned; `nil`: none does. Counting starts anew.
  func plan(_ plan: Plan?) {
    state.withLock { state in
      state.plan = plan
      state.seen = 0
      state.failures = 0
    }
  }

  /// From now on `visit` is called before each call.
  func watch(_ visit: (@Sendable (Call) -> Void)?) { state.withLock { $0.visit = visit } }

  var calls: [Call] { state.withLock { $0.calls } }
  /// Calls that counted since the last plan.
  var seen: Int { state.withLock { $0.seen } }
  /// Calls that failed since the last plan.
  var failures: Int { state.withLock { $0.failures } }

  private func check(_ operation: String, _ path: String) throws(DiskError) {
    state.withLock { $0.visit }?(Call(operation: operation, path: path))
    let failure: Int32? = state.withLock { state in
      state.calls.append(Call(operation: operation, path: path))
      guard let plan = state.plan, plan.operation.map({ $0 == operation }) ?? true else { return nil }
      state.seen += 1
      guard state.seen >= plan.first, state.seen - plan.first < plan.count else { return nil }
      state.failures += 1
      return plan.errno
    }
    if let failure { throw MemoryDisk.error(operation, path, failure) }
  }

  private func path(_ file: DiskFile) -> String { state.withLock { $0.paths[file] ?? "?" } }

  func makeDirectory(_ path: String) throws(DiskError) {
    try check("mkdir", path)
    try base.makeDirectory(path)
  }

  func names(in directory: String) throws(DiskError) -> [String] {
    try check("readdir", directory)
    return try base.names(in: directory)
  }

  func open(_ path: String, _ mode: DiskOpenMode) throws(DiskError) -> DiskFile {
    try check("open", path)
    let file = try base.open(path, mode)
    state.withLock { $0.paths[file] = path }
    return file
  }

  func close(_ file: DiskFile) {
    base.close(file)
    state.withLock { $0.paths[file] = nil }
  }

  func size(of file: DiskFile) throws(DiskError) -> Int {
    try check("fstat", path(file))
    return try base.size(of: file)
  }

  func read(_ file: DiskFile, at offset: Int, count: Int) throws(DiskError) -> [UInt8] {
    try check("pread", path(file))
    return try base.read(file, at: offset, count: count)
  }

  func write(_ bytes: [UInt8], to file: DiskFile, at offset: Int) throws(DiskError) {
    do throws(DiskError) {
      try check("pwrite", path(file))
    } catch {
      if state.withLock({ $0.plan?.writesHalf }) == true {
        try base.write(Array(bytes.prefix(bytes.count / 2)), to: file, at: offset)
      }
      throw error
    }
    try base.write(bytes, to: file, at: offset)
  }

  func synchronize(_ file: DiskFile) throws(DiskError) {
    try check("fdatasync", path(file))
    try base.synchronize(file)
  }

  func synchronizeDirectory(_ path: String) throws(DiskError) {
    try check("fsync", path)
    try base.synchronizeDirectory(path)
  }

  func synchronizeFileSystem(of path: String) throws(DiskError) {
    try check("syncfs", path)
    try base.synchronizeFileSystem(of: path)
  }

  func truncate(_ file: DiskFile, to size: Int) throws(DiskError) {
    try check("ftruncate", path(file))
    try base.truncate(file, to: size)
  }

  func rename(_ path: String, to target: String) throws(DiskError) {
    try check("rename", target)
    try base.rename(path, to: target)
  }

  func remove(_ path: String) throws(DiskError) {
    try check("unlink", path)
    try base.remove(path)
  }

  func space(of path: String) throws(DiskError) -> DiskSpace {
    try check("statvfs", path)
    return try base.space(of: path)
  }

  func lock(_ path: String) throws(DiskError) -> DiskFile? {
    try check("flock", path)
    let file = try base.lock(path)
    if let file { state.withLock { $0.paths[file] = path } }
    return file
  }
}
