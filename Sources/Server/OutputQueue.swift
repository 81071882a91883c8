// SPDX-License-Identifier: Apache-2.0

import Reactor

/// What is to be sent to one client: bytes, and behind them perhaps a large body or a part of a file.
struct OutputQueue {
  enum Progress {
    /// Everything was taken.
    case emptied
    /// The client has no room for more, or it is another connection's turn.
    case blocked
    /// The connection is lost.
    case failed
  }

  enum Tail {
    case none
    case bytes([UInt8], sent: Int)
    case file(OpenFile, offset: Int64, count: Int64)
  }

  /// Bytes given to the kernel in one tick, so that one fast client does not hold up the others.
  static let bytesPerTick = 1024 * 1024

  /// Bytes to be sent before the tail. Responses are appended here.
  var bytes: [UInt8] = []
  /// A body too large to be copied behind `bytes`, or a file. Nothing may be appended to `bytes` before it is gone.
  var tail = Tail.none
  /// Bytes that the kernel has taken since the connection began.
  private(set) var accepted: UInt64 = 0
  private var sent = 0
  /// `bytes` are somebody else's too: nothing is gained by keeping their room.
  private var isShared = false

  var isEmpty: Bool {
    if case .none = tail { sent == bytes.count } else { false }
  }

  /// Whether nothing at all is here, nor room for it.
  var isBare: Bool { isEmpty && bytes.isEmpty }

  /// Sends bytes that others send too, without a copy of them. For a queue that is empty.
  mutating func share(_ shared: [UInt8]) {
    bytes = shared
    isShared = true
  }

  /// Whether `takeBuffer` has something to take.
  var hasBuffer: Bool { bytes.capacity > 0 }

  /// Takes the buffer of a queue that has been sent, so that an idle connection has none.
  mutating func takeBuffer() -> [UInt8]? {
    guard hasBuffer else { return nil }
    var buffer: [UInt8] = []
    swap(&buffer, &bytes)
    return buffer
  }

  var hasTail: Bool {
    if case .none = tail { false } else { true }
  }

  /// Bytes in memory that the client has not taken yet.
  var waiting: Int {
    if case .bytes(let body, let sent) = tail { return bytes.count - self.sent + body.count - sent }
    return bytes.count - sent
  }

  /// Sends as much as the client takes.
  mutating func write(to transport: borrowing Transport) -> Progress {
    var total = 0
    while !isEmpty {
      guard total < Self.bytesPerTick else { return .blocked }
      switch sendNext(transport) {
      case .bytes(let count):
        total += count
        accepted &+= UInt64(count)
        if !advance(count) { return .failed }
      case .wouldBlock:
        compact()
        return .blocked
      case .failed:
        return .failed
      }
    }
    if isShared { bytes = [] } else { bytes.removeAll(keepingCapacity: true) }
    isShared = false
    sent = 0
    switch transport.flush() {
    case .bytes: return .emptied
    case .wouldBlock: return .blocked
    case .failed: return .failed
    }
  }

  private func sendNext(_ transport: borrowing Transport) -> WriteResult {
    if sent < bytes.count { return transport.send(bytes.span.extracting(sent..<bytes.count)) }
    switch tail {
    case .none: return .bytes(0)
    case .bytes(let body, let sent): return transport.send(body.span.extracting(sent..<body.count))
    case .file(let file, let offset, let count):
      return transport.sendFile(file.descriptor, offset: offset, count: Int(min(count, Int64(Self.bytesPerTick))))
    }
  }

  /// Notes what was taken. `false` when a file is shorter than was promised.
  private mutating func advance(_ count: Int) -> Bool {
    if sent < bytes.count {
      sent += count
      return true
    }
    switch tail {
    case .none:
      return true
    case .bytes(let body, let sent):
      tail = sent + count == body.count ? .none : .bytes(body, sent: sent + count)
      return true
    case .file(let file, let offset, let rest):
      guard count > 0 else { return false }
      tail = Int64(count) == rest ? .none : .file(file, offset: offset + Int64(count), count: rest - Int64(count))
      return true
    }
  }

  /// A stream appends for ever: what has been sent is dropped before the rest outweighs it.
  private mutating func compact() {
    guard sent > 64 * 1024, sent > bytes.count / 2 else { return }
    bytes.removeSubrange(..<sent)
    sent = 0
  }
}
