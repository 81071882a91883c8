// SPDX-License-Identifier: Apache-2.0

import JSON
import Receiver
import Testing

@Suite("Answers of the local API as tables and words")
struct JSONTablesTests {
  @Test("tasks have fixed columns, a dash for what is not there")
  func tasks() {
    let table = TextTable(tasks: [
      ["id": "tsk_1", "state": "generating", "progress": 42, "model": "m", "createdAt": "t", "providerTaskId": nil],
      ["id": "tsk_2", "state": "success", "progress": nil],
    ])
    #expect(
      table.render() == """
        ID     STATE       PROGRESS  MODEL  CREATED  PROVIDER TASK
        tsk_1  generating  42%       m      t        -
        tsk_2  success     -         -      -        -

        """)
  }

  @Test("objects of any shape: a column for each plain member, in order of appearance")
  func objects() {
    let table = TextTable(objects: [
      ["id": "r1", "receivedAt": "t", "headers": ["a": "b"]], ["id": "r2", "reason": "stale", "count": 3],
    ])
    #expect(
      table.render() == """
        ID  RECEIVED AT  REASON  COUNT
        r1  t            -       -
        r2  -            stale   3

        """)
    #expect(TextTable(objects: []).render() == "")
  }

  @Test("one object: a line a member, nested values as JSON")
  func members() {
    let table = TextTable(members: [
      "id": "x", "urls": ["a", "b"], "none": nil, "in": ["k": 1.50], "list": [], "ok": true,
    ])
    #expect(
      table.render() == """
        id    x
        urls  a,b
        none  -
        in    {"k":1.5}
        list  -
        ok    true

        """)
    #expect(TextTable(members: "no object").render() == "")
  }

  @Test("a problem: detail before title before status, then every error by its pointer")
  func problems() {
    #expect(
      ProblemText(
        status: 422,
        body: [
          "title": "Unprocessable", "detail": "the input is not valid", "requestId": "r1",
          "errors": [["pointer": "/input/prompt", "message": "is missing"], ["message": "odd"], "plain"],
        ]
      ).lines == [
        "the input is not valid (request r1)", "  /input/prompt: is missing", "  odd", "  \"plain\"",
      ])
    #expect(ProblemText(status: 404, body: ["title": "Not Found"]).lines == ["Not Found"])
    #expect(ProblemText(status: 500, body: nil).lines == ["the server answered with HTTP status 500"])
    #expect(ProblemText(status: 400, body: ["detail": "a\u{1B}[2J"]).lines == ["a [2J"])
  }
}
