// SPDX-License-Identifier: Apache-2.0

import HTTP1
import JSON
import Reactor
import Server

extension SimulatorService {
  /// How long createTask is silent before its answer is lost, at speed 1.
  private static var silence: Duration { .seconds(3) }

  func handle(_ call: Call, _ exchange: Exchange) {
    switch call.segments {
    case ["api", "v1", "jobs", "createTask"]:
      whenAllowed(call, .post, exchange) { create(call, exchange) }
    case ["api", "v1", "jobs", "recordInfo"]:
      whenAllowed(call, .get, exchange) { answer(exchange, json: model.record(of: call.parameter("taskId"))) }
    case ["api", "v1", "chat", "credit"]:
      whenAllowed(call, .get, exchange) { answer(exchange, json: model.credit().compact()) }
    case ["api", "v1", "common", "download-url"]:
      whenAllowed(call, .post, exchange) {
        answer(exchange, json: model.downloadURL(call.body, at: now).compact())
      }
    case ["api", "file-base64-upload"]: whenAllowed(call, .post, exchange) { uploadBase64(call, exchange) }
    case ["api", "file-url-upload"]: whenAllowed(call, .post, exchange) { uploadURL(call, exchange) }
    case ["api", "file-stream-upload"]: whenAllowed(call, .post, exchange) { uploadStream(call, exchange) }
    default: handleOpen(call, exchange)
    }
  }

  /// Paths that need no key.
  private func handleOpen(_ call: Call, _ exchange: Exchange) {
    let isKnown =
      switch call.segments.first {
      case "livez": call.segments.count == 1
      case "simulator": call.segments == ["simulator", "book"]
      case "files": call.segments.count == 3
      case "uploads": call.segments.count > 1
      default: false
      }
    guard isKnown else { return refuse(exchange, HTTPFailure.notFound, "no such path") }
    guard call.method == .get || call.method == .head else {
      return refuse(exchange, HTTPFailure.methodNotAllowed("GET, HEAD"), "the method is not for this path")
    }
    switch call.segments[0] {
    case "livez": answer(exchange, Response(status: 200, contentType: "text/plain; charset=utf-8", text: "ok\n"))
    case "simulator": answer(exchange, json: book.json.compact())
    case "files": file(call, exchange)
    default: uploadedFile(call, exchange)
    }
  }

  // MARK: Guards

  private func whenAllowed(_ call: Call, _ method: HTTPMethod, _ exchange: Exchange, _ body: () -> Void) {
    guard call.method == method else {
      let allowed = method == .post ? "POST" : "GET"
      return refuse(exchange, HTTPFailure.methodNotAllowed(allowed), "the method is not for this path")
    }
    guard isAuthorized(call) else {
      options.log("refused: code 401: no valid API key")
      // The one error that was seen without `data`.
      return answer(
        exchange,
        json: Envelope.refusal(401, "You do not have access permissions", hasData: false).compact())
    }
    body()
  }

  private func isAuthorized(_ call: Call) -> Bool {
    guard let value = call.authorization, value.lowercased().hasPrefix("bearer ") else { return false }
    let key = value.dropFirst("bearer ".count).drop { $0 == " " }
    return options.apiKey.map { key == $0 } ?? !key.isEmpty
  }

  private func refuse(_ exchange: Exchange, _ response: Response, _ reason: String) {
    options.log("refused: HTTP \(response.status): \(reason)")
    answer(exchange, response)
  }

  // MARK: Creating

  private func create(_ call: Call, _ exchange: Exchange) {
    let reply = model.create(call.body, baseURL: baseURL(call), at: now)
    if let task = reply.waits {
      hold(for: task) { [weak self] in self?.answer(exchange, reply.answer) }
    } else {
      answer(exchange, reply.answer)
    }
    advance()
  }

  private func answer(_ exchange: Exchange, _ answer: CreateReply.Answer) {
    switch answer {
    case .envelope(let body): self.answer(exchange, json: body.compact())
    case .badGateway: self.answer(exchange, HTTPFailure.badGateway)
    case .lost(.beforeFirstByte, _): breakOff(exchange, isBegun: false)
    case .lost(.midway, let body): breakOff(exchange, within: body.compact(), contentType: Self.jsonType)
    case .lost(.afterSilence, _): breakOff(exchange, afterSilence: Self.silence)
    }
  }

  /// Where links are to lead: to where the client found us, unless it is set.
  func baseURL(_ call: Call) -> String {
    options.publicURL ?? "http://\(call.host ?? address.description)"
  }

  // MARK: Answers

  static var jsonType: String { "application/json;charset=UTF-8" }

  func answer(_ exchange: Exchange, _ response: Response) {
    server.respond(to: exchange, with: response)
  }

  func answer(_ exchange: Exchange, json body: [UInt8]) {
    answer(
      exchange,
      Response(status: 200, fields: [ResponseHead.Field("Content-Type", Self.jsonType)], body: .bytes(body)))
  }
}
