// SPDX-License-Identifier: Apache-2.0

import HTTP1
import Reactor

extension Connection {
  /// A body up to this size is copied behind its head and leaves with it in one call.
  private static var copiedBody: Int { 16 * 1024 }

  /// Writes a prepared answer to the current request.
  func answer(_ response: PreparedResponse) {
    let connection = answerBegins(closes: false)
    server.prepare(&output)
    output.bytes.append(contentsOf: response.head)
    output.bytes.append(contentsOf: server.dateLine())
    port.standing.append(to: &output.bytes)
    ResponseWriter.appendConnection(connection, to: &output.bytes)
    ResponseWriter.endHead(&output.bytes)
    if !state.isHead { append(response.body) }
    answerEnds()
  }

  /// Writes an answer to the current request, or the beginning of a streamed one.
  func answer(_ response: Response) {
    var closes = response.closes
    // HTTP/1.0 knows no chunks: there the end of the connection is the end of the body.
    if case .stream = response.body, state.isHTTP10 { closes = true }
    let connection = answerBegins(closes: closes)
    server.prepare(&output)
    let start = output.bytes.count
    do {
      try appendHead(response, connection)
    } catch {
      // A field that must not be written, with text from outside in it perhaps: the client gets no part of it.
      output.bytes.removeSubrange(start...)
      output.bytes.append(contentsOf: Self.internalError)
      state.end()
      touch()
      return
    }
    guard !state.isHead, permitsBody(response.status) else {
      answerEnds()
      return
    }
    switch response.body {
    case .none: break
    case .bytes(let body): append(body)
    case .file(let file, let range):
      if !range.isEmpty { output.tail = .file(file, offset: range.lowerBound, count: Int64(range.count)) }
    case .stream:
      state.streamBegins()
      return
    }
    answerEnds()
  }

  /// Sends a part of a streamed answer. A client that has fallen too far behind is cut off.
  func stream(_ bytes: Span<UInt8>) -> Bool {
    guard state.phase == .streaming else { return false }
    guard !bytes.isEmpty else { return true }
    guard output.waiting + bytes.count <= server.limits.streamBytes else {
      doom()
      return false
    }
    server.prepare(&output)
    if state.isHTTP10 {
      output.bytes.append(addingCapacity: bytes.count) { (room: inout OutputSpan<UInt8>) in
        for index in bytes.indices { room.append(bytes[index]) }
      }
    } else {
      ResponseWriter.appendChunk(bytes, to: &output.bytes)
    }
    touch()
    return true
  }

  /// Ends a streamed answer.
  func endStream() {
    guard state.phase == .streaming else { return }
    if !state.isHTTP10 {
      server.prepare(&output)
      ResponseWriter.appendLastChunk(to: &output.bytes)
    }
    answerEnds()
  }

  private func answerBegins(closes: Bool) -> ResponseConnection {
    state.answerBegins(closes: closes, hasMoreInput: reader?.hasMore ?? false)
  }

  private func answerEnds() {
    state.answerEnds(now: server.loop.now)
    resumeIfPossible()
    touch()
  }

  private func append(_ body: [UInt8]) {
    if body.count <= Self.copiedBody {
      output.bytes.append(contentsOf: body)
    } else {
      output.tail = .bytes(body, sent: 0)
    }
  }

  private func appendHead(_ response: Response, _ connection: ResponseConnection) throws(ResponseFault) {
    try ResponseWriter.appendStatusLine(response.status, to: &output.bytes)
    output.bytes.append(contentsOf: server.dateLine())
    for field in response.fields { try ResponseWriter.appendField(field.name, field.value, to: &output.bytes) }
    port.standing.append(besides: response.fields, to: &output.bytes)
    try ResponseWriter.appendFraming(
      framing(of: response), status: response.status, connection: connection, to: &output.bytes)
    ResponseWriter.appendConnection(connection, to: &output.bytes)
    ResponseWriter.endHead(&output.bytes)
  }

  private func permitsBody(_ status: Int) -> Bool {
    ResponseHead.permitsBody(status: status, answering: .other)
  }

  private func framing(of response: Response) -> ResponseBody {
    guard permitsBody(response.status) else { return .none }
    switch response.body {
    case .none: return .length(0)
    case .bytes(let body): return .length(body.count)
    case .file(_, let range): return .length(range.count)
    case .stream: return state.isHTTP10 ? .untilClose : .chunked
    }
  }

  private static var internalError: [UInt8] {
    Array("HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".utf8)
  }
}
