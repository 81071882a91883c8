// SPDX-License-Identifier: Apache-2.0

import Dispatch
import Glibc
import OpenSSL
import Synchronization

/// Many connections that send signed callbacks, each for a task of its own, as fast as they are answered.
final class Storm: Sendable {
  static let connections = 8
  /// Requests sent on one connection before their answers are read.
  static let pipelined = 4

  private struct Tally {
    var acknowledged: [String] = []
    /// Statuses other than 200.
    var others: [Int] = []
    var sent = 0
  }

  private let round: Int
  private let key = HMACKey(Array(ServerProcess.hmacKey.utf8).span)
  private let tally = Mutex(Tally())

  init(round: Int) { self.round = round }

  /// The provider's ids of the tasks whose callback was answered with 200.
  var acknowledged: [String] { tally.withLock(\.acknowledged) }
  /// Every other status that came.
  var otherStatuses: [Int] { tally.withLock(\.others) }
  /// Callbacks sent, answered or not.
  var sent: Int { tally.withLock(\.sent) }

  /// Sends until the server is gone or `limit` callbacks have gone out on each connection. When as many as `strike` are
  /// acknowledged, `blow` is called, once, from one of the connections while the others go on.
  func rage(port: UInt16, limit: Int, strike: Int, blow: @Sendable () -> Void) {
    DispatchQueue.concurrentPerform(iterations: Self.connections) { lane in
      // The end of the server ends each connection with an error: that is what the storm is for.
      try? rage(lane, port, limit, strike, blow)
    }
  }

  private func rage(_ lane: Int, _ port: UInt16, _ limit: Int, _ strike: Int, _ blow: () -> Void) throws {
    let connection = try ClientConnection(port: port)
    for first in stride(from: 0, to: limit, by: Self.pipelined) {
      let tasks = (first..<first + Self.pipelined).map { "task-\(round)-\(lane)-\($0)" }
      tally.withLock { $0.sent += tasks.count }
      try connection.send(tasks.flatMap { callback(for: $0) })
      for task in tasks {
        let status = try connection.receive().status
        let isTheOne = tally.withLock { tally in
          guard status == 200 else {
            tally.others.append(status)
            return false
          }
          tally.acknowledged.append(task)
          return tally.acknowledged.count == strike
        }
        if isTheOne { blow() }
      }
    }
  }

  private func callback(for task: String) -> [UInt8] {
    let result = #"{\"resultUrls\":[\"https://files.example.test/\#(task).mp4\"]}"#
    let body =
      #"{"code":200,"msg":"Playground task completed successfully.","data":{"taskId":"\#(task)","#
      + #""model":"sora-2-image-to-video","state":"success","resultJson":"\#(result)","failCode":null}}"#
    let timestamp = String(time(nil))
    let signature = Base64.standard.encode(key.authenticate(Array("\(task).\(timestamp)".utf8).span).span)
    let head =
      "POST /callbacks HTTP/1.1\r\nHost: hooks.example.test\r\nContent-Type: application/json\r\n"
      + "X-Webhook-Timestamp: \(timestamp)\r\nX-Webhook-Signature: \(signature)\r\n"
      + "Content-Length: \(body.utf8.count)\r\n\r\n"
    return Array(head.utf8) + Array(body.utf8)
  }
}
