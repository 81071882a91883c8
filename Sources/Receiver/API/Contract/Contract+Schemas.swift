// SPDX-License-Identifier: Apache-2.0

extension Contract {
  static let parameters = """
    {"taskId":{"name":"id","in":"path","required":true,"description":"Our id (tsk_…) or the provider's.",\
    "schema":{"type":"string"}},
    "requestId":{"name":"id","in":"path","required":true,"schema":{"type":"string"}},
    "limit":{"name":"limit","in":"query","schema":{"type":"integer","minimum":1,"maximum":250,"default":50}},
    "cursor":{"name":"cursor","in":"query","description":"nextCursor of the page before.",\
    "schema":{"type":"string","minLength":1}},
    "ifMatch":{"name":"If-Match","in":"header","description":"Answer 412 unless the entity tag is one of these.",\
    "schema":{"type":"string"}},
    "ifNoneMatch":{"name":"If-None-Match","in":"header","description":"Answer 304 if the entity tag is one of these.",\
    "schema":{"type":"string"}}}
    """

  static let responses = """
    {"problem":{"description":"What is wrong, as RFC 9457 problem details.",\
    "content":{"application/problem+json":{"schema":\(reference("Problem"))}}}}
    """

  static let schemas = """
    {"Problem":{"type":"object","required":["title","status","detail","requestId"],"properties":{
    "title":{"type":"string"},"status":{"type":"integer"},"detail":{"type":"string"},"requestId":{"type":"string"},
    "errors":{"type":"array","items":{"type":"object"}},"providerCode":{"type":["integer","null"]},
    "providerMessage":{"type":["string","null"]}}},
    "NewTask":{"type":"object","required":["model"],"additionalProperties":false,"properties":{
    "model":{"type":"string","minLength":1},"input":{"type":"object","description":"As the model's page says."}}},
    "Task":{"type":"object","required":["id","model","state"],"properties":{
    "id":{"type":"string"},"providerTaskId":{"type":["string","null"]},"model":{"type":"string"},
    "state":{"type":"string","description":"submitting, unknown, refused, success, fail, or a word of the provider's. \
    Only success, fail and refused are ends."},
    "trust":{"enum":["hint","signed","confirmed",null]},"progress":{"type":["integer","null"],"minimum":0,"maximum":100},
    "input":{"type":["object","null"]},"result":{"oneOf":[\(reference("Result")),{"type":"null"}]},
    "failure":{"type":["object","null"],"properties":{"code":{"type":["string","null"]},\
    "message":{"type":["string","null"]}}},
    "credits":{"type":["number","null"]},"alerts":{"type":"array","items":{"type":"string"}},
    \(time("createdAt")),\(time("updatedAt")),"completedAt":{"type":["string","null"],"format":"date-time"}}},
    "Result":{"type":"object","required":["urls","watermarkUrls","object","files"],"properties":{
    "urls":{"type":"array","items":{"type":"string"}},"watermarkUrls":{"type":"array","items":{"type":"string"}},
    "object":{},"files":{"type":"array","items":\(reference("SavedFile"))},
    "lost":{"type":"boolean","description":"The media could not be had any more."}}},
    "SavedFile":{"type":"object","required":["number","path","bytes","sha256","type"],"properties":{
    "number":{"type":"integer"},"path":{"type":"string"},"bytes":{"type":"integer"},"sha256":{"type":"string"},
    "type":{"type":"string"}}},
    "TaskPage":\(page("Task")),"RequestPage":\(page("Request")),
    "History":{"type":"object","required":["data","omitted"],"properties":{"data":{"type":"array","items":{"type":"object",
    "properties":{"seq":{"type":"integer"},\(time("at")),"type":{"type":"string"},"detail":{"type":"string"}}}},
    "omitted":{"type":"integer","description":"Entries beyond the limit; the journal has them."}}},
    "Request":{"type":"object","required":["id","receivedAt","status"],"properties":{
    "id":{"type":"string"},\(time("receivedAt")),"status":{"enum":["accepted","refused"]},
    "reason":{"type":["string","null"]},"target":{"type":"string"},"trust":{"type":["string","null"]},
    "submission":{"type":["string","null"]},"providerTaskId":{"type":["string","null"]},
    "state":{"type":["string","null"]},"fields":{"type":"array","items":{"type":"array","items":{"type":"string"}}},
    "body":{},"bodyText":{"type":"string"},"cut":{"type":"boolean","description":"The body was too long to be kept."}}},
    "Reparsed":{"type":"object","required":["id","outcome"],"properties":{"id":{"type":"string"},
    "outcome":{"enum":["changed","unchanged","refused"]},"task":{"type":["string","null"]},
    "state":{"type":["string","null"]},"reason":{"type":"string"}}},
    "Credits":{"type":"object","required":["credits"],"properties":{"credits":{"type":"number"}}},
    "Costs":{"type":"object","required":["by","data","tasks","credits"],"properties":{"by":{"type":"string"},
    "since":{"type":["string","null"]},"until":{"type":["string","null"]},
    "data":{"type":"array","items":{"type":"object"}},"tasks":{"type":"integer"},"credits":{"type":"number"},
    "hasMore":{"type":"boolean"}}},
    "Upload":{"type":"object","required":["url"],"properties":{"url":{"type":"string","format":"uri"},
    "fileName":{"type":["string","null"]},"bytes":{"type":["integer","null"]},"type":{"type":["string","null"]}}},
    "Diagnosis":{"type":"object","required":["ok","findings"],"properties":{"ok":{"type":"boolean"},
    "findings":{"type":"array","items":{"type":"object","required":["check","status","detail"],"properties":{
    "check":{"type":"string"},"status":{"enum":["ok","warning","fault"]},"detail":{"type":"string"},
    "remedy":{"type":["string","null"]}}}}}}}
    """

  private static func time(_ name: String) -> String { #""\#(name)":{"type":"string","format":"date-time"}"# }

  private static func page(_ schema: String) -> String {
    """
    {"type":"object","required":["data","nextCursor","hasMore"],"properties":{"data":{"type":"array",\
    "items":\(reference(schema))},"nextCursor":{"type":["string","null"]},"hasMore":{"type":"boolean"}}}
    """
  }
}
