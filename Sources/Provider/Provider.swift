// SPDX-License-Identifier: Apache-2.0

package import HTTPClient
package import JSON

/// The provider's API as typed calls.
package struct Provider: Sendable {
  /// Sends one request: the HTTP client, or a test's stand-in for it.
  package typealias Transport = @Sendable (HTTPClientRequest) async throws(HTTPClientError) -> HTTPClientResponse

  let configuration: ProviderConfiguration
  private let transport: Transport

  package init(_ configuration: ProviderConfiguration, client: HTTPClient) {
    self.init(configuration) { request throws(HTTPClientError) in try await client.send(request) }
  }

  package init(_ configuration: ProviderConfiguration, transport: @escaping Transport) {
    self.configuration = configuration
    self.transport = transport
  }

  /// `POST /api/v1/jobs/createTask`: sent once, on a connection of its own, and never repeated below this call.
  ///
  /// - Parameter body: the request as JSON text: model, callback addresses, input.
  package func createTask(body: [UInt8]) async -> CreateOutcome {
    CreateOutcome(await exchange(post("/api/v1/jobs/createTask", body, isIdempotent: false)))
  }

  /// `GET /api/v1/jobs/recordInfo`: the provider's own record of a task. At most 10 questions a second for each key.
  package func recordInfo(taskID: String) async -> RecordOutcome {
    let request = request(.get, "/api/v1/jobs/recordInfo?taskId=\(percentEncoded(taskID))")
    return RecordOutcome(await exchange(request), taskID: taskID)
  }

  /// `GET /api/v1/chat/credit`: what is left on the account, as the decimal number that the provider wrote.
  package func credits() async throws(ProviderError) -> JSONNumber {
    let data = try await data(request(.get, "/api/v1/chat/credit"))
    guard let credits = data?.number ?? data?.string.flatMap({ JSONNumber(text: $0) }) else {
      throw .malformed("no number of credits")
    }
    return credits
  }

  /// `POST /api/v1/common/download-url`: a link, good for 20 minutes, to a file that the provider made.
  package func downloadURL(for url: String) async throws(ProviderError) -> String {
    let body = JSON.object(["url": .string(url)]).compact()
    guard let link = try await data(post("/api/v1/common/download-url", body, isIdempotent: true))?.string,
      !link.isEmpty
    else { throw .malformed("no link") }
    return link
  }

  /// The data of a good answer.
  func data(_ request: HTTPClientRequest) async throws(ProviderError) -> JSON? {
    let envelope: Envelope
    switch await exchange(request) {
    case .success(let answer): envelope = answer
    case .failure(let error): throw .transport(error)
    }
    if let refusal = envelope.refusal { throw .refused(refusal) }
    guard envelope.verdict == .done else { throw .unavailable(envelope.summary) }
    return envelope.data
  }

  private func exchange(_ request: HTTPClientRequest) async -> Result<Envelope, HTTPClientError> {
    do throws(HTTPClientError) {
      return .success(Envelope(try await transport(request)))
    } catch {
      return .failure(error)
    }
  }

  private func post(_ path: String, _ body: [UInt8], isIdempotent: Bool) -> HTTPClientRequest {
    var request = request(.post, path)
    request.headers.append((name: "Content-Type", value: "application/json"))
    request.body = body
    request.isIdempotent = isIdempotent
    return request
  }

  private func request(_ method: HTTPClientMethod, _ path: String) -> HTTPClientRequest {
    HTTPClientRequest(
      method: method, url: joined(configuration.url, path), headers: [authorization],
      timeouts: configuration.timeouts, maxResponseBytes: maxAnswerBytes)
  }

  var authorization: (name: String, value: String) {
    (name: "Authorization", value: "Bearer \(configuration.apiKey.reveal())")
  }
}

/// A record repeats the whole input of its task twice over; 4 MiB is far above any that was seen.
let maxAnswerBytes = 4 << 20

func joined(_ origin: String, _ path: String) -> String {
  (origin.hasSuffix("/") ? String(origin.dropLast()) : origin) + path
}

/// RFC 3986, 2.3: everything but unreserved characters.
func percentEncoded(_ text: String) -> String {
  let digits = Array("0123456789ABCDEF".utf8)
  var encoded: [UInt8] = []
  for byte in text.utf8 {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"):
      encoded.append(byte)
    default: encoded += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
    }
  }
  return String(decoding: encoded, as: UTF8.self)
}
