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
  /// The body as text; the shelf keeps `RefusedShelf.bodyLimit` bytes of it, and marks what it cut.
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
  package static let bodyLimit = 64 << 10
  /// Requests kept in memory and shown, at most.
  static let countLimit = 1000
  /// Bytes of one of the two files.
  static let fileLimit = 4 << 20
  /// Bytes of all requests in memory.
  static let memoryLimit = 4 << 20

  typealias Entry = (number: UInt64, at: Timestamp, line: [UInt8])

  fileprivate struct State {
    /// Oldest first.
    var entries: [Entry] = []
    /// Of the lines in `entries`.
    var bytes = 0
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
      state.keep((state.next, request.at, line))
      state.next += 1
      append(line, &state)
      return id
    }
  }

  /// The newest requests with a number below `before`, newest first, each as JSON.
  func page(before: UInt64, limit: Int) -> [Entry] {
    state.withLock { state in
      Array(state.entries.reversed().lazy.filter { $0.number < before }.prefix(limit))
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
    var found: [(entry: Entry, isSecond: Bool)] = []
    var ends = [false: 0, true: 0]
    for isSecond in [false, true] {
      let bytes = try disk.contents(of: path(isSecond)) ?? []
      var place = 0
      while let range = JournalSegment.line(in: bytes, from: place) {
        place = range.upperBound + 1
        if let entry = Self.entry(Array(bytes[range.lowerBound..<place])) { found.append((entry, isSecond)) }
      }
      // What a crash tore is written over.
      ends[isSecond] = place
    }
    found.sort { $0.entry.number < $1.entry.number }
    let isSecond = found.last?.isSecond ?? false
    state.withLock { state in
      for (entry, _) in found { state.keep(entry) }
      state.next = (found.last?.entry.number ?? 0) + 1
      state.isSecondFile = isSecond
      state.offset = ends[isSecond] ?? 0
    }
  }

  private static func entry(_ line: [UInt8]) -> Entry? {
    guard let json = try? JSON.parse(line), let number = json["number"]?.int, number > 0,
      let at = json["at"]?.string.flatMap({ Timestamp($0) })
    else { return nil }
    return (UInt64(number), at, line)
  }

  private static func line(_ request: RefusedRequest, _ number: UInt64) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.append(room: 512 + request.fields.utf8.count + min(request.body.utf8.count, bodyLimit)) { line in
      line.openObject()
      line.appendMember("number", number)
      line.appendMember("at", request.at)
      line.appendMember("reason", request.reason)
      line.appendMember("target", request.target)
      line.appendMember("fields", raw: request.fields)
      if request.body.utf8.count > bodyLimit { line.appendMember("cut", true) }
      line.appendMember("bodyText", String(decoding: request.body.utf8.prefix(bodyLimit), as: UTF8.self))
      line.closeObject()
      line.append(literal: "\n")
    }
    return bytes
  }
}

extension RefusedShelf.State {
  mutating func keep(_ entry: RefusedShelf.Entry) {
    entries.append(entry)
    bytes += entry.line.count
    guard entries.count > RefusedShelf.countLimit || bytes > RefusedShelf.memoryLimit else { return }
    // A quarter at a time, so that a flood does not move the whole list for every request.
    var dropped = 0
    while entries.count - dropped > RefusedShelf.countLimit * 3 / 4 || bytes > RefusedShelf.memoryLimit * 3 / 4 {
      bytes -= entries[dropped].line.count
      dropped += 1
    }
    entries.removeFirst(dropped)
  }
}
