// SPDX-License-Identifier: Apache-2.0

internal import Callbacks
internal import HTTP1
internal import JSON
internal import Ledger
internal import Server

/// `/api/v1/requests`: the raw callbacks, refused ones with their reason.
extension LocalAPI {
  func listRequests(_ asked: APIRequest) -> Response {
    var query = RequestQuery(limit: 50)
    var errors: [ParameterError] = []
    for item in asked.query {
      switch item.name {
      case "status":
        let states = ["accepted": false, "refused": true]
        query.isRefused = errors.value("status", states[item.value], "accepted or refused")
      case "limit": query.limit = errors.limit(item.value, 250) ?? 50
      case "cursor": query.cursor = errors.value("cursor", RequestCursor(item.value), "a nextCursor of this list")
      default: errors.append(ParameterError(item.name, "is no parameter of this list"))
      }
    }
    guard errors.isEmpty else { return asked.problem(errors) }
    do throws(LedgerError) {
      let page = try ledger.requests(query)
      return Response(
        json: Page.write(page.requests.map { $0.summary.compact() }, next: page.next.map(\.text)))
    } catch {
      return asked.problem(503, "\(error)")
    }
  }

  func getRequest(_ asked: APIRequest, _ name: String) -> Response {
    do throws(LedgerError) {
      guard let id = RequestID(name), let record = try ledger.request(id) else {
        return asked.problem(404, "no request is kept under the id \(name.debugDescription)")
      }
      return Response(json: record.whole.compact())
    } catch {
      return asked.problem(503, "\(error)")
    }
  }
}

extension RequestCursor {
  var text: String { "\(Cursor.text(seq)).\(Cursor.text(refused))" }

  init?(_ text: String) {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 2, let seq = Cursor.number(String(parts[0])), let refused = Cursor.number(String(parts[1]))
    else { return nil }
    self.init(seq: seq, refused: refused)
  }
}

extension RequestRecord {
  /// The record in one line of a list.
  fileprivate var summary: JSON { .object(members) }

  /// With header fields and body, tokens in addresses masked.
  fileprivate var whole: JSON {
    var object = members
    object.append("fields", raw["fields"] ?? .array([]))
    if let body = raw["body"] {
      object.append("body", TokenMask.masked(body))
    } else {
      object.append("bodyText", .string(TokenMask.masked(raw["bodyText"]?.string ?? "")))
      if isCut { object.append("cut", true) }
    }
    return .object(object)
  }

  private var members: JSONObject {
    var object = JSONObject()
    object.append("id", .string(id.description))
    object.append("receivedAt", .string(at.description))
    object.append("status", .string(reason == nil ? "accepted" : "refused"))
    object.append("reason", reason.map { .string($0) } ?? .null)
    object.append("target", .string(TokenMask.masked(raw["target"]?.string ?? "")))
    object.append("trust", content["trust"] ?? .null)
    object.append("submission", content["submission"] ?? .null)
    object.append("providerTaskId", content["report"]?["providerTaskId"] ?? .null)
    object.append("state", content["report"]?["state"] ?? .null)
    return object
  }

  /// The journal keeps the request in a member of its own, the shelf of refused ones does not.
  private var raw: JSON { content["request"] ?? content }
}

/// Hides what makes a callback address of ours work: the provider echoes addresses back in `param`.
enum TokenMask {
  static func masked(_ text: String) -> String {
    var bytes = Array(text.utf8)
    var place = 0
    while place + CallbackToken.count <= bytes.count {
      if bytes[place + 26] == UInt8(ascii: "."), TaskID(ulid: bytes.span.extracting(place..<place + 26)) != nil {
        for hidden in place + 27..<place + CallbackToken.count { bytes[hidden] = UInt8(ascii: "*") }
        place += CallbackToken.count
      } else {
        place += 1
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  static func masked(_ json: JSON) -> JSON {
    switch json {
    case .string(let text): return .string(masked(text))
    case .array(let elements): return .array(elements.map { masked($0) })
    case .object(let members):
      var object = JSONObject()
      for (key, value) in members { object.append(key, masked(value)) }
      return .object(object)
    default: return json
    }
  }
}
