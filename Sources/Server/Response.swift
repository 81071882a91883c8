// SPDX-License-Identifier: Apache-2.0

package import HTTP1
package import Reactor

/// An answer. Date, Connection, Content-Length and Transfer-Encoding are the server's to write.
package struct Response: Sendable {
  /// What follows the head. Nothing does in answer to HEAD, and with 204 and 304.
  package enum Body: Sendable {
    /// No bytes.
    case none
    /// These bytes.
    case bytes([UInt8])
    /// So much of a file; a file that turns out shorter breaks the connection.
    case file(OpenFile, range: Range<Int64>)
    /// What `HTTPServer.stream` sends until `HTTPServer.endStream`.
    case stream
  }

  /// 200 ... 599.
  package var status: Int
  package var fields: [ResponseHead.Field]
  package var body: Body
  /// Whether the connection ends with this answer, whatever the client wishes.
  package var closes: Bool

  package init(status: Int, fields: [ResponseHead.Field] = [], body: Body = .none, closes: Bool = false) {
    self.status = status
    self.fields = fields
    self.body = body
    self.closes = closes
  }

  /// An answer with a text body.
  package init(status: Int, contentType: String, text: String, fields: [ResponseHead.Field] = []) {
    self.init(
      status: status, fields: [ResponseHead.Field("Content-Type", contentType)] + fields, body: .bytes(Array(text.utf8))
    )
  }
}

/// A file that responses may share; it is closed when the last of them has been sent.
package final class OpenFile: Sendable {
  package let descriptor: Descriptor

  package init(_ descriptor: consuming Descriptor) {
    self.descriptor = descriptor
  }
}

/// An answer that is always the same but for its date: its bytes are put together once.
package final class PreparedResponse: Sendable {
  /// The head from the status line to the last field but Date and Connection.
  let head: [UInt8]
  let body: [UInt8]
  let status: Int

  /// - Parameters:
  ///   - status: 200 ... 599 but not 204 and 304.
  ///   - fields: Content-Type is not among them. A field that cannot be written is a fault of the program and traps.
  package init(status: Int, fields: [ResponseHead.Field] = [], contentType: String, body: [UInt8]) {
    var head: [UInt8] = []
    do {
      try ResponseWriter.appendStatusLine(status, to: &head)
      try ResponseWriter.appendField("Content-Type", contentType, to: &head)
      for field in fields { try ResponseWriter.appendField(field.name, field.value, to: &head) }
      try ResponseWriter.appendFraming(.length(body.count), status: status, connection: .persistent, to: &head)
    } catch {
      preconditionFailure("a prepared response that cannot be written: \(error)")
    }
    self.head = head
    self.body = body
    self.status = status
  }
}
