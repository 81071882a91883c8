// SPDX-License-Identifier: Apache-2.0

import Ledger
import Synchronization

/// The real disk with as much room as a test says, one of whose calls fails once.
final class CrampedDisk: Disk {
  private struct State {
    var available: Int
    var calls = 0
    var failingCall = 0
  }

  private let state: Mutex<State>
  private let total: Int
  private let disk = SystemDisk()

  init(available: Int, total: Int) {
    state = Mutex(State(available: available))
    self.total = total
  }

  var available: Int {
    get { state.withLock { $0.available } }
    set { state.withLock { $0.available = newValue } }
  }

  /// Which call from now on fails, counted from 1; 0 for none.
  var failingCall: Int {
    get { state.withLock { $0.failingCall } }
    set {
      state.withLock { state in
        state.calls = 0
        state.failingCall = newValue
      }
    }
  }

  private func check(_ operation: String, _ path: String = "") throws(DiskError) {
    let fails = state.withLock { state in
      state.calls += 1
      return state.calls == state.failingCall
    }
    if fails { throw DiskError(operation: operation, path: path, errno: 5, message: "Input/output error") }
  }

  func space(of path: String) throws(DiskError) -> DiskSpace {
    try check("statvfs", path)
    return DiskSpace(available: available, total: total)
  }

  func makeDirectory(_ path: String) throws(DiskError) {
    try check("mkdir", path)
    try disk.makeDirectory(path)
  }

  func names(in directory: String) throws(DiskError) -> [String] {
    try check("opendir", directory)
    return try disk.names(in: directory)
  }

  func open(_ path: String, _ mode: DiskOpenMode) throws(DiskError) -> DiskFile {
    try check("open", path)
    return try disk.open(path, mode)
  }

  func close(_ file: DiskFile) { disk.close(file) }

  func size(of file: DiskFile) throws(DiskError) -> Int {
    try check("fstat")
    return try disk.size(of: file)
  }

  func read(_ file: DiskFile, at offset: Int, count: Int) throws(DiskError) -> [UInt8] {
    try check("pread")
    return try disk.read(file, at: offset, count: count)
  }

  func write(_ bytes: [UInt8], to file: DiskFile, at offset: Int) throws(DiskError) {
    try check("pwrite")
    try disk.write(bytes, to: file, at: offset)
  }

  func synchronize(_ file: DiskFile) throws(DiskError) {
    try check("fdatasync")
    try disk.synchronize(file)
  }

  func synchronizeDirectory(_ path: String) throws(DiskError) {
    try check("fsync", path)
    try disk.synchronizeDirectory(path)
  }

  func synchronizeFileSystem(of path: String) throws(DiskError) {
    try check("syncfs", path)
    try disk.synchronizeFileSystem(of: path)
  }

  func truncate(_ file: DiskFile, to size: Int) throws(DiskError) {
    try check("ftruncate")
    try disk.truncate(file, to: size)
  }

  func rename(_ path: String, to target: String) throws(DiskError) {
    try check("rename", target)
    try disk.rename(path, to: target)
  }

  func remove(_ path: String) throws(DiskError) {
    try check("unlink", path)
    try disk.remove(path)
  }

  func lock(_ path: String) throws(DiskError) -> DiskFile? {
    try check("flock", path)
    return try disk.lock(path)
  }
}
