// SPDX-License-Identifier: Apache-2.0

import HTTP1
import JSON
import Reactor
import Server

/// Brings requests to the service, which the server must not hold.
final class FrontDoor: RequestHandler {
  weak var service: SimulatorService?

  func handle(_ request: borrowing Request, _ exchange: Exchange) {
    guard let service else { return }
    guard let call = Call(request) else {
      service.options.log("refused: HTTP 400: the path or the query is not properly encoded")
      service.answer(exchange, HTTPFailure.badRequest)
      return
    }
    service.handle(call, exchange)
  }

  func response(to fault: RequestFault) -> Response {
    service?.options.log("refused: HTTP \(fault.status): \(fault.reason)")
    return Response(
      status: fault.status, contentType: "text/plain; charset=utf-8",
      text: "\(fault.status) \(ResponseWriter.reasonPhrase(fault.status))\n")
  }
}

/// A request as the routes want it, on its own.
struct Call {
  let method: HTTPMethod
  let segments: [String]
  let query: [QueryItem]
  let host: String?
  let authorization: String?
  let contentType: String
  let range: ByteRange?
  let ifRange: String?
  let body: [UInt8]

  /// `nil` for a path or query that is not properly encoded.
  init?(_ request: borrowing Request) {
    let bytes = request.bytes.span
    let query = request.query.map { PercentCoding.queryItems(of: $0, in: bytes) } ?? []
    guard let segments = PercentCoding.segments(of: request.path, in: bytes), let query else { return nil }
    method = request.head.method
    self.segments = segments
    self.query = query
    host = request.head.host.map { String(decoding: request.bytes[$0], as: UTF8.self) }
    authorization = request.text(of: "authorization")
    contentType = request.text(of: "content-type") ?? ""
    range = request.value(of: "range").flatMap { ByteRange($0, in: request.bytes.span) }
    ifRange = request.text(of: "if-range")
    body = Array(request.bodyBuffer[request.bodyRange])
  }

  /// The value of the first query item of that name.
  func parameter(_ name: String) -> String? {
    query.first { $0.name == name }?.value
  }
}

/// An answer that is a failure of HTTP, not of the API.
enum HTTPFailure {
  static let badRequest = Response(
    status: 400, contentType: "text/plain; charset=utf-8", text: "400 Bad Request\n")
  static let notFound = Response(status: 404, contentType: "text/plain; charset=utf-8", text: "404 Not Found\n")

  static func methodNotAllowed(_ allowed: String) -> Response {
    Response(
      status: 405, contentType: "text/plain; charset=utf-8", text: "405 Method Not Allowed\n",
      fields: [ResponseHead.Field("Allow", allowed)])
  }

  /// What a proxy in front of the provider says when it gets no answer from it.
  static let badGateway = Response(
    status: 502, contentType: "text/html; charset=UTF-8",
    text: """
      <html>
      <head><title>502 Bad Gateway</title></head>
      <body><center><h1>502 Bad Gateway</h1></center></body>
      </html>

      """)
}
