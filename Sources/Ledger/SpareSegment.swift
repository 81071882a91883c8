// SPDX-License-Identifier: Apache-2.0

internal import Dispatch
private import Glibc
internal import Synchronization

/// How the journal is cut into files. Sizes are in bytes, whole blocks.
struct SegmentPolicy: Sendable {
  /// A segment is closed when it would grow beyond this: some eighty thousand callbacks.
  var size = 128 << 20
  /// Filled ahead at a time.
  var step = 1 << 20
  /// How long after a spare could not be made the next try comes.
  var retryDelay = Duration.seconds(10)

  static let standard = SegmentPolicy()
}

/// The next segment, made ready while the one before it is written: full size, filled with line feeds, durable. What is
/// then written into it changes neither the file's size nor where its blocks are, so it can go past the kernel's cache,
/// in one write to the disk, and need not wait for whatever else the file system has to note. On a file system without
/// such writes there is no spare.
///
/// It gets its own name when it is taken. Should a power cut take that name again, the next start finds the lines in the
/// file that was the spare (`adopt`). There is at most one, and it is made by a queue of its own.
final class SpareSegment: Sendable {
  static let name = "next.spare"
  /// So much must be free on the disk, in segments, for one to lie idle: 1 GiB.
  private static let room = 8
  /// Bytes filled at a time: a batch that comes meanwhile waits for them.
  private static let step = 256 << 10
  /// Between two steps, in microseconds, so that the disk and the processor are there for callbacks.
  private static let pause: UInt32 = 1000

  private let disk: any Disk
  private let directory: String
  private let path: String
  private let policy: SegmentPolicy
  let queue = DispatchQueue(label: "hookledger.spare")
  private let state = Mutex(State())
  /// One step of filling, while a spare is made.
  private let filling = Mutex(Blocks())

  private struct State {
    /// Stands ready to be taken.
    var ready: DiskFile?
    /// Is being filled; only the queue writes to it.
    var draft: DiskFile?
    var isPreparing = false
    var isClosed = false
    var notBefore: ContinuousClock.Instant?
  }

  init(disk: any Disk, directory: String, policy: SegmentPolicy) {
    self.disk = disk
    self.directory = directory
    self.policy = policy
    path = directory + "/" + Self.name
  }

  // MARK: - The writer's side

  var isReady: Bool { state.withLock { $0.ready != nil } }
  var isPreparing: Bool { state.withLock { $0.isPreparing } }

  /// Begins to make one, unless there is one, or it failed a moment ago.
  func prepare() {
    let isNeeded = state.withLock { state in
      guard state.ready == nil, !state.isPreparing, !state.isClosed else { return false }
      if let moment = state.notBefore, ContinuousClock.now < moment { return false }
      state.isPreparing = true
      return true
    }
    if isNeeded { queue.async { self.begin() } }
  }

  /// Gives the spare that name, if it stands ready.
  func take(as target: String) throws(DiskError) -> DiskFile? {
    guard let file = state.withLock({ $0.ready.take() }) else { return nil }
    do {
      // The directory is synced before the next spare is made: until then the lines are found under either name.
      try disk.rename(path, to: target)
    } catch {
      disk.close(file)
      throw error
    }
    return file
  }

  /// Cuts what is filled behind the last line of a segment that is full, and closes it.
  func retire(_ file: DiskFile, at end: Int) {
    queue.async { Self.cut(file, at: end, self.disk) }
  }

  /// The filling is only white space; a segment that keeps it is as good.
  static func cut(_ file: DiskFile, at end: Int, _ disk: any Disk) {
    try? disk.truncate(file, to: end)
    try? disk.synchronize(file)
    disk.close(file)
  }

  /// Ends what is being done, and removes the spare.
  func close() {
    state.withLock { $0.isClosed = true }
    queue.sync { discard() }
  }

  // MARK: - The queue's side

  private func begin() {
    do throws(DiskError) {
      // If the last spare lost its name, the lines in it would be lost with the file that is made now.
      try disk.synchronizeDirectory(directory)
      guard try disk.space(of: directory).available >= Self.room * policy.size else { return giveUp() }
      let file = try openDraft()
      state.withLock { $0.draft = file }
      fill(file, from: 0)
    } catch {
      giveUp()
    }
  }

