// SPDX-License-Identifier: Apache-2.0

import HTTP1
import HTTP1Vectors
import Testing

private func written(_ head: ResponseHead, date: IMFDate? = nil) throws -> String {
  var buffer: [UInt8] = []
  try ResponseWriter.append(head, date: date, to: &buffer)
  return String(decoding: buffer, as: UTF8.self)
}

@Suite struct ResponseWriterTests {
  @Test func aHeadIsWrittenInOrder() throws {
    let head = ResponseHead(
      status: 200, fields: [.init("Content-Type", "application/json"), .init("X-Empty", "")], body: .length(42),
      connection: .close)
    let text = try written(head, date: IMFDate(unixSeconds: 784_111_777))
    let expected =
      "HTTP/1.1 200 OK\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nContent-Type: application/json\r\nX-Empty: \r\n"
      + "Content-Length: 42\r\nConnection: close\r\n\r\n"
    #expect(text == expected)
  }

  @Test func itIsAppendedToWhatIsThere() throws {
    var buffer = "before".bytes
    try ResponseWriter.append(ResponseHead(status: 204, body: .none), date: nil, to: &buffer)
    #expect(buffer == "beforeHTTP/1.1 204 No Content\r\n\r\n".bytes)
  }

  @Test(arguments: [
    (ResponseBody.length(0), ResponseConnection.persistent, "Content-Length: 0\r\n\r\n"),
    (.length(.max), .persistent, "Content-Length: 9223372036854775807\r\n\r\n"),
    (.length(10), .keepAlive, "Content-Length: 10\r\nConnection: keep-alive\r\n\r\n"),
    (.chunked, .persistent, "Transfer-Encoding: chunked\r\n\r\n"),
    (.untilClose, .close, "Connection: close\r\n\r\n"),
  ])
  func theBodyIsFramed(_ body: ResponseBody, _ connection: ResponseConnection, _ expected: String) throws {
    #expect(
      try written(ResponseHead(status: 200, body: body, connection: connection)) == "HTTP/1.1 200 OK\r\n" + expected)
  }

  @Test(arguments: [100, 101, 103, 199, 204])
  func aStatusWithoutBodyHasNoFraming(_ status: Int) throws {
    #expect(throws: ResponseFault.framingNotForStatus) { try written(ResponseHead(status: status, body: .length(0))) }
    #expect(throws: ResponseFault.framingNotForStatus) { try written(ResponseHead(status: status, body: .chunked)) }
    let text = try written(ResponseHead(status: status, body: .none))
    #expect(!text.contains("Content-Length") && !text.contains("Transfer-Encoding"))
  }

  @Test func notModifiedMayTellALengthOnly() throws {
    #expect(try written(ResponseHead(status: 304, body: .length(5))).contains("Content-Length: 5\r\n"))
    #expect(try written(ResponseHead(status: 304, body: .none)) == "HTTP/1.1 304 Not Modified\r\n\r\n")
    #expect(throws: ResponseFault.framingNotForStatus) { try written(ResponseHead(status: 304, body: .chunked)) }
  }

  @Test func aFramingThatLeavesTheEndOpenIsRefused() {
    #expect(throws: ResponseFault.framingNotForStatus) { try written(ResponseHead(status: 200, body: .none)) }
    #expect(throws: ResponseFault.framingNotForStatus) { try written(ResponseHead(status: 200, body: .length(-1))) }
    #expect(throws: ResponseFault.framingNotForStatus) { try written(ResponseHead(status: 200, body: .untilClose)) }
  }

  @Test(arguments: [Int.min, -1, 0, 99, 600, 1000])
  func aStatusOutsideTheFiveClassesIsRefused(_ status: Int) {
    #expect(throws: ResponseFault.invalidStatus) { try written(ResponseHead(status: status)) }
  }

  @Test func everyStatusHasALine() throws {
    for status in 100...599 {
      var buffer: [UInt8] = []
      try ResponseWriter.appendStatusLine(status, to: &buffer)
      #expect(buffer == "HTTP/1.1 \(status) \(ResponseWriter.reasonPhrase(status))\r\n".bytes)
    }
  }

  @Test(arguments: ["", " ", "A B", "A:", "A\r\nB", "A\0", "\u{E9}", "A\n", "(A)"])
  func aNameThatIsNoTokenIsRefused(_ name: String) {
    expectRefused(name, "v", .invalidFieldName)
  }

  @Test(arguments: [
    "a\r\nB: c", "a\rb", "a\nb", "a\0b", "\u{7F}", "a\u{1}", "\u{1B}[0m", " a", "a ", "\ta", "a\t", " ",
  ])
  func aValueThatCouldBreakOutIsRefused(_ value: String) {
    expectRefused("A", value, .invalidFieldValue)
  }

  @Test(arguments: ["Date", "connection", "CONTENT-LENGTH", "Transfer-encoding"])
  func aFieldOfTheWritersOwnIsRefused(_ name: String) {
    expectRefused(name, "1", .reservedField)
  }

  private func expectRefused(_ name: String, _ value: String, _ fault: ResponseFault) {
    var buffer = "before".bytes
    let head = ResponseHead(status: 200, fields: [.init("Ok", "ok"), .init(name, value)])
    #expect(throws: fault) { try ResponseWriter.append(head, date: nil, to: &buffer) }
    #expect(throws: fault) { try ResponseWriter.appendField(name, value, to: &buffer) }
    #expect(buffer == "before".bytes)
  }

  @Test func textBeyondASCIIIsAllowedInAValue() throws {
    #expect(
      try written(ResponseHead(status: 200, fields: [.init("A", "h\u{E9}\tb c")])).contains("A: h\u{E9}\tb c\r\n"))
  }

  @Test func aBodyFollowsOnlyWhereItMay() {
    #expect(ResponseHead.permitsBody(status: 200, answering: .get))
    #expect(ResponseHead.permitsBody(status: 500, answering: .post))
    #expect(!ResponseHead.permitsBody(status: 200, answering: .head))
    for status in [100, 101, 199, 204, 304] { #expect(!ResponseHead.permitsBody(status: status, answering: .get)) }
  }

  @Test func continueIsAHeadAlone() {
    var buffer: [UInt8] = []
    ResponseWriter.appendContinue(to: &buffer)
    #expect(buffer == "HTTP/1.1 100 Continue\r\n\r\n".bytes)
  }

  @Test func chunksAreFramedAndAnEmptyOneIsNotWritten() {
    var buffer: [UInt8] = []
    ResponseWriter.appendChunk("".bytes.span, to: &buffer)
    ResponseWriter.appendChunk([UInt8](repeating: 0x61, count: 17).span, to: &buffer)
    ResponseWriter.appendLastChunk(to: &buffer)
    #expect(buffer == "11\r\naaaaaaaaaaaaaaaaa\r\n0\r\n\r\n".bytes)
  }
}
