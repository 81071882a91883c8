// SPDX-License-Identifier: Apache-2.0

internal import Callbacks
internal import HTTP1
internal import JSON
internal import Ledger
internal import Logging
internal import OpenSSL
internal import Reactor
internal import Server
internal import Submitter

/// The local API: who may ask, and what is asked. Lives on the loop; what has to wait for the provider goes on in a
/// task of its own and comes back through the mailbox.
final class LocalAPI {
  let server: HTTPServer
  let ledger: Ledger
  let submitter: Submitter
  let logger: Logger
  var gate: APIGate
  let waiters: Waiters
  let probes: Probes
  /// What goes on for exchanges that asked for a new task.
  private var submissions: [Exchange: Task<Void, Never>] = [:]
  private lazy var ownMailbox = server.loop.mailbox(for: self)
  /// Brings answers back to the loop.
  let mailbox: Mailbox<HTTPServer>

  init(
    server: HTTPServer, ledger: Ledger, submitter: Submitter, gate: APIGate, probes: Probes, logger: Logger
  ) {
    self.server = server
    self.ledger = ledger
    self.submitter = submitter
    self.gate = gate
    self.probes = probes
    self.logger = logger
    waiters = Waiters(server: server)
    mailbox = server.loop.mailbox(for: server)
  }

  func handle(_ request: borrowing Request, _ exchange: Exchange) {
    let id = RequestName.make()
    if let refusal = gate.refusal(request, id: id) { return server.respond(to: exchange, with: refusal) }
    guard let asked = APIRequest(request, id: id) else {
      return server.respond(
        to: exchange, with: Problem(400, "the path or the query is not well encoded", requestID: id).response)
    }
    switch asked.segments.first {
    case "api" where asked.segments.count > 2 && asked.segments[1] == "v1":
      route(asked, Array(asked.segments.dropFirst(2)), exchange)
    default:
      server.respond(to: exchange, with: probes.answer(asked) ?? asked.problem(404, "there is nothing here"))
    }
  }

  // MARK: - Routes below /api/v1

  private func route(_ asked: APIRequest, _ path: [String], _ exchange: Exchange) {
    switch (path.first, path.count) {
    case ("tasks", 1):
      allow(asked, exchange, get: { self.listTasks(asked) }, post: { self.createTask(asked, exchange) })
    case ("tasks", 2):
      allow(asked, exchange, getLater: { self.getTask(asked, path[1], exchange) })
    case ("tasks", 3) where path[2] == "events":
      allow(asked, exchange, get: { self.history(asked, path[1]) })
    case ("tasks", 3) where path[2] == "refresh":
      allow(asked, exchange, post: { self.refreshTask(asked, path[1], exchange) })
    case ("tasks", 3) where path[2] == "join":
      allow(asked, exchange, post: { self.joinTask(asked, path[1], exchange) })
    case ("requests", 1):
      allow(asked, exchange, get: { self.listRequests(asked) })
    case ("requests", 2):
      allow(asked, exchange, get: { self.getRequest(asked, path[1]) })
    case ("credits", 1):
      allow(asked, exchange, getLater: { self.credits(asked, exchange) })
    case ("costs", 1):
      allow(asked, exchange, get: { self.costs(asked) })
    default:
      server.respond(to: exchange, with: asked.problem(404, "there is nothing here"))
    }
  }

  /// Calls what fits the method, or answers 405 with those that would.
  private func allow(
    _ asked: APIRequest, _ exchange: Exchange, get: (() -> Response)? = nil, getLater: (() -> Void)? = nil,
    post: (() -> Void)? = nil
  ) {
    switch asked.method {
    case .get, .head:
      if let get { return server.respond(to: exchange, with: get()) }
      if let getLater { return getLater() }
    case .post:
      if let post { return post() }
    default: break
    }
    var allowed: [String] = []
    if get != nil || getLater != nil { allowed += ["GET", "HEAD"] }
    if post != nil { allowed.append("POST") }
    let names = allowed.joined(separator: ", ")
    server.respond(
      to: exchange,
      with: asked.problem(405, "this address takes \(names)", fields: [ResponseHead.Field("Allow", names)]))
  }

  /// Goes on outside the loop and answers when done.
  func later(_ exchange: Exchange, _ work: @escaping @Sendable () async -> Response) {
    let mailbox = mailbox
    Task {
      let response = await work()
      mailbox.post { $0.respond(to: exchange, with: response) }
    }
  }

  /// The same for a submission. Who goes away while it waits for a brake takes it back; one that has left is not touched
  /// by that.
  func submitLater(_ exchange: Exchange, _ work: @escaping @Sendable () async -> Response) {
    let mailbox = ownMailbox
    submissions[exchange] = Task {
      let response = await work()
      mailbox.post { api in
        api.submissions[exchange] = nil
        api.server.respond(to: exchange, with: response)
      }
    }
  }

  /// The client went away before it was answered.
  func forget(_ exchange: Exchange) {
    waiters.forget(exchange)
    submissions.removeValue(forKey: exchange)?.cancel()
  }
}
