// SPDX-License-Identifier: Apache-2.0

import TLSTesting

/// A blocking connection to the TLS listener, which verifies the chain that it is shown.
final class SecureConnection {
  private let wire: Wire
  private let session: TLSTestClient
  private var pending: [UInt8] = []

  init(port: UInt16, root: String) throws {
    wire = try Wire(port: port)
    session = TLSTestClient(root: root)
    while !session.isConnected { try exchange() }
  }

  /// Sends a signed callback and answers its status.
  func deliver(_ task: String) throws -> Int {
    session.send(ManagedServer.callback(for: task))
    while true {
      if let head = MessageHead(pending), let length = head.contentLength, pending.count >= head.length + length {
        pending.removeFirst(head.length + length)
        return head.firstLine.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
      }
      try exchange()
    }
  }

  /// Sends what there is, and takes what comes next.
  private func exchange() throws {
    if session.hasOutput { try wire.send(session.takeOutput()) }
    if let failure = session.failure { throw Broken(failure) }
    let bytes = try wire.receive()
    guard !bytes.isEmpty else { throw Broken("the server closed the connection") }
    session.receive(bytes)
    pending += session.takeReceived()
    if let failure = session.failure { throw Broken(failure) }
    if session.hasOutput { try wire.send(session.takeOutput()) }
  }
}
