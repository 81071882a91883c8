// SPDX-License-Identifier: Apache-2.0

internal import Callbacks
internal import HTTP1
internal import JSON
internal import Ledger
internal import OpenSSL
internal import Server
internal import Submitter

/// `/api/v1/tasks` and below.
extension LocalAPI {
  private static let defaultLimit = 50
  private static let maximumLimit = 250
  /// The longest that `?wait=` holds an answer back.
  private static let maximumWait = Duration.seconds(60)

  // MARK: - Lists

  func listTasks(_ asked: APIRequest) -> Response {
    var query = TaskQuery(limit: Self.defaultLimit)
    var errors: [ParameterError] = []
    for item in asked.query {
      switch item.name {
      case "state": query.state = TaskStage(rawValue: item.value)
      case "model": query.model = item.value
      case "since": query.since = errors.value("since", Timestamp(item.value), "a time such as 2026-11-22T13:00:00Z")
      case "limit": query.limit = errors.limit(item.value, Self.maximumLimit) ?? Self.defaultLimit
      case "cursor": query.cursor = errors.value("cursor", Cursor.number(item.value), "a nextCursor of this list")
      default: errors.append(ParameterError(item.name, "is no parameter of this list"))
      }
    }
    guard errors.isEmpty else { return asked.problem(errors) }
    let page = ledger.tasks(query)
    return Response(
      json: Page.write(
        page.tasks.map(\.document), next: page.next.map { Cursor.text($0) },
        extra: submitter.brakeCounts.document.map { ("brakes", $0) }))
  }

  // MARK: - One task

  /// The task of our id or the provider's.
  func findTask(_ name: String) -> TaskState? {
    if let id = TaskID(name) { return ledger.task(id) }
    return ledger.task(providerTaskID: name)
  }

  func getTask(_ asked: APIRequest, _ name: String, _ exchange: Exchange) {
    guard let task = findTask(name) else {
      return server.respond(to: exchange, with: asked.noTask(name))
    }
    guard let wait = asked.item("wait"), !task.state.isTerminal else {
      return server.respond(to: exchange, with: Self.answer(task, asked))
    }
    guard let time = try? Duration.parse(wait) else {
      return server.respond(
        to: exchange, with: asked.problem([ParameterError("wait", "is not a duration such as 30s")]))
    }
    let ledger = ledger
    waiters.add(exchange, task: task.id, for: min(time, Self.maximumWait)) {
      ledger.task(task.id).map { Self.answer($0, asked) } ?? asked.noTask(name)
    }
  }

  static func answer(_ task: TaskState, _ asked: APIRequest) -> Response {
    // The sequence number changes with every event of the task, and with nothing else.
    let tag = "\"\(task.seq)\""
    let fields = [ResponseHead.Field("ETag", tag)]
    return asked.precluded(tag, fields: fields) ?? Response(json: task.document, fields: fields)
  }

  func history(_ asked: APIRequest, _ name: String) -> Response {
    guard let task = findTask(name) else { return asked.noTask(name) }
    var bytes = Array(#"{"data":"#.utf8)
    task.appendHistory(to: &bytes)
    bytes.append(contentsOf: #","omitted":"#.utf8)
    JSON.appendInteger(Int64(task.historyOmitted), to: &bytes)
    bytes.append(UInt8(ascii: "}"))
    return Response(json: bytes)
  }

  // MARK: - Creating

  func createTask(_ asked: APIRequest, _ exchange: Exchange) {
    let request: SubmitRequest
    switch SubmitRequest.read(asked) {
    case .success(let read): request = read
    case .failure(let refusal): return server.respond(to: exchange, with: refusal.response)
    }
    let submitter = submitter
    submitLater(exchange) {
      await submitter.submit(request).answer(asked)
    }
  }

  func refreshTask(_ asked: APIRequest, _ name: String, _ exchange: Exchange) {
    guard let task = findTask(name) else { return server.respond(to: exchange, with: asked.noTask(name)) }
    let submitter = submitter
    let ledger = ledger
    later(exchange) {
      switch await submitter.refresh(task.id) {
      case .asked: ledger.task(task.id).map { Self.answer($0, asked) } ?? asked.noTask(name)
      case .notPossible(let why): asked.problem(409, why)
      case .failed(let why): asked.problem(502, why)
      }
    }
  }

  func credits(_ asked: APIRequest, _ exchange: Exchange) {
    let submitter = submitter
    later(exchange) {
      switch await submitter.credits() {
      case .balance(let text): Response(json: Array("{\"credits\":\(text)}".utf8))
      case .failed(let why): asked.problem(502, why)
      case .notPossible(let why): asked.problem(503, why)
      }
    }
  }
}

extension TaskState {
  /// The task as the API shows it.
  var document: [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(1024)
    appendDocument(to: &bytes)
    return bytes
  }
}

extension APIRequest {
  func noTask(_ name: String) -> Response {
    problem(404, "no task has the id \(name.debugDescription)")
  }
}
