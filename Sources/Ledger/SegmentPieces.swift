// SPDX-License-Identifier: Apache-2.0

internal import Dispatch
internal import Synchronization

/// The bytes of a segment, a piece after the other, read by another thread while the ones before are looked at: a journal
/// that has to come from the disk takes as long to read as to replay.
///
/// A piece that nobody asks for is as if it had never been read, whatever came of it.
struct SegmentPieces: ~Copyable {
  /// Pieces that are read, or being read, before they are asked for.
  private static let ahead = 2

  private let disk: any Disk
  private let file: DiskFile
  /// The file's size.
  private let end: Int
  /// Where the next piece to be handed out begins, and the next one to be read.
  private var next = 0
  private var wanted = 0
  /// `nil` if there is so little that it is not worth a thread.
  private let reader: Reader?

  init(_ disk: any Disk, _ file: DiskFile, size end: Int) {
    (self.disk, self.file, self.end) = (disk, file, end)
    reader = end > (Self.ahead + 1) * JournalSegment.window ? Reader(disk, file) : nil
  }

  deinit {
    // The file may be closed then.
    reader?.finish()
  }

  /// The next piece; `nil` at the end of the file.
  ///
  /// - Parameter piece: the one before: its memory serves again.
  /// - Returns: where in the file it begins.
  mutating func next(insteadOf piece: inout [UInt8]) throws(DiskError) -> Int? {
    guard next < end else { return nil }
    let start = next
    next += JournalSegment.window
    guard let reader else {
      try disk.read(file, at: start, count: min(JournalSegment.window, end - start), into: &piece)
      return start
    }
    while wanted < end, wanted <= start + Self.ahead * JournalSegment.window {
      reader.want(wanted, min(JournalSegment.window, end - wanted))
      wanted += JournalSegment.window
    }
    try reader.take(insteadOf: &piece)
    return start
  }

  /// Reads what it is told to, in that order, on a thread of its own.
  private final class Reader: Sendable {
    private let disk: any Disk
    private let file: DiskFile
    private let queue = DispatchQueue(label: "hookledger.replay")
    private let state = Mutex(State())
    private let arrived = DispatchSemaphore(value: 0)

    private struct State {
      var pieces: [Result<[UInt8], DiskError>] = []
      /// Memory to read into.
      var emptied: [[UInt8]] = []
      var isOver = false
    }

    init(_ disk: any Disk, _ file: DiskFile) {
      (self.disk, self.file) = (disk, file)
    }

    func want(_ start: Int, _ count: Int) {
      queue.async {
        let memory: [UInt8]? = self.state.withLock { $0.isOver ? nil : $0.emptied.popLast() ?? [] }
        guard var bytes = memory else { return }
        let result: Result<[UInt8], DiskError>
        do throws(DiskError) {
          try self.disk.read(self.file, at: start, count: count, into: &bytes)
          result = .success(bytes)
        } catch {
          result = .failure(error)
        }
        self.state.withLock { $0.pieces.append(result) }
        self.arrived.signal()
      }
    }

    /// The first piece that has not been taken, as soon as it is there.
    func take(insteadOf piece: inout [UInt8]) throws(DiskError) {
      arrived.wait()
      var memory: [UInt8] = []
      swap(&memory, &piece)
      let result = state.withLock { state in
        state.emptied.append(memory)
        return state.pieces.removeFirst()
      }
      piece = try result.get()
    }

    /// Returns when nothing is being read.
    func finish() {
      state.withLock { $0.isOver = true }
      queue.sync {}
    }
  }
}
