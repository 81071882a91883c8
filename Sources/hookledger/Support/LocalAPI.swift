// SPDX-License-Identifier: Apache-2.0

import HTTPClient
import JSON
import Receiver

/// Calls of the local API of a running server. Every answer that is no success ends the command with its reason.
struct LocalAPI: Sendable {
  /// Scheme, host and port, without a slash at the end.
  let base: String
  /// The value of the `Authorization` field; nil where the server wants none.
  let authorization: String?
  let client: HTTPClient

  /// What the server said: the status and the JSON of the body, if it is any.
  struct Answer {
    let status: Int
    let json: JSON
  }

  /// GET of a path below `/api/v1`; query items without a value are left out.
  func get(
    _ path: [String], query: KeyValuePairs<String, String?> = [:], timeout: Duration = .seconds(60)
  ) async throws(CommandError) -> Answer {
    try await send(
      HTTPClientRequest(
        url: url(path) + target(query), headers: headers(), timeouts: HTTPClientTimeouts(total: timeout),
        maxResponseBytes: Self.maxAnswerBytes))
  }

  /// GET of a path below `/api/v1` in a form other than JSON.
  func text(
    _ path: [String], query: KeyValuePairs<String, String?>, accept: String
  ) async throws(CommandError) -> String {
    let request = HTTPClientRequest(
      url: url(path) + target(query), headers: headers() + [("Accept", accept)],
      timeouts: HTTPClientTimeouts(total: .seconds(60)), maxResponseBytes: Self.maxAnswerBytes)
    let response: HTTPClientResponse
    do throws(HTTPClientError) {
      response = try await client.send(request)
    } catch {
      throw notReachable(error)
    }
    try Self.check(response)
    return String(decoding: response.body, as: UTF8.self)
  }

  /// POST to a path below `/api/v1`; it waits as long as the server may wait for the provider.
  func post(
    _ path: [String], body: JSON? = nil, idempotencyKey: String? = nil
  ) async throws(CommandError) -> Answer {
    var fields = headers()
    if body != nil { fields.append(("Content-Type", "application/json")) }
    if let idempotencyKey { fields.append(("Idempotency-Key", idempotencyKey)) }
    return try await send(
      HTTPClientRequest(
        method: .post, url: url(path), headers: fields, body: body?.compact() ?? [],
        timeouts: HTTPClientTimeouts(total: .seconds(120)), maxResponseBytes: Self.maxAnswerBytes))
  }

  /// POST of a file to `/api/v1/uploads`; what it is, the server finds out.
  func upload(_ bytes: [UInt8], name: String?) async throws(CommandError) -> Answer {
    let query = name.map { "?fileName=\(percentEncoded($0.split(separator: "/").last.map(String.init) ?? ""))" } ?? ""
    return try await send(
      HTTPClientRequest(
        method: .post, url: url(["uploads"]) + query,
        headers: headers() + [("Content-Type", "application/octet-stream")], body: bytes,
        timeouts: HTTPClientTimeouts(total: .seconds(900)), maxResponseBytes: Self.maxAnswerBytes))
  }

  /// GET of a probe outside `/api/v1`: status and text, whatever the status.
  func probe(_ path: String) async throws(CommandError) -> (status: Int, text: String) {
    let request = HTTPClientRequest(
      url: base + path, timeouts: HTTPClientTimeouts(connect: .seconds(2), total: .seconds(5)))
    do throws(HTTPClientError) {
      let response = try await client.send(request)
      return (response.status, String(decoding: response.body, as: UTF8.self))
    } catch {
      throw notReachable(error)
    }
  }

  /// Fetches a file below `/api/v1` into a sink.
  func download(_ path: [String], into sink: DownloadSink) async throws(CommandError) {
    let request = HTTPClientRequest(
      url: url(path), headers: headers(), timeouts: HTTPClientTimeouts(total: nil), maxResponseBytes: .max)
    let response: HTTPClientResponse
    do throws(HTTPClientError) {
      response = try await client.download(request, into: sink)
    } catch {
      throw notReachable(error)
    }
    try Self.check(response)
  }

  // MARK: Below

  /// A page of 250 tasks with long prompts must fit.
  private static let maxAnswerBytes = 64 << 20

  private func url(_ path: [String]) -> String {
    base + "/api/v1/" + path.map(percentEncoded).joined(separator: "/")
  }

  private func target(_ query: KeyValuePairs<String, String?>) -> String {
    let items = query.compactMap { name, value in value.map { "\(name)=\(percentEncoded($0))" } }
    return items.isEmpty ? "" : "?" + items.joined(separator: "&")
  }

  private func headers() -> [(name: String, value: String)] {
    authorization.map { [("Authorization", $0)] } ?? []
  }

  private func send(_ request: HTTPClientRequest) async throws(CommandError) -> Answer {
    let response: HTTPClientResponse
    do throws(HTTPClientError) {
      response = try await client.send(request)
    } catch {
      throw notReachable(error)
    }
    return try Self.check(response)
  }

  @discardableResult
  private static func check(_ response: HTTPClientResponse) throws(CommandError) -> Answer {
    let json = try? JSON.parse(response.body)
    guard (200..<300).contains(response.status) else {
      throw CommandError(
        exitStatus(response.status, json), lines: ProblemText(status: response.status, body: json).lines)
    }
    return Answer(status: response.status, json: json ?? .null)
  }

  /// What the provider refused carries its code, or one of the statuses that only it causes.
  private static func exitStatus(_ status: Int, _ problem: JSON?) -> ExitStatus {
    problem?["providerCode"] != nil || status == 402 || status == 429 ? .refusedByProvider : .failed
  }

  private func notReachable(_ error: HTTPClientError) -> CommandError {
    switch error {
    case .notSent(let reason):
      CommandError("the server at \(base) is not reachable: \(reason)", status: .serverNotReachable)
    case .answerLost(.timedOut):
      CommandError("the server at \(base) did not answer in time", status: .timedOut)
    case .answerLost(let reason):
      CommandError("the server at \(base) did not answer: \(reason)", status: .serverNotReachable)
    }
  }
}

/// Everything but RFC 3986's unreserved characters as `%XX`.
private func percentEncoded(_ text: String) -> String {
  var encoded = ""
  for byte in text.utf8 {
    let character = Character(UnicodeScalar(byte))
    if byte < 0x80, character.isLetter || character.isNumber || "-._~".contains(character) {
      encoded.append(character)
    } else {
      let digits = String(byte, radix: 16, uppercase: true)
      encoded += digits.count == 1 ? "%0" + digits : "%" + digits
    }
  }
  return encoded
}
