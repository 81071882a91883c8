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
  /// What kept callbacks are judged by when they are looked at again.
  var policy: CallbackPolicy
  var doctor: Doctor
  let waiters: Waiters
  let probes: Probes
  /// What goes on for exchanges that asked for a new task.
  private var submissions: [Exchange: Task<Void, Never>] = [:]
  private lazy var ownMailbox = server.loop.mailbox(for: self)
  /// Brings answers back to the loop.
  let mailbox: Mailbox<HTTPServer>

  init(
    server: HTTPServer, ledger: Ledger, submitter: Submitter, gate: APIGate, policy: CallbackPolicy, doctor: Doctor,
    probes: Probes, logger: Logger
  ) {
    self.server = server
    self.ledger = ledger
    self.submitter = submitter
    self.gate = gate
    self.policy = policy
    self.doctor = doctor
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
    route(asked, exchange)
  }

  /// Calls the route that fits path and method, or answers 404, or 405 with the methods that would fit.
  private func route(_ asked: APIRequest, _ exchange: Exchange) {
    let method = asked.method == .head ? .get : asked.method
    var allowed: [String] = []
    for route in APIRoute.all {
      guard let parameters = route.parameters(in: asked.segments) else { continue }
      guard route.method != method else { return route.run(self, asked, parameters, exchange) }
      allowed += route.method == .get ? ["GET", "HEAD"] : ["POST"]
    }
    guard !allowed.isEmpty else {
      return server.respond(to: exchange, with: asked.problem(404, "there is nothing here"))
    }
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
