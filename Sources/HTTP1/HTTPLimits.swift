// SPDX-License-Identifier: Apache-2.0

/// What a message may cost before it is refused. Every number is in bytes unless it says otherwise, and every limit is
/// inclusive: a message exactly at the limit is accepted, one byte more is refused.
package struct HTTPLimits: Hashable, Sendable {
  /// The whole head: ignored empty lines, request line, field lines and the empty line that ends it (431).
  package var head: Int
  /// The request line with its CRLF (414).
  package var requestLine: Int
  /// The method's name (501, as for shorter unknown names, which are the caller's to answer; RFC 9112, 3).
  package var method: Int
  /// How many field lines a head, and separately a trailer section, may have (431).
  package var fields: Int
  /// The content, after chunked framing is taken off (413).
  package var body: Int
  /// One chunk-size line with its extensions and CRLF (400).
  package var chunkLine: Int
  /// All chunk extensions of one message together (400).
  package var chunkExtensions: Int
  /// The trailer section with the empty line that ends it (431).
  package var trailers: Int

  package init(
    head: Int = 16 * 1024,
    requestLine: Int = 8 * 1024,
    method: Int = 256,
    fields: Int = 100,
    body: Int = 1024 * 1024,
    chunkLine: Int = 1024,
    chunkExtensions: Int = 4 * 1024,
    trailers: Int = 8 * 1024
  ) {
    self.head = head
    self.requestLine = requestLine
    self.method = method
    self.fields = fields
    self.body = body
    self.chunkLine = chunkLine
    self.chunkExtensions = chunkExtensions
    self.trailers = trailers
  }

  /// Head 16 KiB, request line 8 KiB, 100 fields, body 1 MiB.
  package static var standard: HTTPLimits { HTTPLimits() }
}
