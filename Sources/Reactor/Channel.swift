// SPDX-License-Identifier: Apache-2.0

import Glibc

/// What a read brought.
package enum ReadResult: Equatable, Sendable {
  /// So many bytes, at least one.
  case bytes(Int)
  /// The peer will send no more.
  case endOfStream
  /// Nothing is there now.
  case wouldBlock
  /// The connection is lost.
  case failed(SystemError)
}

/// What a write achieved.
package enum WriteResult: Equatable, Sendable {
  /// The kernel took so many bytes; perhaps fewer than were offered.
  case bytes(Int)
  /// The kernel has no room now.
  case wouldBlock
  /// The connection is lost, or the file to send could not be read.
  case failed(SystemError)
}

/// A connected, non-blocking TCP socket.
package struct Channel: ~Copyable {
  package let descriptor: Descriptor

  package init(_ descriptor: consuming Descriptor) {
    self.descriptor = descriptor
  }

  /// Watches the socket on a loop; the loop holds the handler until it is told to forget it.
  package borrowing func register(
    on loop: Loop, _ interest: Interest, _ handler: any ReadinessHandler
  ) throws(SystemError) -> Registration {
    try loop.register(descriptor, interest, handler)
  }

  /// Reads into the buffer from `offset` on, at most up to its end (recv(2)).
  /// - Parameter offset: 0 or more, and less than the buffer counts.
  package borrowing func receive(into buffer: inout [UInt8], from offset: Int = 0) -> ReadResult {
    let number = descriptor.number
    precondition(buffer.indices.contains(offset))
    do {
      let count = try nonBlockingCall("recv") {
        unsafe buffer.withUnsafeMutableBytes {
          unsafe recv(number, $0.baseAddress.map { unsafe $0 + offset }, $0.count - offset, 0)
        }
      }
      guard let count else { return .wouldBlock }
      return count == 0 ? .endOfStream : .bytes(count)
    } catch {
      return .failed(error)
    }
  }

  /// Writes what the kernel takes of `bytes` (send(2)). A vanished peer is an error, not a signal.
  package borrowing func send(_ bytes: Span<UInt8>) -> WriteResult {
    let number = descriptor.number
    return Self.result("send") {
      unsafe bytes.withUnsafeBytes { unsafe Glibc.send(number, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
    }
  }

  /// Writes what the kernel takes of `count` bytes of a file from `offset` on, without copying them through this
  /// process (sendfile(2)). `.bytes(0)` means that the file is shorter than that.
  package borrowing func sendFile(_ file: borrowing Descriptor, offset: Int64, count: Int) -> WriteResult {
    let number = descriptor.number
    let source = file.number
    var position = off_t(offset)
    return Self.result("sendfile") { unsafe sendfile(number, source, &position, count) }
  }

  /// Bytes that the kernel took and the peer has not acknowledged yet (SIOCOUTQ in tcp(7)).
  package var unacknowledged: Int {
    var count: Int32 = 0
    return unsafe ioctl(descriptor.number, UInt(TIOCOUTQ), &count) == 0 ? Int(count) : 0
  }

  /// Tells the peer that no more will come (shutdown(2)). A connection that is gone already is no error here: the next
  /// read says so.
  package borrowing func shutdownWrite() {
    _ = shutdown(descriptor.number, Int32(SHUT_WR))
  }

  private static func result(_ call: String, _ body: () -> Int) -> WriteResult {
    do {
      guard let count = try nonBlockingCall(call, body) else { return .wouldBlock }
      return .bytes(count)
    } catch {
      return .failed(error)
    }
  }
}
