// SPDX-License-Identifier: Apache-2.0

internal import HTTP1
internal import JSON
internal import Provider
internal import Server
internal import Submitter

/// `/api/v1/uploads`: files of the user's for the provider to read.
extension LocalAPI {
  /// Bytes that a request to this API may have at least, so that an upload fits in whatever `limits.bodyBytes` says.
  static let bodyBytes = 16 << 20

  func upload(_ asked: APIRequest, _ exchange: Exchange) {
    let source: UploadSource
    switch Self.source(asked) {
    case .success(let read): source = read
    case .failure(let refusal): return server.respond(to: exchange, with: refusal.response)
    }
    let submitter = submitter
    later(exchange) { await submitter.upload(source).answer(asked) }
  }

  /// A JSON body names a link; any other is the file itself, whatever it is called: its type is told by its content.
  private static func source(_ asked: APIRequest) -> Result<UploadSource, Refusal> {
    guard asked.isJSON else { return .success(.file(asked.body, name: asked.item("fileName"))) }
    let json: JSON
    do throws(JSONError) {
      json = try JSON.parse(asked.body)
    } catch {
      return .failure(Refusal(response: asked.problem(400, "the body is not valid JSON: \(error)")))
    }
    guard let url = json["url"]?.string else {
      return .failure(
        Refusal(response: asked.invalid([ValidationError(pointer: "/url", message: "must be the address of a file")])))
    }
    return .success(.link(url))
  }
}

extension APIRequest {
  fileprivate var isJSON: Bool {
    contentType?.prefix { $0 != ";" && $0 != " " }.lowercased() == "application/json"
  }
}

extension UploadOutcome {
  fileprivate func answer(_ asked: APIRequest) -> Response {
    switch self {
    case .uploaded(let file): Response(status: 201, json: JSON.object(file.members).compact())
    case .tooLarge: asked.problem(413, "the file is larger than \(Uploads.maxBytes) bytes, the most that a model takes")
    case .unsupported(let type):
      asked.problem(
        415, "the file is \(type) by its content; the models take jpeg, png, webp, gif, mp4, mov, webm, avi")
    case .notALink: asked.invalid([ValidationError(pointer: "/url", message: "is no http or https address")])
    case .notPossible(let why): asked.problem(503, why)
    case .failed(let why): asked.problem(502, why)
    case .refused(let refusal):
      asked.problem(
        refusal.status, "\(refusal)",
        members: [
          (name: "providerCode", value: JSON(refusal.code)), (name: "providerMessage", value: .string(refusal.message)),
        ])
    }
  }
}

extension UploadedFile {
  fileprivate var members: JSONObject {
    var object = JSONObject()
    object.append("url", .string(url))
    object.append("fileName", fileName.map { .string($0) } ?? .null)
    object.append("bytes", bytes.map { JSON($0) } ?? .null)
    object.append("type", mimeType.map { .string($0) } ?? .null)
    return object
  }
}
