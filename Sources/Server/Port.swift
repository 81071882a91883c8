// SPDX-License-Identifier: Apache-2.0

import HTTP1
import Reactor

/// What the connections of one listener have in common. What a call changes is taken out for it, as `Connection` says.
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
  /// The reader put back last. As long as one connection after the other needs one, the list is left alone.
  private var lastReader: MessageReader?
  private var wholeResponse: PreparedResponse?
  private var wholeSecond = Int64.min
  private var whole: [UInt8] = []

  init(tag: ListenerTag, limits: HTTPLimits, tls: TLSEndpoint?, reserve: Int, standing: StandingFields) {
    self.tag = tag
    self.limits = limits
    self.tls = tls
    self.reserve = reserve
    self.standing = standing
  }

  /// Of its reserve, what it does not use.
  var unusedReserve: Int { max(0, reserve - counters.open) }

  /// A request could not be read.
  func countFault(_ status: Int) {
    var faults: [Int: UInt64] = [:]
    swap(&faults, &counters.faults)
    faults[status, default: 0] &+= 1
    counters.faults = faults
  }

  func takeReader() -> MessageReader {
    if let reader = lastReader.take() { return reader }
    var spare: [MessageReader] = []
    swap(&spare, &readers)
    let reader = spare.popLast()
    swap(&spare, &readers)
    return reader ?? MessageReader(limits: limits)
  }

  func putBack(_ reader: consuming MessageReader) {
    reader.reset()
    guard lastReader != nil else {
      lastReader = reader
      return
    }
    guard readers.count < Self.spareReaders else { return }
    var spare: [MessageReader] = []
    swap(&spare, &readers)
    spare.append(reader)
    swap(&spare, &readers)
  }

  /// All bytes of an answer to a client that keeps the connection. They are put together once a second.
  /// - Parameter date: The Date field's line of that second.
  func whole(_ response: PreparedResponse, second: Int64, date: @autoclosure () -> [UInt8]) -> [UInt8] {
    if wholeResponse === response, wholeSecond == second { return whole }
    var bytes = response.head
    bytes.append(contentsOf: date())
    standing.append(to: &bytes)
    ResponseWriter.endHead(&bytes)
    bytes.append(contentsOf: response.body)
    (wholeResponse, wholeSecond, whole) = (response, second, bytes)
    return bytes
  }
}
