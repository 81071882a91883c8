// SPDX-License-Identifier: Apache-2.0

internal import Callbacks
internal import HTTP1
internal import JSON
internal import Ledger
internal import Server

/// `/api/v1/requests/{id}/reparse`: a kept request, judged again by today's readers and keys.
extension LocalAPI {
  func reparse(_ asked: APIRequest, _ name: String, _ exchange: Exchange) {
    let (ledger, policy) = (ledger, policy)
    later(exchange) {
      do throws(LedgerError) {
        guard let id = RequestID(name), let record = try ledger.request(id) else {
          return asked.problem(404, "no request is kept under the id \(name.debugDescription)")
        }
        let reparsed = id.isRefused ? await verify(record, policy, ledger) : await reread(record, ledger)
        return try reparsed.get().answer(asked, id, ledger)
      } catch {
        return asked.problem(503, "\(error)", fields: [ResponseHead.Field("Retry-After", "5")])
      }
    }
  }
}

/// What came of a second look.
private enum Reparsed {
  /// Taken in, or read otherwise than before: the task follows.
  case changed(TaskID)
  /// Nothing that was not known.
  case unchanged(TaskID?)
  /// Refused once more.
  case refused(String)

  func answer(_ asked: APIRequest, _ id: RequestID, _ ledger: Ledger) -> Response {
    var object = JSONObject()
    object.append("id", .string(id.description))
    switch self {
    case .changed(let task):
      object.append("outcome", "changed")
      object.append("task", .string(task.description))
      object.append("state", ledger.task(task).map { .string($0.state.rawValue) } ?? .null)
    case .unchanged(let task):
      object.append("outcome", "unchanged")
      object.append("task", task.map { .string($0.description) } ?? .null)
    case .refused(let reason):
      object.append("outcome", "refused")
      object.append("reason", .string(reason))
    }
    return Response(json: JSON.object(object).compact())
  }
}

private func reread(_ record: RequestRecord, _ ledger: Ledger) async -> Result<Reparsed, LedgerError> {
  do throws(LedgerError) {
    switch try await ledger.reread(record.id) {
    case .booked(let task): return .success(.changed(task))
    case .unchanged(let task): return .success(.unchanged(task))
    case .unreadable(let reason): return .success(.refused(reason.rawValue))
    case .notFound: return .success(.unchanged(nil))
    }
  } catch {
    return .failure(error)
  }
}

/// A refused request is verified as it would be now, but for its age: that is judged by when it came.
private func verify(
  _ record: RequestRecord, _ policy: CallbackPolicy, _ ledger: Ledger
) async -> Result<Reparsed, LedgerError> {
  guard let kept = KeptRequest(record) else { return .success(.refused("body_not_kept_whole")) }
  var verifier = Verifier(policy)
  switch verifier.verify(kept.input, head: kept.head.span, body: kept.body.span, now: record.at) {
  case .rejected(let rejected):
    return .success(.refused(rejected.reason.rawValue))
  case .verified(let callback):
    do throws(LedgerError) {
      let task = try await ledger.append(late: callback, target: kept.target, fields: kept.fields, body: kept.body)
      if let task { return .success(.changed(task)) }
      let known = ledger.task(providerTaskID: callback.news.report.providerTaskID)
      return .success(.unchanged(callback.news.submission ?? known?.id))
    } catch {
      return .failure(error)
    }
  }
}

/// The parts of a refused request, laid out as the verifier wants them.
private struct KeptRequest {
  let target: [UInt8]
  let fields: [UInt8]
  let body: [UInt8]
  let head: [UInt8]
  let input: CallbackInput

  /// `nil` if it was not kept whole, or came to no callback address.
  init?(_ record: RequestRecord) {
    guard !record.isCut, let target = record.content["target"]?.string, let body = record.content["bodyText"]?.string,
      let lines = record.content["fields"]
    else { return nil }
    var head = Array(target.utf8)
    self.target = head
    self.body = Array(body.utf8)
    fields = lines.compact()
    let end = head.firstIndex(of: UInt8(ascii: "?")) ?? head.count
    guard case .callback(let kind, let token)? = CallbackRoute(path: 0..<end, in: head.span) else { return nil }
    input = CallbackInput(
      kind: kind, token: token, timestamp: Self.append("x-webhook-timestamp", of: lines, to: &head),
      signature: Self.append("x-webhook-signature", of: lines, to: &head))
    self.head = head
  }

  /// Appends the field's value. One that stands twice is malformed: an empty place never passes.
  private static func append(_ name: String, of lines: JSON, to head: inout [UInt8]) -> Range<Int>? {
    let values = (lines.array ?? []).filter { $0[0]?.string?.lowercased() == name }.compactMap { $0[1]?.string }
    guard let value = values.first else { return nil }
    guard values.count == 1 else { return 0..<0 }
    head += Array(value.utf8)
    return head.count - value.utf8.count..<head.count
  }
}
