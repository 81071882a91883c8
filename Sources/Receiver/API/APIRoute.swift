// SPDX-License-Identifier: Apache-2.0

internal import HTTP1
internal import Server

/// One method of one address of the local API. The table of them is the router, and what the contract in
/// `/openapi.json` is held against.
struct APIRoute: Sendable {
  /// GET, which answers HEAD too, or POST.
  let method: HTTPMethod
  /// A segment in braces stands for any one.
  let path: String
  /// Answers now or later; `parameters` are the segments that stood in braces, in order.
  let run: @Sendable (_ api: LocalAPI, _ asked: APIRequest, _ parameters: [String], _ exchange: Exchange) -> Void

  private let segments: [Substring]

  private init(
    _ method: HTTPMethod, _ path: String,
    later run: @escaping @Sendable (LocalAPI, APIRequest, [String], Exchange) -> Void
  ) {
    self.method = method
    self.path = path
    self.run = run
    segments = path.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
  }

  private init(
    _ method: HTTPMethod, _ path: String, _ answer: @escaping @Sendable (LocalAPI, APIRequest, [String]) -> Response
  ) {
    self.init(method, path) { api, asked, parameters, exchange in
      api.server.respond(to: exchange, with: answer(api, asked, parameters))
    }
  }

  /// What stood in braces; `nil` if the path is another one.
  func parameters(in path: [String]) -> [String]? {
    guard path.count == segments.count else { return nil }
    var found: [String] = []
    for (given, expected) in zip(path, segments) {
      if expected.hasPrefix("{") {
        found.append(given)
      } else if expected != given {
        return nil
      }
    }
    return found
  }

  // MARK: - The table

  static let all: [APIRoute] = tasks + requests + provider + server

  private static let tasks = [
    APIRoute(.get, "/api/v1/tasks") { api, asked, _ in api.listTasks(asked) },
    APIRoute(.post, "/api/v1/tasks", later: { api, asked, _, exchange in api.createTask(asked, exchange) }),
    APIRoute(
      .get, "/api/v1/tasks/{id}", later: { api, asked, path, exchange in api.getTask(asked, path[0], exchange) }),
    APIRoute(.get, "/api/v1/tasks/{id}/events") { api, asked, path in api.history(asked, path[0]) },
    APIRoute(
      .post, "/api/v1/tasks/{id}/refresh",
      later: { api, asked, path, exchange in api.refreshTask(asked, path[0], exchange) }),
    APIRoute(
      .post, "/api/v1/tasks/{id}/join", later: { api, asked, path, exchange in api.joinTask(asked, path[0], exchange) }),
    APIRoute(.get, "/api/v1/tasks/{id}/results/{n}") { api, asked, path in api.getResult(asked, path[0], path[1]) },
  ]

  private static let requests = [
    APIRoute(.get, "/api/v1/requests") { api, asked, _ in api.listRequests(asked) },
    APIRoute(.get, "/api/v1/requests/{id}") { api, asked, path in api.getRequest(asked, path[0]) },
    APIRoute(
      .post, "/api/v1/requests/{id}/reparse",
      later: { api, asked, path, exchange in api.reparse(asked, path[0], exchange) }),
  ]

  private static let provider = [
    APIRoute(.get, "/api/v1/credits", later: { api, asked, _, exchange in api.credits(asked, exchange) }),
    APIRoute(.post, "/api/v1/uploads", later: { api, asked, _, exchange in api.upload(asked, exchange) }),
    APIRoute(.get, "/api/v1/costs") { api, asked, _ in api.costs(asked) },
  ]

  private static let server = [
    APIRoute(.post, "/api/v1/doctor", later: { api, asked, _, exchange in api.examine(asked, exchange) }),
    APIRoute(.get, "/livez") { api, _, _ in api.probes.liveness() },
    APIRoute(.get, "/readyz") { api, asked, _ in api.probes.readiness(asked) },
    APIRoute(.get, "/healthz") { api, asked, _ in api.probes.readiness(asked) },
    APIRoute(.get, "/metrics") { api, _, _ in api.probes.metricsText() },
    APIRoute(.get, "/version") { api, _, _ in api.probes.version() },
    APIRoute(.get, "/openapi.json") { _, _, _ in Contract.response },
    APIRoute(.get, "/") { _, _, _ in WebPage.response },
  ]
}
