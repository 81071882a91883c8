// SPDX-License-Identifier: Apache-2.0

import JSON

/// A blocking HTTP/1.1 connection to loopback. Every call fails when the peer is gone, and none waits for ever.
final class ClientConnection {
  struct Answer: Sendable {
    let status: Int
    let body: [UInt8]

    var json: JSON { (try? JSON.parse(body)) ?? .null }
    var text: String { String(decoding: body, as: UTF8.self) }
  }

  private let wire: Wire
  private var pending: [UInt8] = []

  init(port: UInt16) throws { wire = try Wire(port: port) }

  func send(_ bytes: [UInt8]) throws { try wire.send(bytes) }

  /// The next whole answer; one that is cut off is none.
  func receive() throws -> Answer {
    while true {
      if let answer = try takeAnswer() { return answer }
      let bytes = try wire.receive()
      guard !bytes.isEmpty else { throw Broken("the server closed the connection") }
      pending += bytes
    }
  }

  func get(_ path: String) throws -> Answer {
    try send(Array("GET \(path) HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".utf8))
    return try receive()
  }

  func post(_ path: String, _ body: JSON) throws -> Answer {
    try send(path, body)
    return try receive()
  }

  /// Posts without waiting for the answer.
  func send(_ path: String, _ body: JSON) throws {
    let body = body.compact()
    let head =
      "POST \(path) HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer any-key\r\nContent-Type: application/json\r\n"
      + "Content-Length: \(body.count)\r\n\r\n"
    try send(Array(head.utf8) + body)
  }

  private func takeAnswer() throws -> Answer? {
    guard let head = MessageHead(pending) else { return nil }
    let words = head.firstLine.split(separator: " ")
    guard words.count >= 2, words[0] == "HTTP/1.1", let status = Int(words[1]) else {
      throw Broken("no status line: \(head.firstLine)")
    }
    guard let length = head.contentLength else { throw Broken("no Content-Length in the answer") }
    let end = head.length + length
    guard pending.count >= end else { return nil }
    let body = Array(pending[head.length..<end])
    pending.removeFirst(end)
    return Answer(status: status, body: body)
  }
}
