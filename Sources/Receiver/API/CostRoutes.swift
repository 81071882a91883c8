// SPDX-License-Identifier: Apache-2.0

internal import Callbacks
internal import HTTP1
internal import JSON
internal import Ledger
internal import Server

/// `/api/v1/costs`: what the provider says was charged.
extension LocalAPI {
  func costs(_ asked: APIRequest) -> Response {
    var query = CostQuery()
    var errors: [ParameterError] = []
    var isCSV = asked.accept.map { $0.lowercased().contains("text/csv") } ?? false
    for item in asked.query {
      switch item.name {
      case "since": query.since = errors.day("since", item.value)
      case "until": query.until = errors.day("until", item.value)
      case "by":
        query.grouping =
          errors.value("by", CostQuery.Grouping(rawValue: item.value), "one of day, model, task") ?? .day
      case "format":
        isCSV = errors.value("format", ["json": false, "csv": true][item.value], "json or csv") ?? false
      default: errors.append(ParameterError(item.name, "is no parameter of the costs"))
      }
    }
    guard errors.isEmpty else { return asked.problem(errors) }
    let report = ledger.costs(query)
    guard isCSV else { return Response(json: report.json(query).compact()) }
    return Response(status: 200, contentType: "text/csv; charset=utf-8", text: report.csv(query.grouping))
  }
}

extension [ParameterError] {
  /// A day in UTC, or the day of a moment.
  fileprivate mutating func day(_ name: String, _ text: String) -> UTCDay? {
    let moment = Timestamp(text) ?? Timestamp(text + "T00:00:00Z")
    return value(name, moment.map { UTCDay($0) }, "a day such as 2026-11-22, or a time such as 2026-11-22T13:00:00Z")
  }
}

extension CreditAmount {
  /// The number as it is, not by way of a binary fraction.
  var json: JSON { JSONNumber(text: description).map { .number($0) } ?? .null }
}

extension CostReport {
  fileprivate func json(_ query: CostQuery) -> JSON {
    var object = JSONObject()
    object.append("by", .string(query.grouping.rawValue))
    object.append("since", query.since.map { .string($0.description) } ?? .null)
    object.append("until", query.until.map { .string($0.description) } ?? .null)
    object.append("data", .array(rows.map { $0.json(query.grouping) }))
    object.append("tasks", JSON(tasks))
    object.append("credits", credits.json)
    object.append("hasMore", .bool(hasMore))
    return .object(object)
  }

  /// RFC 4180, with a header line.
  fileprivate func csv(_ grouping: CostQuery.Grouping) -> String {
    let header =
      switch grouping {
      case .day: "day,tasks,credits,balance_first,balance_last"
      case .model: "model,tasks,credits"
      case .task: "task,day,model,credits"
      }
    return ([header] + rows.map { $0.csv(grouping) }).map { $0 + "\r\n" }.joined()
  }
}

extension CostRow {
  fileprivate func json(_ grouping: CostQuery.Grouping) -> JSON {
    var object = JSONObject()
    if let task { object.append("task", .string(task.description)) }
    if let day { object.append("day", .string(day.description)) }
    if let model { object.append("model", .string(model)) }
    if task == nil { object.append("tasks", JSON(tasks)) }
    object.append("credits", credits.json)
    if grouping == .day {
      object.append("balanceFirst", balances?.first.credits.json ?? .null)
      object.append("balanceLast", balances?.last.credits.json ?? .null)
    }
    return .object(object)
  }

  fileprivate func csv(_ grouping: CostQuery.Grouping) -> String {
    let cells =
      switch grouping {
      case .day:
        [
          day?.description, "\(tasks)", credits.description, balances?.first.credits.description,
          balances?.last.credits.description,
        ]
      case .model: [model, "\(tasks)", credits.description]
      case .task: [task?.description, day?.description, model, credits.description]
      }
    return cells.map { Self.quoted($0 ?? "") }.joined(separator: ",")
  }

  private static func quoted(_ text: String) -> String {
    guard text.utf8.contains(where: { $0 == UInt8(ascii: ",") || $0 == UInt8(ascii: "\"") || $0 < 0x20 }) else {
      return text
    }
    return "\"" + text.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
  }
}
