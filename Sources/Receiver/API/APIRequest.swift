// SPDX-License-Identifier: Apache-2.0

internal import HTTP1
internal import JSON
internal import Server

/// A request to the local API, taken apart: what a route needs of it, and nothing that dies with the call.
struct APIRequest: Sendable {
  let method: HTTPMethod
  /// The path's decoded segments.
  let segments: [String]
  let query: [QueryItem]
  let body: [UInt8]
  let idempotencyKey: String?
  let contentType: String?
  let range: String?
  let ifRange: String?
  let ifMatch: String?
  let ifNoneMatch: String?
  let accept: String?
  let id: String

  /// `nil` if the path or the query is not well encoded.
  init?(_ request: borrowing Request, id: String) {
    let bytes = request.bytes.span
    guard let segments = PercentCoding.segments(of: request.path, in: bytes) else { return nil }
    var query: [QueryItem] = []
    if let range = request.query {
      guard let items = PercentCoding.queryItems(of: range, in: bytes) else { return nil }
      query = items
    }
    method = request.head.method
    self.segments = segments
    self.query = query
    body = Array(request.bodyBuffer[request.bodyRange])
    idempotencyKey = request.text(of: "idempotency-key")
    contentType = request.text(of: "content-type")
    range = request.text(of: "range")
    ifRange = request.text(of: "if-range")
    ifMatch = request.text(of: "if-match")
    ifNoneMatch = request.text(of: "if-none-match")
    accept = request.text(of: "accept")
    self.id = id
  }

  /// What its preconditions make of reading something with that entity tag (RFC 9110, 13.2.2); `nil`: read it. They are
  /// not looked at for any other method: what that has done by now cannot be undone.
  func precluded(_ tag: String, fields: [ResponseHead.Field]) -> Response? {
    guard method == .get || method == .head else { return nil }
    if let ifMatch, !EntityTag.matches(tag, in: ifMatch, weakly: false) {
      return problem(412, "If-Match names another state than this: it has the entity tag \(tag)")
    }
    if let ifNoneMatch, EntityTag.matches(tag, in: ifNoneMatch, weakly: true) {
      return Response(status: 304, fields: fields)
    }
    return nil
  }

  /// The value of a query item; the first of several.
  func item(_ name: String) -> String? {
    query.first { $0.name == name }?.value
  }

  func problem(
    _ status: Int, _ detail: String, members: [(name: String, value: JSON)] = [], fields: [ResponseHead.Field] = []
  ) -> Response {
    Problem(status, detail, requestID: id, members: members, fields: fields).response
  }
}

extension Response {
  /// A JSON answer.
  init(status: Int = 200, json: [UInt8], fields: [ResponseHead.Field] = []) {
    self.init(
      status: status, fields: [ResponseHead.Field("Content-Type", "application/json")] + fields, body: .bytes(json))
  }
}
