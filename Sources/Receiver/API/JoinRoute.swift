// SPDX-License-Identifier: Apache-2.0

internal import Callbacks
internal import JSON
internal import Ledger
internal import Server
internal import Submitter

/// `/api/v1/tasks/{id}/join`: the operator tells which of the provider's tasks an `unknown` one is, or that there is none.
extension LocalAPI {
  private enum Wish {
    case join(String, isInsisting: Bool)
    case disown
  }

  func joinTask(_ asked: APIRequest, _ name: String, _ exchange: Exchange) {
    guard let task = findTask(name) else { return server.respond(to: exchange, with: asked.noTask(name)) }
    guard let wish = Self.wish(asked.body) else {
      return server.respond(
        to: exchange,
        with: asked.problem(
          422, #"the body must be {"providerTaskId":"…"} with "insist":true if wanted, or {"providerTaskId":null}"#))
    }
    let submitter = submitter
    let ledger = ledger
    later(exchange) {
      let outcome =
        switch wish {
        case .join(let providerTaskID, let isInsisting):
          await submitter.join(task.id, providerTaskID, isInsisting: isInsisting)
        case .disown: await submitter.disown(task.id)
        }
      return switch outcome {
      case .joined: ledger.task(task.id).map { Self.answer($0, asked) } ?? asked.noTask(name)
      case .notPossible(let why), .unproven(let why): asked.problem(409, why)
      case .failed(let why): asked.problem(502, why)
      }
    }
  }

  private static func wish(_ body: [UInt8]) -> Wish? {
    guard let object = (try? JSON.parse(body))?.object, let named = object["providerTaskId"] else { return nil }
    for key in object.keys where key != "providerTaskId" && key != "insist" { return nil }
    if named.isNull { return object["insist"] == nil ? .disown : nil }
    guard let providerTaskID = named.string, (1...256).contains(providerTaskID.utf8.count),
      providerTaskID.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F })
    else { return nil }
    guard let insist = object["insist"] else { return .join(providerTaskID, isInsisting: false) }
    return insist.bool.map { .join(providerTaskID, isInsisting: $0) }
  }
}
