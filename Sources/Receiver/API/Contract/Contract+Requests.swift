// SPDX-License-Identifier: Apache-2.0

extension Contract {
  static let requests = """
    "/api/v1/requests":{
    "get":{"operationId":"listRequests","summary":"Callback requests as they came, newest first.","tags":["Requests"],
    "parameters":[{"name":"status","in":"query","schema":{"enum":["accepted","refused"]}},\
    \(parameter("limit")),\(parameter("cursor"))],
    "responses":{\(json("RequestPage", "A page.")),\(problems(400, 503))}}},

    "/api/v1/requests/{id}":{
    "get":{"operationId":"getRequest","summary":"One request with its fields and body.","tags":["Requests"],
    "parameters":[\(parameter("requestId"))],
    "responses":{\(json("Request", "The request; secrets in it are masked.")),\(problems(400, 404, 503))}}},

    "/api/v1/requests/{id}/reparse":{
    "post":{"operationId":"reparseRequest","summary":"Judge a kept request again.","tags":["Requests"],
    "description":"One that was taken in is read by today's readers; one that was refused is verified with today's keys, \
    its age judged by when it came, and counts from now on if it is right.",
    "parameters":[\(parameter("requestId"))],
    "responses":{\(json("Reparsed", "What came of it.")),\(problems(400, 404, 503))}}}
    """

  private static let day =
    #"{"type":"string","anyOf":[{"format":"date"},{"format":"date-time"}],"examples":["2026-11-22"]}"#

  static let provider = """
    "/api/v1/credits":{
    "get":{"operationId":"getCredits","summary":"What is left on the provider's account.","tags":["Provider"],
    "responses":{\(json("Credits", "The balance.")),\(problems(502, 503))}}},

    "/api/v1/costs":{
    "get":{"operationId":"getCosts","summary":"What the provider says was charged.","tags":["Provider"],
    "parameters":[{"name":"since","in":"query","description":"A day in UTC, or a time.","schema":\(day)},\
    {"name":"until","in":"query","description":"Likewise, included.","schema":\(day)},\
    {"name":"by","in":"query","schema":{"enum":["day","model","task"],"default":"day"}},\
    {"name":"format","in":"query","schema":{"enum":["json","csv"],"default":"json"}}],
    "responses":{"200":{"description":"The costs.","content":{"application/json":{"schema":\(reference("Costs"))},\
    "text/csv":{}}},\(problems(400))}}},

    "/api/v1/uploads":{
    "post":{"operationId":"upload","summary":"Put a file where the provider can read it.","tags":["Provider"],
    "description":"A JSON body names a link that the provider fetches; any other body is the file, 10 MiB at most, whose \
    type is told by its content.",
    "parameters":[{"name":"fileName","in":"query","schema":{"type":"string"}}],
    "requestBody":{"required":true,"content":{"application/json":{"schema":{"type":"object","required":["url"],\
    "properties":{"url":{"type":"string","format":"uri"}}}},"*/*":{}}},
    "responses":{\(json("Upload", "Where the file is now.", status: 201)),\
    \(problems(400, 402, 413, 415, 422, 429, 502, 503))}}}
    """

  static let server = """
    "/api/v1/doctor":{
    "post":{"operationId":"examine","summary":"Look at every precondition, and tell the remedy for what is not well.",
    "tags":["Server"],"responses":{\(json("Diagnosis", "The findings.")),\(problems())}}},
    \(probe("/livez", "The process lives.", "text/plain")),
    \(probe("/readyz", "A callback would be taken.", "text/plain", takesVerbose: true)),
    \(probe("/healthz", "The same as /readyz.", "text/plain", takesVerbose: true)),
    \(probe("/metrics", "Counters in Prometheus' text format.", "text/plain")),
    \(probe("/version", "The running build.", "application/json")),
    \(probe("/openapi.json", "This document.", "application/json")),
    \(probe("/", "A page for people.", "text/html"))
    """

  private static func probe(_ path: String, _ words: String, _ type: String, takesVerbose: Bool = false) -> String {
    let parameters =
      takesVerbose
      ? #""parameters":[{"name":"verbose","in":"query","description":"Each check on a line.","schema":{}}],"# : ""
    let malformed = takesVerbose ? ",\(problems(400))" : ""
    let unready = takesVerbose ? #","503":{"description":"Not ready.","content":{"text/plain":{}}}"# : ""
    return """
      "\(path)":{"get":{"summary":"\(words)","tags":["Server"],\(parameters)
      "responses":{"200":{"description":"\(words)","content":{"\(type)":{}}}\(unready)\(malformed)}}}
      """
  }
}
