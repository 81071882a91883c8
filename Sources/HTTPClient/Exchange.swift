// SPDX-License-Identifier: Apache-2.0

internal import Synchronization

/// One exchange without redirects, on its way to the worker thread.
struct Exchange: Sendable {
  let request: HTTPClientRequest
  let url: HTTPURL
  /// `nil` for a direct connection.
  let proxy: String?
  let download: Download?
  let cancellation: Cancellation
  /// Called exactly once.
  let complete: @Sendable (Result<Answer, HTTPClientError>) -> Void

  /// An answer, and where it points to if it is a redirect.
  struct Answer: Sendable {
    var response: HTTPClientResponse
    var redirectTarget: String?
  }
}

/// Set once by whoever waits, read by the worker.
final class Cancellation: Sendable {
  private let flag = Atomic(false)

  var isSet: Bool { flag.load(ordering: .acquiring) }

  func set() { flag.store(true, ordering: .releasing) }
}