  private func openDraft() throws(DiskError) -> DiskFile {
    do {
      return try disk.open(path, .direct)
    } catch {
      // The kernel makes the file before it asks whether the file system can write so.
      try? disk.remove(path)
      throw error
    }
  }

  private func fill(_ file: DiskFile, from start: Int) {
    guard state.withLock({ !$0.isClosed }) else { return discard() }
    do throws(DiskError) {
      let end = min(start + min(policy.step, Self.step), policy.size)
      // Step by step: all of it at once would hold up the journal.
      try filling.withLock { (filling) throws(DiskError) in
        filling.fill(with: UInt8(ascii: "\n"), count: end - start)
        try disk.writeDirect(filling, to: file, at: start)
      }
      guard end == policy.size else {
        // A timer of the queue's would cost several system calls more than this one.
        usleep(Self.pause)
        queue.async { self.fill(file, from: end) }
        return
      }
      try complete(file)
    } catch {
      giveUp()
    }
  }

  /// Makes durable, once for all steps, what the file system has noted of the filling, which itself is on the disk
  /// already. Then the file is opened anew: whether writes are durable is told when a file is opened only (`fcntl(2)`).
  private func complete(_ draft: DiskFile) throws(DiskError) {
    try disk.synchronize(draft)
    let file = try disk.open(path, .through)
    do {
      try disk.synchronizeDirectory(directory)
    } catch {
      disk.close(file)
      throw error
    }
    filling.withLock { $0.removeAll(keeping: 0) }
    state.withLock { state in
      state.ready = file
      state.draft = nil
      state.isPreparing = false
    }
    disk.close(draft)
  }

  private func giveUp() {
    discard()
    state.withLock { state in
      state.isPreparing = false
      state.notBefore = ContinuousClock.now + policy.retryDelay
    }
  }

  private func discard() {
    let files = state.withLock { [$0.ready.take(), $0.draft.take()].compactMap { $0 } }
    guard !files.isEmpty else { return }
    for file in files { disk.close(file) }
    try? disk.remove(path)
    filling.withLock { $0.removeAll(keeping: 0) }
  }
}

// MARK: - At the start

extension SpareSegment {
  /// Looks at what an earlier life left, while nobody else has the folder: a spare with lines in it becomes the segment
  /// that it was, any other is removed.
  static func adopt(_ disk: any Disk, _ directory: String) throws {
    guard try disk.names(in: directory).contains(name) else { return }
    let path = directory + "/" + name
    guard let seq = try firstLine(disk, directory) else { return try disk.remove(path) }
    try disk.rename(path, to: directory + "/" + JournalWriter.name(firstSeq: seq))
    try disk.synchronizeDirectory(directory)
  }

  /// The number of the line that the spare begins with; `nil` if it holds nothing that was ever synced.
  private static func firstLine(_ disk: any Disk, _ directory: String) throws -> UInt64? {
    let file = try disk.open(directory + "/" + name, .read)
    defer { disk.close(file) }
    let end = try JournalSegment.endOfContent(disk, file, size: disk.size(of: file), from: 0)
    let bytes = try disk.read(file, at: 0, count: end)
    if let line = JournalSegment.line(in: bytes, from: 0), let frame = JournalLine.frame(bytes, line) {
      return frame.seq
    }
    guard JournalSegment.hasBarrier(bytes, from: 0, above: 0) else { return nil }
    throw LedgerError.damaged(file: "journal/" + name, offset: 0, seq: try next(disk, directory))
  }

  /// The number behind the last line of the last segment.
  private static func next(_ disk: any Disk, _ directory: String) throws -> UInt64 {
    guard let first = try JournalReader(disk: disk, directory: directory).segments().last else { return 1 }
    let file = try disk.open(directory + "/" + JournalWriter.name(firstSeq: first), .read)
    defer { disk.close(file) }
    var next = first
    _ = try JournalSegment.walk(disk, file, size: disk.size(of: file), next: first) { _, _, step in
      if case .line = step { next += 1 }
      return true
    }
    return next
  }
}
