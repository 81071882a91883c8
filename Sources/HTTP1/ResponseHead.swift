// SPDX-License-Identifier: Apache-2.0

/// How the end of a response's body is found.
package enum ResponseBody: Hashable, Sendable {
  /// No body and no framing field: for 1xx, 204 and 304. For any other status use `.length(0)`.
  case none
  /// Content-Length, in bytes.
  case length(Int)
  /// Transfer-Encoding: chunked; not to an HTTP/1.0 peer.
  case chunked
  /// The body ends with the connection.
  case untilClose
}

/// What becomes of the connection after the response (RFC 9112, 9.3).
package enum ResponseConnection: Hashable, Sendable {
  /// The peer's version keeps it open without a word: no Connection field.
  case persistent
  /// `Connection: keep-alive`, for an HTTP/1.0 peer that asked.
  case keepAlive
  /// `Connection: close`.
  case close
}

/// A response head as a value; `ResponseWriter` writes it.
package struct ResponseHead: Sendable {
  package struct Field: Hashable, Sendable {
    package var name: String
    package var value: String

    package init(_ name: String, _ value: String) {
      self.name = name
      self.value = value
    }
  }

  /// 100 ... 599.
  package var status: Int
  /// Fields in the order written. Date, Connection, Content-Length and Transfer-Encoding are not among them.
  package var fields: [Field]
  package var body: ResponseBody
  package var connection: ResponseConnection

  package init(
    status: Int, fields: [Field] = [], body: ResponseBody = .length(0), connection: ResponseConnection = .persistent
  ) {
    self.status = status
    self.fields = fields
    self.body = body
    self.connection = connection
  }

  /// Whether body bytes may follow the head: not for HEAD, 1xx, 204 and 304, whatever the head says
  /// (RFC 9112, 6.3).
  package static func permitsBody(status: Int, answering method: HTTPMethod) -> Bool {
    method != .head && status >= 200 && status != 204 && status != 304
  }
}

/// Why a response head was not written: a fault of the program, or text from outside in a field.
package enum ResponseFault: Error, Hashable, Sendable {
  /// Not 100 ... 599.
  case invalidStatus
  /// Not a token.
  case invalidFieldName
  /// CR, LF, NUL or another control character, or a blank at either end.
  case invalidFieldValue
  /// One of the fields the writer sets itself.
  case reservedField
  /// A framing that this status must not have (RFC 9110, 8.6 and RFC 9112, 6.1), a negative length, or a body until
  /// close on a connection that stays open.
  case framingNotForStatus
}
