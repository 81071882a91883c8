// SPDX-License-Identifier: Apache-2.0

package import Callbacks
internal import JSON
internal import Synchronization

/// A callback request that was turned away, for people to look at.
package struct RefusedRequest: Sendable {
  package let at: Timestamp
  /// Why, as a short word: `bad_signature`, `stale` …
  package let reason: String
  /// The request target, tokens masked.
  package let target: String
  /// The field lines as JSON text: an array of `["name","value"]`.
  package let fields: String
  /// The body's first bytes, as text; `RefusedShelf.bodyLimit` at most.
  package let body: String

  package init(at: Timestamp, reason: String, target: String, fields: String, body: String) {
    self.at = at
    self.reason = reason
    self.target = target
    self.fields = fields
    self.body = body
  }
}

/// The refused requests, newest kept, capped in number and bytes: anybody on the internet can make one, so they can
/// neither fill the disk nor the memory. Two files take turns; nothing here is synced.
package final class RefusedShelf: Sendable {
  /// Bytes of a body that are kept.
  package static let bodyLimit = 4096
  /// Requests kept in memory and shown.
  static let countLimit = 1000
  /// Bytes of one of the two files.
  static let fileLimit = 4 << 20

  private struct State {
    var entries: [(number: UInt64, line: [UInt8], at: Timestamp)] = []
    var next: UInt64 = 1
    var isSecondFile = false
    var offset = 0
  }

  private let disk: any Disk
  private let directory: String
  private let state = Mutex(State())

  init(disk: any Disk, directory: String) throws(DiskError) {
    self.disk = disk
    self.directory = directory
    try disk.makeDirectory(directory)
    try load()
  }

  /// How many were refused since the shelf was first used.
  package var total: UInt64 { state.withLock { $0.next - 1 } }

  /// Keeps the request. A disk that fails loses it after the next start, and nothing else.
  @discardableResult
  package func add(_ request: RefusedRequest) -> RequestID {
    state.withLock { state in
      let id = RequestID(at: request.at, isRefused: true, number: state.next)
      let line = Self.line(request, state.next)
      state.entries.append((state.next, line, request.at))
      state.next += 1
      if state.entries.count >= Self.countLimit * 2 { state.entries.removeFirst(Self.countLimit) }
      append(line, &state)
      return id
    }
  }

  /// The newest requests with a number below `before`, newest first, each as JSON.
  func page(before: UInt64, limit: Int) -> [(number: UInt64, at: Timestamp, line: [UInt8])] {
    state.withLock { state in
      state.entries.suffix(Self.countLimit).reversed().lazy.filter { $0.number < before }.prefix(limit)
        .map { ($0.number, $0.at, $0.line) }
    }
  }

  /// Hits the disk at most once per line and never waits for it.
  private func append(_ line: [UInt8], _ state: inout State) {
    if state.offset + line.count > Self.fileLimit {
      state.isSecondFile.toggle()
      state.offset = 0
    }
    guard let file = try? disk.open(path(state.isSecondFile), state.offset == 0 ? .replace : .update) else { return }
    defer { disk.close(file) }
    if (try? disk.write(line, to: file, at: state.offset)) != nil { state.offset += line.count }
  }

  private func path(_ isSecond: Bool) -> String { directory + (isSecond ? "/1.jsonl" : "/0.jsonl") }

  private func load() throws(DiskError) {
    var found: [(number: UInt64, line: [UInt8], at: Timestamp, isSecond: Bool)] = []
    var sizes = [false: 0, true: 0]
    for isSecond in [false, true] {
      let bytes = try disk.contents(of: path(isSecond)) ?? []
      sizes[isSecond] = bytes.count
      var place = 0
      while let range = JournalSegment.line(in: bytes, from: place) {
        place = range.upperBound + 1
        let line = Array(bytes[range]) + [UInt8(ascii: "\n")]
        guard let json = try? JSON.parse(line), let number = json["number"]?.int, let at = json["at"]?.string,
          let time = Timestamp(at)
        else { continue }
        found.append((UInt64(max(0, number)), line, time, isSecond))
      }
    }
    found.sort { $0.number < $1.number }
    let newest = found.last
    let kept = found.suffix(Self.countLimit).map { (number: $0.number, line: $0.line, at: $0.at) }
    let offset = sizes[newest?.isSecond ?? false] ?? 0
    state.withLock { state in
      state.entries = kept
      state.next = (newest?.number ?? 0) + 1
      state.isSecondFile = newest?.isSecond ?? false
      state.offset = offset
    }
  }

  private static func line(_ request: RefusedRequest, _ number: UInt64) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.openObject()
    bytes.appendMember("number", number)
    bytes.appendMember("at", request.at)
    bytes.appendMember("reason", request.reason)
    bytes.appendMember("target", request.target)
    bytes.appendMember("fields", raw: request.fields)
    bytes.appendMember("bodyText", request.body)
    bytes.closeObject()
    bytes.append(UInt8(ascii: "\n"))
    return bytes
  }
}
