// SPDX-License-Identifier: Apache-2.0

internal import HTTPClient
internal import JSON

/// What an answer of the provider says, before it is known what was asked.
///
/// The HTTP status is nearly always 200 and the verdict stands in the body: a numeric `code` in a JSON object decides, and
/// only where there is none does the HTTP status.
struct Envelope: Sendable {
  let httpStatus: Int
  let raw: [UInt8]
  /// The whole body, if it is JSON.
  let json: JSON?
  /// The body's own verdict; the sources show numbers and numeric strings.
  let code: Int?
  /// `msg`, on some pages `message`.
  let message: String?

  init(_ response: HTTPClientResponse) {
    httpStatus = response.status
    raw = response.body
    json = try? JSON.parse(response.body)
    code = json?["code"].flatMap(Envelope.integer)
    message = json?["msg"]?.string ?? json?["message"]?.string
  }

  /// `nil` where it is absent or null.
  var data: JSON? {
    guard let data = json?["data"], !data.isNull else { return nil }
    return data
  }

  var verdict: Verdict { code.map(Verdict.init(code:)) ?? Verdict(httpStatus: httpStatus) }

  /// The refusal that this answer is, if its verdict is one.
  var refusal: ProviderRefusal? {
    guard case .refused(let retry) = verdict else { return nil }
    return ProviderRefusal(
      code: code ?? httpStatus, message: message.map { String($0.prefix(1000)) } ?? "", httpStatus: httpStatus,
      retry: retry, raw: raw)
  }

  /// The answer in a few words, for a log.
  var summary: String {
    let verdict = code.map { "code \($0)" } ?? (json == nil ? "no JSON" : "no code")
    return "HTTP \(httpStatus), \(verdict)"
  }

  private static func integer(_ value: JSON) -> Int? {
    if let number = value.int { return Int(exactly: number) }
    return value.string.flatMap { Int($0) }
  }
}
