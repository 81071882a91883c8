// SPDX-License-Identifier: Apache-2.0

import HTTPClient
import JSON
import Synchronization

@testable import Provider

/// A provider that gives one answer to everything, and keeps what it was asked.
final class Stub: Sendable {
  private let answer: Result<HTTPClientResponse, HTTPClientError>
  private let asked = Mutex<[HTTPClientRequest]>([])

  init(_ body: String, status: Int = 200) {
    answer = .success(
      HTTPClientResponse(
        head: HTTPClientResponseHead(status: status), body: Array(body.utf8), effectiveURL: "", remoteAddress: ""))
  }

  init(_ error: HTTPClientError) {
    answer = .failure(error)
  }

  var requests: [HTTPClientRequest] { asked.withLock { $0 } }

  func provider(url: String = "https://api.example.test", key: String = "key-1") -> Provider {
    Provider(
      ProviderConfiguration(url: url, uploadURL: "https://upload.example.test/", apiKey: Secret(key))
    ) { [self] request throws(HTTPClientError) in
      asked.withLock { $0.append(request) }
      return try answer.get()
    }
  }
}

func text(_ bytes: [UInt8]?) -> String { String(decoding: bytes ?? [], as: UTF8.self) }

let html = "<html><body>502 Bad Gateway</body></html>"
