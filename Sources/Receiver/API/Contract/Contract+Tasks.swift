// SPDX-License-Identifier: Apache-2.0

extension Contract {
  static let tasks = """
    "/api/v1/tasks":{
    "get":{"operationId":"listTasks","summary":"Tasks, newest first.","tags":["Tasks"],
    "parameters":[{"name":"state","in":"query","schema":{"type":"string"}},\
    {"name":"model","in":"query","schema":{"type":"string"}},\
    {"name":"since","in":"query","description":"Created at or after.","schema":{"type":"string","format":"date-time"}},\
    \(parameter("limit")),\(parameter("cursor"))],
    "responses":{\(json("TaskPage", "A page.")),\(problems(400))}},
    "post":{"operationId":"createTask","summary":"Create a task at the provider, and pay for it.","tags":["Tasks"],
    "description":"The intent is on disk before the request leaves. A lost answer leaves the task in the state unknown \
    (202); it is never sent again by itself.",
    "parameters":[{"name":"Idempotency-Key","in":"header","description":"The same key and body get the first answer \
    again, for 24 hours.","schema":{"type":"string","minLength":1,"maxLength":255}}],
    "requestBody":{"required":true,"content":{"application/json":{"schema":\(reference("NewTask"))}}},
    "responses":{\(json("Task", "The provider took the task.", status: 201)),\
    \(json("Task", "The provider's answer was lost.", status: 202)),\
    \(problems(400, 402, 409, 422, 429, 502, 503))}}},

    "/api/v1/tasks/{id}":{
    "get":{"operationId":"getTask","summary":"One task.","tags":["Tasks"],
    "parameters":[\(parameter("taskId")),{"name":"wait","in":"query","description":"Answer when the task ends, or after \
    this time, 60s at most.","schema":{"type":"string","examples":["30s"]}},\
    \(parameter("ifMatch")),\(parameter("ifNoneMatch"))],
    "responses":{\(json("Task", "The task.")),"304":{"description":"It is what it was."},\
    \(problems(400, 404, 412))}}},

    "/api/v1/tasks/{id}/events":{
    "get":{"operationId":"getTaskHistory","summary":"The task's history, oldest first.","tags":["Tasks"],
    "parameters":[\(parameter("taskId"))],
    "responses":{\(json("History", "The history.")),\(problems(400, 404))}}},

    "/api/v1/tasks/{id}/refresh":{
    "post":{"operationId":"refreshTask","summary":"Ask the provider for its record of the task now.","tags":["Tasks"],
    "parameters":[\(parameter("taskId"))],
    "responses":{\(json("Task", "The task after that.")),\(problems(400, 404, 409, 502))}}},

    "/api/v1/tasks/{id}/join":{
    "post":{"operationId":"joinTask","summary":"Say which task of the provider's an unknown submission became.",
    "tags":["Tasks"],"parameters":[\(parameter("taskId"))],
    "requestBody":{"required":true,"content":{"application/json":{"schema":{"type":"object",\
    "required":["providerTaskId"],"additionalProperties":false,"properties":{\
    "providerTaskId":{"type":["string","null"],"minLength":1,"maxLength":256,\
    "pattern":"^[^\\\\u0000-\\\\u001f\\\\u007f]+$","description":"null: no task came of it."},\
    "insist":{"type":"boolean","description":"Join also what nothing proves."}}}}}},
    "responses":{\(json("Task", "The task after that.")),\(problems(400, 404, 409, 422, 502))}}},

    "/api/v1/tasks/{id}/results/{n}":{
    "get":{"operationId":"getResult","summary":"Saved media, whole or a range of it.","tags":["Tasks"],
    "parameters":[\(parameter("taskId")),{"name":"n","in":"path","required":true,"description":"The place of the link in \
    result.urls.","schema":{"type":"integer","minimum":0}},\
    {"name":"Range","in":"header","schema":{"type":"string","examples":["bytes=0-1023"]}},\
    {"name":"If-Range","in":"header","schema":{"type":"string"}},\
    \(parameter("ifMatch")),\(parameter("ifNoneMatch"))],
    "responses":{"200":{"description":"The file; its ETag is its SHA-256.","content":{"*/*":{}}},\
    "206":{"description":"The range.","content":{"*/*":{}}},"304":{"description":"It is what it was."},\
    \(problems(400, 404, 410, 412, 416))}}}
    """
}
