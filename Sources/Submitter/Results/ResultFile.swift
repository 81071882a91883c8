// SPDX-License-Identifier: Apache-2.0

package import HTTPClient
package import Ledger
internal import OpenSSL
internal import Synchronization

/// Why a download did not become a file.
package enum ResultFault: Error, Hashable, Sendable {
  /// The file is larger than is allowed, in bytes.
  case tooLarge(limit: Int)
  /// Too little room would be left on the disk.
  case noRoom(available: Int)
  /// A file call failed.
  case disk(DiskError)
  /// What came is no result: empty, or a web page.
  case unusable(String)
}

extension ResultFault: CustomStringConvertible {
  package var description: String {
    switch self {
    case .tooLarge(let limit): "the file is larger than results.maxBytes (\(limit) bytes)"
    case .noRoom(let available): "the disk is nearly full: only \(available) bytes are left"
    case .disk(let error): "the file could not be written: \(error)"
    case .unusable(let what): what
    }
  }
}

/// One result on its way to the disk: `<number>.part` until it is whole, `<number>.<extension>` then.
///
/// What has come survives a cut of the connection, together with its hash, as long as the process lives and the server
/// has named the version of the file (a strong `ETag`): then the rest can be asked for. A part that an earlier process
/// left behind is written anew, since nothing vouches for its bytes.
package final class ResultFile: Sendable {
  private struct State: Sendable {
    var file: DiskFile?
    /// Bytes on disk and in the hash.
    var written = 0
    var buffer: [UInt8] = []
    var hash = SHA256()
    var start: [UInt8] = []
    /// The strong validator of the version that is being fetched.
    var tag: String?
    /// The whole length, once a server has told it.
    var total: Int?
    var fault: ResultFault?
    var sinceSpaceCheck = 0
  }

  /// Bytes that come together before they are written.
  private static let bufferBytes = 256 << 10
  /// Bytes after which the room on the disk is looked at again.
  private static let spaceCheckBytes = 16 << 20

  private let disk: any Disk
  private let folder: String
  private let number: Int
  private let limit: Int
  private let state = Mutex(State())

  /// - Parameters:
  ///   - folder: exists.
  ///   - limit: the largest file that is taken, in bytes.
  package init(disk: any Disk, folder: String, number: Int, limit: Int) {
    self.disk = disk
    self.folder = folder
    self.number = number
    self.limit = limit
  }

  private var partPath: String { "\(folder)/\(number).part" }

  // MARK: - Receiving

  /// Where the next download may begin, and the validator that it must name; from the start if there is none.
  package func resumption() -> (offset: Int, tag: String)? {
    state.withLock { state in
      guard let tag = state.tag, state.written > 0 else { return nil }
      return (state.written, tag)
    }
  }

  /// Takes what one download brings.
  package func sink() -> DownloadSink {
    DownloadSink(
      head: { head, offset in self.begin(head, at: Int(offset)) },
      bytes: { piece, _ in self.take(piece) })
  }

  private func begin(_ head: HTTPClientResponseHead, at offset: Int) -> Bool {
    state.withLock { state in
      do throws(ResultFault) {
        if offset == 0 {
          try restart(&state)
          state.tag = head.strongTag
          state.total = head.wholeLength
        } else {
          try checkVersion(head, state, offset)
        }
        if let total = state.total, total > limit { throw .tooLarge(limit: limit) }
        try checkRoom(&state)
        return true
      } catch {
        state.fault = error
        return false
      }
    }
  }

  /// A server that minds `If-Range` never fails here.
  private func checkVersion(_ head: HTTPClientResponseHead, _ state: State, _ offset: Int) throws(ResultFault) {
    guard offset == state.written, head.strongTag.map({ $0 == state.tag }) ?? true,
      head.wholeLength.map({ $0 == state.total ?? $0 }) ?? true
    else { throw .unusable("the file changed while it was being fetched") }
  }

  private func restart(_ state: inout State) throws(ResultFault) {
    close(&state)
    state = State()
    do throws(DiskError) {
      state.file = try disk.open(partPath, .replace)
    } catch {
      throw .disk(error)
    }
  }

  private func take(_ piece: Span<UInt8>) -> Bool {
    state.withLock { state in
      if state.start.count < FileKind.prefixLength {
        for index in piece.indices.prefix(FileKind.prefixLength - state.start.count) {
          state.start.append(piece[index])
        }
      }
      state.buffer.reserveCapacity(Self.bufferBytes)
      for index in piece.indices { state.buffer.append(piece[index]) }
      do throws(ResultFault) {
        guard state.written + state.buffer.count <= limit else { throw .tooLarge(limit: limit) }
        if state.buffer.count >= Self.bufferBytes { try flush(&state) }
        return true
      } catch {
        state.fault = error
        return false
      }
    }
  }

  private func flush(_ state: inout State) throws(ResultFault) {
    guard !state.buffer.isEmpty else { return }
    if state.sinceSpaceCheck >= Self.spaceCheckBytes { try checkRoom(&state) }
    var bytes: [UInt8] = []
    swap(&bytes, &state.buffer)
    do throws(DiskError) {
      try disk.write(bytes, to: try openFile(&state), at: state.written)
    } catch {
      throw .disk(error)
    }
    state.hash.update(bytes.span)
    state.written += bytes.count
    state.sinceSpaceCheck += bytes.count
    bytes.removeAll(keepingCapacity: true)
    swap(&bytes, &state.buffer)
  }

  private func openFile(_ state: inout State) throws(DiskError) -> DiskFile {
    if let file = state.file { return file }
    let file = try disk.open(partPath, .update)
    state.file = file
    return file
  }

  private func checkRoom(_ state: inout State) throws(ResultFault) {
    state.sinceSpaceCheck = 0
    let space: DiskSpace
    do throws(DiskError) {
      space = try disk.space(of: folder)
    } catch {
      throw .disk(error)
    }
    let owed = state.total.map { max(0, $0 - state.written) } ?? state.buffer.count
    guard space.available - owed >= ResultRoom.reserve(of: space) else { throw .noRoom(available: space.available) }
  }

  private func close(_ state: inout State) {
    if let file = state.file { disk.close(file) }
    state.file = nil
  }

  // MARK: - Between downloads and at the end

  /// Puts on disk what has come and gives the descriptor back; a later download may go on from here.
  ///
  /// - Returns: why the sink refused to go on, if it did.
  package func pause() -> ResultFault? {
    state.withLock { state in
      var fault = state.fault
      state.fault = nil
      do throws(ResultFault) {
        if fault == nil { try flush(&state) }
      } catch {
        fault = error
      }
      close(&state)
      // What could not be written, or must not be, is no start for anything.
      if fault != nil {
        state.tag = nil
        state.buffer = []
      }
      return fault
    }
  }

  /// What is wrong with a download that ended well; looks at no more than its length and its beginning.
  package var fault: ResultFault? {
    state.withLock { Self.fault(of: $0) }
  }

  private static func fault(of state: State) -> ResultFault? {
    guard state.written > 0 else { return .unusable("the file is empty") }
    if let total = state.total, total != state.written { return .unusable("\(state.written) of \(total) bytes came") }
    return FileKind(of: state.start) == .webPage ? .unusable("a web page came in place of the file") : nil
  }

  /// Makes the whole download a file that survives a power cut, and tells what it is. Blocks.
  package func finish(relativeFolder: String) throws(ResultFault) -> SavedFile {
    try state.withLock { (state) throws(ResultFault) in
      defer { close(&state) }
      try flush(&state)
      if let fault = Self.fault(of: state) { throw fault }
      let kind = FileKind(of: state.start)
      let hash = state.hash
      let digest = Hex.encode(hash.finalize().span)
      do throws(DiskError) {
        try disk.synchronize(try openFile(&state))
        let name = try place(kind, size: state.written, digest: digest)
        try disk.synchronizeDirectory(folder)
        return SavedFile(
          number: number, path: "\(relativeFolder)/\(name)", bytes: state.written, sha256: digest, type: kind.type)
      } catch {
        throw .disk(error)
      }
    }
  }

  /// Renames the part. A file that stands there already is left as it is: if it is the same one, an earlier process was
  /// ended between here and the ledger; if it is another, the result was corrected, and the new file gets another name.
  private func place(_ kind: FileKind, size: Int, digest: String) throws(DiskError) -> String {
    var name = "\(number).\(kind.fileExtension)"
    var copy = 1
    while let known = try digestOfFile("\(folder)/\(name)", size: size) {
      if known == digest {
        try disk.remove(partPath)
        return name
      }
      copy += 1
      name = "\(number)-\(copy).\(kind.fileExtension)"
    }
    try disk.rename(partPath, to: "\(folder)/\(name)")
    return name
  }

  /// The hash of a file of that size; an empty text for one of another size, `nil` for none.
  private func digestOfFile(_ path: String, size: Int) throws(DiskError) -> String? {
    guard let name = path.split(separator: "/").last, try disk.names(in: folder).contains(String(name)) else {
      return nil
    }
    let file = try disk.open(path, .read)
    defer { disk.close(file) }
    guard try disk.size(of: file) == size else { return "" }
    var hash = SHA256()
    var offset = 0
    while offset < size {
      let bytes = try disk.read(file, at: offset, count: 1 << 20)
      guard !bytes.isEmpty else { return "" }
      hash.update(bytes.span)
      offset += bytes.count
    }
    return Hex.encode(hash.finalize().span)
  }

  /// Removes what there is of the part.
  package func discard() {
    state.withLock { state in
      close(&state)
      state = State()
    }
    try? disk.remove(partPath)
  }
}

/// How much of a disk is left alone.
package enum ResultRoom {
  /// 1 GiB, or a twentieth of a small disk: media must never take the room that the journal needs.
  package static func reserve(of space: DiskSpace) -> Int {
    min(1 << 30, space.total / 20)
  }
}

extension HTTPClientResponseHead {
  /// The `ETag`, if it vouches for every byte (RFC 9110, 8.8.3).
  fileprivate var strongTag: String? {
    header("etag").flatMap { $0.hasPrefix("\"") && $0.utf8.count > 2 ? $0 : nil }
  }

  /// The length of the whole file: `Content-Length` of a 200, the end of `Content-Range` of a 206 (RFC 9110, 14.4).
  fileprivate var wholeLength: Int? {
    guard status == 206 else { return contentLength.map { Int($0) } }
    return header("content-range").flatMap { $0.split(separator: "/").last }.flatMap { Int($0) }
  }
}
