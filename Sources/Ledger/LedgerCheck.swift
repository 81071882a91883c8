// SPDX-License-Identifier: Apache-2.0

internal import Callbacks

/// What `ledger check` found.
package struct LedgerFindings: Sendable {
  /// Whole lines of the journal.
  package var entries: UInt64 = 0
  package var tasks = 0
  /// Bytes at the end of the journal that were never acknowledged and will be cut at the next start.
  package var tornBytes = 0
  /// Task files that are older than the journal or missing: they will follow at the next start.
  package var staleFiles = 0
  /// What is wrong, in plain words: `ledger rebuild` mends the index and task files, only a backup mends the journal.
  package var faults: [String] = []
}

/// Verifying and rebuilding a data folder that no server has open.
extension Ledger {
  /// Verifies every checksum, the sequence and the fold, and holds the index and each task's file against the journal.
  /// Changes nothing, but gives a segment its name whose name a power cut took.
  package static func check(_ directory: String, disk: any Disk = SystemDisk()) throws(LedgerError) -> LedgerFindings {
    let paths = DataPaths(root: directory)
    return try locked(paths, disk) { () throws(LedgerError) in
      var findings = LedgerFindings()
      let index = try check(index: paths, disk, &findings)
      var difference = index.flatMap { $0.seq == 0 ? $0.index.firstDifference(from: TaskIndex()) : nil }
      let truth: Recovery
      do throws(LedgerError) {
        truth = try Recovery.fromFirstLine(paths, disk) { seq, folded in
          if let index, index.seq == seq { difference = index.index.firstDifference(from: folded) }
        }
      } catch .damaged(let file, let offset, let seq) {
        findings.faults.append(LedgerError.damaged(file: file, offset: offset, seq: seq).description)
        return findings
      }
      findings.entries = truth.lastSeq
      findings.tornBytes = truth.tornBytes
      if let index, index.seq > truth.lastSeq {
        findings.faults.append(
          "\(paths.index): counts \(index.seq) entries, but the journal ends with entry \(truth.lastSeq)")
      } else if let difference {
        findings.faults.append("\(paths.index): differs from what the journal says: \(difference)")
      }
      try compare(truth, paths, disk, &findings)
      return findings
    }
  }

  private static func check(
    index paths: DataPaths, _ disk: any Disk, _ findings: inout LedgerFindings
  ) throws(LedgerError) -> Checkpoint? {
    do throws(DiskError) {
      guard let bytes = try disk.contents(of: paths.index) else { return nil }
      let checkpoint = Checkpoint(bytes)
      if checkpoint == nil { findings.faults.append("\(paths.index): the checksum is wrong") }
      return checkpoint
    } catch {
      throw .unavailable(error)
    }
  }

  private static func compare(
    _ truth: Recovery, _ paths: DataPaths, _ disk: any Disk, _ findings: inout LedgerFindings
  ) throws(LedgerError) {
    let files = TaskFiles(disk: disk, directory: paths.tasks)
    do throws(DiskError) {
      for task in truth.book.loaded.all.sorted(by: { $0.id < $1.id }) {
        findings.tasks += 1
        guard let bytes = try disk.contents(of: files.path(of: task.id)) else {
          findings.staleFiles += 1
          continue
        }
        guard let file = TaskState(file: bytes) else {
          findings.faults.append("\(files.path(of: task.id)): the checksum is wrong")
          continue
        }
        if file.id == task.id, file.seq < task.seq {
          findings.staleFiles += 1
        } else if file != task {
          findings.faults.append("\(files.path(of: task.id)): differs from what the journal says")
        }
      }
      for id in try files.all().sorted() where truth.book.task(id) == nil {
        findings.faults.append("\(files.path(of: id)): the journal knows no such task")
      }
    } catch {
      throw .unavailable(error)
    }
  }

  /// Writes every task's file and the index anew from the journal, and removes files of tasks that it does not know.
  ///
  /// - Returns: how many tasks were written.
  package static func rebuild(_ directory: String, disk: any Disk = SystemDisk()) throws(LedgerError) -> Int {
    let paths = DataPaths(root: directory)
    return try locked(paths, disk) { () throws(LedgerError) in
      let truth = try Recovery.fromFirstLine(paths, disk)
      let files = TaskFiles(disk: disk, directory: paths.tasks)
      do throws(DiskError) {
        for task in truth.book.loaded.all { try files.write(task) }
        for id in try files.all() where truth.book.task(id) == nil { try files.remove(id) }
        try disk.synchronizeFileSystem(of: paths.tasks)
        let checkpoint = Checkpoint(seq: truth.lastSeq, truth.book)
        try disk.replace(paths.index, in: paths.root, with: checkpoint.bytes())
      } catch {
        throw .unavailable(error)
      }
      return truth.book.loaded.count
    }
  }

  private static func locked<Result>(
    _ paths: DataPaths, _ disk: any Disk, _ work: () throws(LedgerError) -> Result
  ) throws(LedgerError) -> Result {
    let held: DiskFile?
    do throws(DiskError) {
      held = try disk.lock(paths.lock)
    } catch {
      throw .unavailable(error)
    }
    guard let held else { throw .locked(path: paths.root) }
    defer { disk.close(held) }
    try Recovery.translatingErrors { try SpareSegment.adopt(disk, paths.journal) }
    return try work()
  }
}

extension TaskIndex {
  /// What is different in the first place where two indexes differ; `nil` if they say the same. The numbers of names may
  /// differ, the names may not.
  fileprivate func firstDifference(from other: borrowing TaskIndex) -> String? {
    for ordinal in 0..<min(count, other.count) {
      let (mine, theirs) = (entries[ordinal], other.entries[ordinal])
      let isSame =
        mine.id == theirs.id && mine.seq == theirs.seq && mine.providerKey == theirs.providerKey
        && mine.endDigest == theirs.endDigest && mine.flags == theirs.flags && mine.joinedTo == theirs.joinedTo
        && mine.charge == theirs.charge
        && stages[mine.stage] == other.stages[theirs.stage] && models[mine.model] == other.models[theirs.model]
      if !isSame { return "task \(theirs.id)" }
    }
    return count == other.count ? nil : "\(count) tasks instead of \(other.count)"
  }
}
