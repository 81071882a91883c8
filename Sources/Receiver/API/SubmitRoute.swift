// SPDX-License-Identifier: Apache-2.0

internal import Callbacks
internal import HTTP1
internal import JSON
internal import Ledger
internal import OpenSSL
internal import Provider
internal import Server
internal import Submitter

/// A refusal made before anything was done.
struct Refusal: Error {
  let response: Response
}

extension SubmitRequest {
  /// The body of `POST /tasks` and its `Idempotency-Key`.
  static func read(_ asked: APIRequest) -> Result<SubmitRequest, Refusal> {
    let json: JSON
    do throws(JSONError) {
      json = try JSON.parse(asked.body)
    } catch {
      return .failure(Refusal(response: asked.problem(400, "the body is not valid JSON: \(error)")))
    }
    var errors: [ValidationError] = []
    if json.object == nil { errors.append(ValidationError(pointer: "", message: "must be an object")) }
    for (key, _) in json.object ?? JSONObject() where key != "model" && key != "input" {
      errors.append(ValidationError(pointer: "/\(key)", message: "is not known here: only model and input are"))
    }
    guard let model = json["model"]?.string, !model.isEmpty else {
      errors.append(ValidationError(pointer: "/model", message: "must be the model's name"))
      return .failure(Refusal(response: asked.invalid(errors)))
    }
    guard errors.isEmpty else { return .failure(Refusal(response: asked.invalid(errors))) }
    if let key = asked.idempotencyKey, !(1...255).contains(key.utf8.count) {
      return .failure(Refusal(response: asked.problem(400, "Idempotency-Key must have 1 to 255 characters")))
    }
    let digest = SHA256.hash(asked.body.span)
    return .success(
      SubmitRequest(
        model: model, input: json["input"] ?? .null,
        idempotency: asked.idempotencyKey.map { Idempotency(key: $0, bodyDigest: Hex.encode(digest.span)) }))
  }
}

extension APIRequest {
  /// 422 with every error by JSON pointer.
  func invalid(_ errors: [ValidationError]) -> Response {
    let list = errors.map {
      JSON.object(JSONObject([("pointer", .string($0.pointer)), ("message", .string($0.message))]))
    }
    let words = errors.map { "\($0.pointer.isEmpty ? "the body" : $0.pointer) \($0.message)" }
    return problem(
      422, words.joined(separator: "; "), members: [(name: "errors", value: .array(list))])
  }
}

extension SubmitOutcome {
  func answer(_ asked: APIRequest) -> Response {
    switch self {
    case .task(let task): task.submissionAnswer(asked)
    case .inProgress(let id):
      asked.problem(409, "the request with this Idempotency-Key is still running, as task \(id)")
    case .keyReused(let id):
      asked.problem(422, "this Idempotency-Key was used for another request, which made task \(id)")
    case .invalid(let errors): asked.invalid(errors)
    case .notConfigured(let why): asked.problem(503, why)
    case .held(let hold): asked.problem(hold.status, "\(hold)")
    case .ledger(let error):
      asked.problem(503, "\(error)", fields: [ResponseHead.Field("Retry-After", "5")])
    }
  }
}

extension Hold {
  fileprivate var status: Int {
    switch self {
    case .queueFull: 429
    case .capReached, .belowFloor: 402
    case .modelPaused, .balanceUnknown, .stopping, .abandoned: 503
    }
  }
}

extension TaskState {
  /// The answer to a submission, the first time and whenever its idempotency key comes again.
  fileprivate func submissionAnswer(_ asked: APIRequest) -> Response {
    let location = ResponseHead.Field("Location", "/api/v1/tasks/\(id)")
    switch state {
    case .refused:
      let code = failure?.code.flatMap { Int($0) }
      return asked.problem(
        ProviderRefusal.status(ofCode: code),
        "the provider refused the task: \(failure?.message ?? "no reason given")",
        members: [
          (name: "task", value: .string(id.description)),
          (name: "providerCode", value: code.map { JSON($0) } ?? .null),
          (name: "providerMessage", value: failure?.message.map { .string($0) } ?? .null),
        ], fields: [location])
    case .unknown, .submitting:
      return Response(status: 202, json: document, fields: [location])
    default:
      return Response(status: 201, json: document, fields: [location])
    }
  }
}

extension ProviderRefusal {
  var status: Int { Self.status(ofCode: code) }

  /// The provider's codes (provider's OpenAPI, `ApiResponse.code`) as statuses of ours. Its 401 is about our key, not
  /// about the caller's token, so it is no 401 here.
  static func status(ofCode code: Int?) -> Int {
    switch code {
    case 402: 402
    case 400, 404, 413, 422, 433, 451: 422
    case 429: 429
    case 455, 550: 503
    default: 502
    }
  }
}
