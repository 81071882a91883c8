// SPDX-License-Identifier: Apache-2.0

internal import Server

/// `/openapi.json`: the local API as OpenAPI 3.1 tells it. Written by hand beside the routes; a test holds each against the
/// other.
enum Contract {
  static let response = Response(json: Array(text.utf8))

  static let text = """
    {"openapi":"3.1.0","info":{"title":"Hookledger local API","version":"\(hookledgerVersion)",
    "description":"Tasks of the kie.ai task API, kept by a ledger of one's own: submitted, followed, saved. Times are \
    RFC 3339 in UTC. HEAD goes wherever GET goes.","license":{"name":"Apache-2.0","identifier":"Apache-2.0"}},
    "servers":[{"url":"/"}],"security":[{"token":[]},{}],
    "paths":{\([tasks, requests, provider, server].joined(separator: ","))},
    "components":{"securitySchemes":{"token":{"type":"http","scheme":"bearer",\
    "description":"Needed where api.token is set."}},
    "parameters":\(parameters),"responses":\(responses),"schemas":\(schemas)}}
    """

  /// An operation's answer of 200 with a JSON body.
  static func json(_ schema: String, _ words: String, status: Int = 200) -> String {
    """
    "\(status)":{"description":"\(words)","content":{"application/json":{"schema":\(reference(schema))}}}
    """
  }

  static func reference(_ schema: String) -> String { ##"{"$ref":"#/components/schemas/\##(schema)"}"## }

  static func parameter(_ name: String) -> String { ##"{"$ref":"#/components/parameters/\##(name)"}"## }

  /// The answers of these statuses that are problems, and the ones that any operation may give.
  static func problems(_ statuses: Int...) -> String {
    (statuses + [401, 403, 421]).map { ##""\##($0)":{"$ref":"#/components/responses/problem"}"## }.joined(
      separator: ",")
  }
}
