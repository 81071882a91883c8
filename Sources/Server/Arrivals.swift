// SPDX-License-Identifier: Apache-2.0

/// Bytes that came in one tick for connections that were between requests: what has come for many is looked at together,
/// in stages. All that a request needs is more code than a processor's instruction cache holds, so that each request by
/// itself would fetch the code of every stage anew.
struct Arrivals {
  /// So many go together: more would gain little, and their bytes would leave the data cache.
  private static let limit = 24
  /// No read is offered less.
  private static let room = 16 * 1024

  /// What came for one connection.
  struct Arrival {
    let connection: Connection
    let range: Range<Int>
    /// A whole request is there and is with the handler, or will be.
    var isRequest = false
  }

  /// Empty in a value that only stands in for another.
  var buffer: [UInt8] = []
  var all: [Arrival] = []

  /// Where the next bytes go.
  var end: Int { all.last?.range.upperBound ?? 0 }

  var isFull: Bool { all.count >= Self.limit || buffer.count - end < Self.room }
}

extension HTTPServer {
  /// Reads what has come for a connection that is between requests; it is looked at with what comes for others.
  func gather(_ connection: Connection) {
    var arrivals = Arrivals()
    swap(&arrivals, &self.arrivals)
    let range = connection.arrive(in: &arrivals.buffer, from: arrivals.end)
    if let range { arrivals.all.append(Arrivals.Arrival(connection: connection, range: range)) }
    let isFull = arrivals.isFull
    swap(&arrivals, &self.arrivals)
    if range == nil { connection.touch(self) }
    if isFull { takeArrivals() }
  }

  /// Takes what has come through all stages.
  func takeArrivals() {
    guard !arrivals.all.isEmpty else { return }
    var arrivals = Arrivals()
    swap(&arrivals, &self.arrivals)
    for index in arrivals.all.indices {
      let arrival = arrivals.all[index]
      arrivals.all[index].isRequest = arrival.connection.beginBurst(arrivals.buffer, arrival.range, self)
    }
    for arrival in arrivals.all where arrival.isRequest {
      arrival.connection.handOver(arrivals.buffer, self)
    }
    handler.endBurst()
    for arrival in arrivals.all where arrival.isRequest {
      arrival.connection.endBurst(arrivals.buffer, arrival.range.upperBound, self)
    }
    arrivals.all.removeAll(keepingCapacity: true)
    swap(&arrivals, &self.arrivals)
  }
}
