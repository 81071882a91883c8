// SPDX-License-Identifier: Apache-2.0

/// The methods that have a name here (RFC 9110, 9.3 and RFC 5789). Every other valid token is `other`.
package enum HTTPMethod: Hashable, Sendable {
  case get, head, post, put, delete, options, patch, trace, connect
  case other

  /// Methods are compared byte for byte: `get` is not GET (RFC 9110, 9.1).
  init(_ range: Range<Int>, in bytes: Span<UInt8>) {
    switch range.count {
    case 3:
      if bytes.matches(range, "GET") {
        self = .get
      } else if bytes.matches(range, "PUT") {
        self = .put
      } else {
        self = .other
      }
    case 4:
      if bytes.matches(range, "POST") {
        self = .post
      } else if bytes.matches(range, "HEAD") {
        self = .head
      } else {
        self = .other
      }
    case 5:
      if bytes.matches(range, "PATCH") {
        self = .patch
      } else if bytes.matches(range, "TRACE") {
        self = .trace
      } else {
        self = .other
      }
    case 6: self = bytes.matches(range, "DELETE") ? .delete : .other
    case 7:
      if bytes.matches(range, "OPTIONS") {
        self = .options
      } else if bytes.matches(range, "CONNECT") {
        self = .connect
      } else {
        self = .other
      }
    default: self = .other
    }
  }
}
