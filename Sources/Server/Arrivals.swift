// SPDX-License-Identifier: Apache-2.0

/// Bytes that came in one tick for connections that were between requests: what has come for many is looked at together,
/// in stages. All that a request needs is more code than a processor's instruction cache holds, so that each request by
/// itself would fetch the code of every stage anew.
struct Arrivals {
  /// So many go together, 64 at most: more would gain little, and their bytes would leave the data cache.
  private static let limit = 24
  /// No read is offered less.
  private static let room = 16 * 1024

  /// What came for one connection.
  struct Arrival {
    let connection: Connection
    let range: Range<Int>
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
    stage(arrivals.all.span, arrivals.buffer)
    arrivals.all.removeAll(keepingCapacity: true)
    swap(&arrivals, &self.arrivals)
  }

  private func stage(_ arrivals: Span<Arrivals.Arrival>, _ buffer: [UInt8]) {
    /// A bit for each that is a whole request.
    var requests: UInt64 = 0
    for index in arrivals.indices where arrivals[index].connection.beginBurst(buffer, arrivals[index].range, self) {
      requests |= 1 << UInt64(index)
    }
    for index in arrivals.indices where requests & 1 << UInt64(index) != 0 {
      arrivals[index].connection.handOver(buffer, self)
    }
    handler.endBurst()
    for index in arrivals.indices where requests & 1 << UInt64(index) != 0 {
      arrivals[index].connection.endBurst(buffer, arrivals[index].range.upperBound, self)
    }
  }
}
