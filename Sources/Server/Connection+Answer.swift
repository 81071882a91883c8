// SPDX-License-Identifier: Apache-2.0

import HTTP1
import Reactor

extension Connection {
  /// A body up to this size is copied behind its head and leaves with it in one call.
  private static var copiedBody: Int { 16 * 1024 }

  /// Writes a prepared answer to the current request.
  func answer(_ response: PreparedResponse, _ server: HTTPServer) {
    let connection = answerBegins(closes: false)
    server.updateDate()
    if case .persistent = connection, !state.isHead, output.isBare {
      let whole = port.whole(response, second: server.dateSecond, date: server.dateLine)
      withOutput { $0.share(whole) }
    } else {
      let isHead = state.isHead
      append { bytes in
        bytes.append(contentsOf: response.head)
        bytes.append(contentsOf: server.dateLine)
        port.standing.append(to: &bytes)
        ResponseWriter.appendConnection(connection, to: &bytes)
        ResponseWriter.endHead(&bytes)
        if !isHead { bytes.append(contentsOf: response.body) }
      }
    }
    answerEnds(server)
  }

  /// Writes an answer to the current request, or the beginning of a streamed one.
  func answer(_ response: Response) {
    var closes = response.closes
    // HTTP/1.0 knows no chunks: there the end of the connection is the end of the body.
    if case .stream = response.body, state.isHTTP10 { closes = true }
    let connection = answerBegins(closes: closes)
    let server = server
    server.updateDate()
    guard appendHead(response, connection) else {
      append { $0.append(contentsOf: Self.internalError) }
      state.end()
      touch(server)
      return
    }
    guard !state.isHead, permitsBody(response.status) else {
      answerEnds(server)
      return
    }
    switch response.body {
    case .none: break
    case .bytes(let body): append(body)
    case .file(let file, let range):
      if !range.isEmpty {
        withOutput { $0.tail = .file(file, offset: range.lowerBound, count: Int64(range.count)) }
      }
    case .stream:
      state.streamBegins()
      return
    }
    answerEnds(server)
  }

  /// Sends a part of a streamed answer. A client that has fallen too far behind is cut off.
  func stream(_ bytes: Span<UInt8>) -> Bool {
    guard state.phase == .streaming else { return false }
    guard !bytes.isEmpty else { return true }
    guard output.waiting + bytes.count <= server.limits.streamBytes else {
      doom()
      return false
    }
    let isHTTP10 = state.isHTTP10
    append { output in
      if isHTTP10 {
        output.append(addingCapacity: bytes.count) { (room: inout OutputSpan<UInt8>) in
          for index in bytes.indices { room.append(bytes[index]) }
        }
      } else {
        ResponseWriter.appendChunk(bytes, to: &output)
      }
    }
    touch(server)
    return true
  }

  /// Ends a streamed answer.
  func endStream() {
    guard state.phase == .streaming else { return }
    if !state.isHTTP10 { append { ResponseWriter.appendLastChunk(to: &$0) } }
    answerEnds(server)
  }

  private func answerBegins(closes: Bool) -> ResponseConnection {
    state.answerBegins(closes: closes, hasMoreInput: reader?.hasMore ?? false)
  }

  private func answerEnds(_ server: HTTPServer) {
    state.answerEnds(now: server.loop.now)
    resumeIfPossible(server)
    touch(server)
  }

  /// Lets `write` append to the output's bytes.
  func append(_ write: (inout [UInt8]) -> Void) {
    withOutput { output in
      server.prepare(&output)
      write(&output.bytes)
    }
  }

  private func append(_ body: [UInt8]) {
    withOutput { output in
      if body.count <= Self.copiedBody {
        output.bytes.append(contentsOf: body)
      } else {
        output.tail = .bytes(body, sent: 0)
      }
    }
  }

  /// Appends the head; `false`, and nothing of it, when there is a field that must not be written, with text from
  /// outside in it perhaps.
  private func appendHead(_ response: Response, _ connection: ResponseConnection) -> Bool {
    var isWritten = true
    append { bytes in
      let start = bytes.count
      do {
        try appendHead(response, connection, to: &bytes)
      } catch {
        bytes.removeSubrange(start...)
        isWritten = false
      }
    }
    return isWritten
  }

  private func appendHead(
    _ response: Response, _ connection: ResponseConnection, to bytes: inout [UInt8]
  ) throws(ResponseFault) {
    try ResponseWriter.appendStatusLine(response.status, to: &bytes)
    bytes.append(contentsOf: server.dateLine)
    for field in response.fields { try ResponseWriter.appendField(field.name, field.value, to: &bytes) }
    port.standing.append(besides: response.fields, to: &bytes)
    try ResponseWriter.appendFraming(framing(of: response), status: response.status, connection: connection, to: &bytes)
    ResponseWriter.appendConnection(connection, to: &bytes)
    ResponseWriter.endHead(&bytes)
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
