// SPDX-License-Identifier: Apache-2.0

import HTTP1
import Reactor

/// What the connections of one listener have in common.
final class Port {
  /// Readers that wait for the next connection in need of one; more are given back.
  private static let spareReaders = 32

  let tag: ListenerTag
  let limits: HTTPLimits
  /// There when the listener speaks TLS.
  let tls: TLSEndpoint?
  /// Connections that others must leave to this listener.
  let reserve: Int
  /// What every answer says besides.
  let standing: StandingFields
  var listener: Listener?
  /// Bytes that the readers of its connections hold.
  var requestBytes = 0
  var counters = ListenerCounters()
  private var readers: [MessageReader] = []

  init(tag: ListenerTag, limits: HTTPLimits, tls: TLSEndpoint?, reserve: Int, standing: StandingFields) {
    self.tag = tag
    self.limits = limits
    self.tls = tls
    self.reserve = reserve
    self.standing = standing
  }

  /// Of its reserve, what it does not use.
  var unusedReserve: Int { max(0, reserve - counters.open) }

  func takeReader() -> MessageReader {
    readers.popLast() ?? MessageReader(limits: limits)
  }

  func putBack(_ reader: MessageReader) {
    guard readers.count < Self.spareReaders else { return }
    reader.reset()
    readers.append(reader)
  }
}
