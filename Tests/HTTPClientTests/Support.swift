// SPDX-License-Identifier: Apache-2.0

import Synchronization

@testable import HTTPClient

func makeClient(caFile: String? = nil, environment: [String: String] = [:]) throws -> HTTPClient {
  try HTTPClient(
    HTTPClientConfiguration(userAgent: "hookledger/test", caFile: caFile),
    proxies: ProxyEnvironment { environment[$0] })
}

/// The error of an exchange, or `nil` when there was an answer.
func failure(_ client: HTTPClient, _ request: HTTPClientRequest) async -> HTTPClientError? {
  do {
    _ = try await client.send(request)
    return nil
  } catch {
    return error
  }
}

func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

/// Keeps what a download told it.
final class Collector: Sendable {
  struct State {
    var head: HTTPClientResponseHead?
    var offset: Int64?
    var bytes: [UInt8] = []
    var progress: [Int64] = []
  }

  private let state = Mutex(State())

  var snapshot: State { state.withLock { $0 } }

  func sink(takesHead: Bool = true, maxPieces: Int = .max) -> DownloadSink {
    DownloadSink(
      head: { head, offset in
        self.state.withLock {
          $0.head = head
          $0.offset = offset
        }
        return takesHead
      },
      bytes: { piece, received in
        self.state.withLock {
          for index in piece.indices { $0.bytes.append(piece[index]) }
          $0.progress.append(received)
          return $0.progress.count <= maxPieces
        }
      })
  }
}
