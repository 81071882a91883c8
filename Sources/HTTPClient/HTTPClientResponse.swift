// SPDX-License-Identifier: Apache-2.0

/// Status and header fields, known before the body.
package struct HTTPClientResponseHead: Sendable {
  /// The final status, 200...599; interim answers are not shown.
  package var status: Int
  /// In the order of arrival, names as the peer spelled them.
  package var headers: [(name: String, value: String)]

  package init(status: Int, headers: [(name: String, value: String)] = []) {
    self.status = status
    self.headers = headers
  }

  /// The first value of a field, whose name is compared without regard to case.
  package func header(_ name: String) -> String? {
    headers.first { equalsIgnoringCase($0.name, name) }?.value
  }

  /// The length that the peer announced; `nil` where it is absent or not a number.
  package var contentLength: Int64? {
    header("content-length").flatMap { Int64($0) }
  }
}

/// A whole answer, whatever its status: an HTTP error status is an answer, not an error of the client.
package struct HTTPClientResponse: Sendable {
  package var head: HTTPClientResponseHead
  /// Decoded from gzip where the peer chose it. Empty after a download, whose bytes went to the sink; where the
  /// status of a download was not 200 or 206, at most the first 64 KiB.
  package var body: [UInt8]
  /// The URL that answered: after redirects, the last one.
  package var effectiveURL: String
  /// The peer's (or the proxy's) numeric address.
  package var remoteAddress: String

  package init(head: HTTPClientResponseHead, body: [UInt8], effectiveURL: String, remoteAddress: String) {
    self.head = head
    self.body = body
    self.effectiveURL = effectiveURL
    self.remoteAddress = remoteAddress
  }

  package var status: Int { head.status }
  package var headers: [(name: String, value: String)] { head.headers }

  package func header(_ name: String) -> String? { head.header(name) }
}

/// ASCII case only, as field names and host names want it.
func equalsIgnoringCase(_ one: String, _ other: String) -> Bool {
  guard one.utf8.count == other.utf8.count else { return false }
  return zip(one.utf8, other.utf8).allSatisfy { lowercased($0) == lowercased($1) }
}

private func lowercased(_ byte: UInt8) -> UInt8 {
  (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
}
