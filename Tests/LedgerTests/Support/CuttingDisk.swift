// SPDX-License-Identifier: Apache-2.0

import Glibc
import Synchronization

@testable import Ledger

/// A disk in memory that stops at some of its calls, chosen by a seed, to be looked at: the moments at which the power
/// may go.
final class CuttingDisk: Disk {
  private let base: MemoryDisk
  private let dice: Mutex<Dice>
  private let failures = Mutex<Int>(0)
  private let taken = Mutex<Int>(0)
  /// Gets a way to copy the disk as it is.
  private let inspect: @Sendable (() -> MemoryDisk) -> Void

  init(seed: UInt64, available: Int? = nil, inspect: @escaping @Sendable (() -> MemoryDisk) -> Void) {
    base = MemoryDisk(available: available)
    dice = Mutex(Dice(seed: seed))
    self.inspect = inspect
  }

  /// The next `count` syncs of files fail.
  func failSyncs(_ count: Int) {
    failures.withLock { $0 = count }
  }

  /// Spares that became segments.
  var segmentsMade: Int { taken.withLock { $0 } }

  private func moment() {
    if dice.withLock({ $0.chance(1, in: 4) }) { inspect { base.killed() } }
  }

  func makeDirectory(_ path: String) throws(DiskError) {
    moment()
    try base.makeDirectory(path)
  }

  func names(in directory: String) throws(DiskError) -> [String] { try base.names(in: directory) }

  func open(_ path: String, _ mode: DiskOpenMode) throws(DiskError) -> DiskFile {
    if mode != .read { moment() }
    return try base.open(path, mode)
  }

  func close(_ file: DiskFile) { base.close(file) }

  func size(of file: DiskFile) throws(DiskError) -> Int { try base.size(of: file) }

  func read(_ file: DiskFile, at offset: Int, count: Int) throws(DiskError) -> [UInt8] {
    try base.read(file, at: offset, count: count)
  }

  func write(_ bytes: [UInt8], to file: DiskFile, at offset: Int) throws(DiskError) {
    moment()
    try base.write(bytes, to: file, at: offset)
  }

  func synchronize(_ file: DiskFile) throws(DiskError) {
    moment()
    let fails = failures.withLock { left in
      guard left > 0 else { return false }
      left -= 1
      return true
    }
    if fails { throw MemoryDisk.error("fdatasync", "", EIO) }
    try base.synchronize(file)
    moment()
  }

  func synchronizeDirectory(_ path: String) throws(DiskError) {
    moment()
    try base.synchronizeDirectory(path)
  }

  func synchronizeFileSystem(of path: String) throws(DiskError) {
    moment()
    try base.synchronizeFileSystem(of: path)
  }

  func truncate(_ file: DiskFile, to size: Int) throws(DiskError) {
    moment()
    try base.truncate(file, to: size)
  }

  func rename(_ path: String, to target: String) throws(DiskError) {
    moment()
    try base.rename(path, to: target)
    if path.hasSuffix(SpareSegment.name) { taken.withLock { $0 += 1 } }
    moment()
  }

  func remove(_ path: String) throws(DiskError) {
    moment()
    try base.remove(path)
  }

  func lock(_ path: String) throws(DiskError) -> DiskFile? { try base.lock(path) }

  func space(of path: String) throws(DiskError) -> DiskSpace { try base.space(of: path) }
}
