// SPDX-License-Identifier: Apache-2.0

package import HTTP1

/// What a connection's bytes amount to: the requests with their bodies, and how it ended.
package struct Exchange: Hashable, Sendable {
  package enum End: Hashable, Sendable {
    /// All bytes used up, between two messages.
    case idle
    /// All bytes used up, within a message.
    case unfinished
    case fault(HTTPFault)
  }

  package var requests: [String] = []
  package var end = End.idle

  package init(requests: [String] = [], end: End = .idle) {
    self.requests = requests
    self.end = end
  }
}

private let inner = "GET /admin HTTP/1.1\r\nHost: h\r\n\r\n"
private let post = "POST / HTTP/1.1\r\nHost: h\r\n"

/// Whole connections. Whatever hides a second request must end the connection before that request is seen, or must be
/// read as data by the only rule there is.
package let streams: [Case<Exchange>] = [
  Case("two plain requests", inner + inner, Exchange(requests: ["get:", "get:"], end: .idle)),
  Case("empty lines between", inner + "\r\n" + inner, Exchange(requests: ["get:", "get:"], end: .idle)),
  Case(
    "body, then a request", post + "Content-Length: 5\r\n\r\nhello" + inner,
    Exchange(requests: ["post:hello", "get:"], end: .idle)),
  Case(
    "a request as a body", post + "Content-Length: 32\r\n\r\n" + inner,
    Exchange(requests: ["post:" + inner], end: .idle)),
  Case(
    "a request as a chunk", post + "Transfer-Encoding: chunked\r\n\r\n20\r\n" + inner + "\r\n0\r\n\r\n" + inner,
    Exchange(requests: ["post:" + inner, "get:"], end: .idle)),
  Case(
    "body of a GET is not the next request", "GET / HTTP/1.1\r\nHost: h\r\nContent-Length: 32\r\n\r\n" + inner,
    Exchange(requests: ["get:" + inner], end: .idle)),
  Case(
    "body of a HEAD is not the next request", "HEAD / HTTP/1.1\r\nHost: h\r\nContent-Length: 32\r\n\r\n" + inner,
    Exchange(requests: ["head:" + inner], end: .idle)),
  Case(
    "body of a CONNECT is not the next request",
    "CONNECT h:1 HTTP/1.1\r\nHost: h\r\nContent-Length: 32\r\n\r\n" + inner,
    Exchange(requests: ["connect:" + inner], end: .idle)),
  Case(
    "Content-Length 0, then a request", post + "Content-Length: 0\r\n\r\n" + inner,
    Exchange(requests: ["post:", "get:"], end: .idle)),
  Case("no framing, then a request", post + "\r\n" + inner, Exchange(requests: ["post:", "get:"], end: .idle)),
  Case("body that does not come", post + "Content-Length: 5\r\n\r\nhell", Exchange(requests: [], end: .unfinished)),
  Case(
    "chunks that do not end", post + "Transfer-Encoding: chunked\r\n\r\n4\r\nhell\r\n",
    Exchange(requests: [], end: .unfinished)),
  Case("head that does not end", inner + post, Exchange(requests: ["get:"], end: .unfinished)),
  Case(
    "garbage after a body", post + "Content-Length: 5\r\n\r\nhello\0" + inner,
    Exchange(requests: ["post:hello"], end: .fault(.invalidMethod))),

  Case(
    "CL.TE", post + "Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nG",
    Exchange(end: .fault(.transferEncodingWithContentLength))),
  Case(
    "TE.CL", post + "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n5c\r\n" + inner,
    Exchange(end: .fault(.transferEncodingWithContentLength))),
  Case(
    "TE.TE with a hidden one", post + "Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n\r\n0\r\n\r\n" + inner,
    Exchange(end: .fault(.duplicateTransferEncoding))),
  Case(
    "CL.CL", post + "Content-Length: 0\r\nContent-Length: 32\r\n\r\n" + inner,
    Exchange(end: .fault(.duplicateContentLength))),
  Case("CL with a sign", post + "Content-Length: +32\r\n\r\n" + inner, Exchange(end: .fault(.invalidContentLength))),
  Case(
    "xchunked", post + "Transfer-Encoding: xchunked\r\n\r\n" + inner,
    Exchange(end: .fault(.transferEncodingWithoutFinalChunked))),
  Case(
    "chunked and NUL", post + "Transfer-Encoding: chunked\0\r\nContent-Length: 32\r\n\r\n" + inner,
    Exchange(end: .fault(.invalidFieldValue))),
  Case(
    "folded Transfer-Encoding",
    post + "Content-Length: 5\r\nA: b\r\n Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + inner,
    Exchange(end: .fault(.lineFolding))),
  Case("head ended early by LF", post + "A: b\n\n" + inner, Exchange(end: .fault(.bareLineFeed))),
  Case("head ended early by CR", post + "A: b\r\r" + inner, Exchange(end: .fault(.bareCarriageReturn))),
  Case(
    "chunk longer than said", post + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello!!\r\n0\r\n\r\n" + inner,
    Exchange(end: .fault(.invalidChunkEnd))),
  Case(
    "chunk extension with LF", post + "Transfer-Encoding: chunked\r\n\r\n2;\nxx\r\n20\r\n0\r\n\r\n" + inner,
    Exchange(end: .fault(.bareLineFeed))),
  Case(
    "chunk size with a space and LF", post + "Transfer-Encoding: chunked\r\n\r\n2 \nxx\r\n4c\r\n0\r\n\r\n" + inner,
    Exchange(end: .fault(.bareLineFeed))),
  Case(
    "chunk size 0x0", post + "Transfer-Encoding: chunked\r\n\r\n0x0\r\n\r\n" + inner,
    Exchange(end: .fault(.invalidChunkSize))),
  Case(
    "chunk size +0", post + "Transfer-Encoding: chunked\r\n\r\n+0\r\n\r\n" + inner,
    Exchange(end: .fault(.invalidChunkSize))),
  Case(
    "chunk size -1", post + "Transfer-Encoding: chunked\r\n\r\n-1\r\n\r\n" + inner,
    Exchange(end: .fault(.invalidChunkSize))),
  Case(
    "chunk data ended by LF", post + "Transfer-Encoding: chunked\r\n\r\n1\r\nx\n0\r\n\r\n" + inner,
    Exchange(end: .fault(.bareLineFeed))),
  Case(
    "trailers ended by LF", post + "Transfer-Encoding: chunked\r\n\r\n0\r\n\n" + inner,
    Exchange(end: .fault(.bareLineFeed))),
  Case(
    "last chunk without its empty line", post + "Transfer-Encoding: chunked\r\n\r\n0\r\n" + inner,
    Exchange(end: .fault(.whitespaceBeforeColon))),
  Case(
    "length in a trailer", post + "Transfer-Encoding: chunked\r\n\r\n0\r\nContent-Length: 32\r\n\r\n" + inner,
    Exchange(end: .fault(.forbiddenTrailer))),
  Case(
    "chunked from an HTTP/1.0 peer",
    "POST / HTTP/1.0\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + inner,
    Exchange(end: .fault(.transferEncodingInHTTP10))),
  Case(
    "second request faulty", inner + "GET / HTTP/1.1\r\n\r\n" + inner,
    Exchange(requests: ["get:"], end: .fault(.missingHost))),
  Case(
    "pause between CR and LF is no matter", inner + "\r\n\r\n\r\n" + inner,
    Exchange(requests: ["get:"], end: .fault(.tooManyEmptyLines))),
  Case(
    "leading zeros in a size",
    post + "Transfer-Encoding: chunked\r\n\r\n00000020\r\n" + inner + "\r\n000\r\n\r\n" + inner,
    Exchange(requests: ["post:" + inner, "get:"], end: .idle)),
  Case(
    "extensions and trailers are dropped",
    post + "Transfer-Encoding: chunked\r\n\r\n1;a=\"\\\"0\"\r\nx\r\n0;b\r\nA: b\r\n\r\n" + inner,
    Exchange(requests: ["post:x", "get:"], end: .idle)),
  Case(
    "a size beyond 64 bits", post + "Transfer-Encoding: chunked\r\n\r\n10000000000000020\r\n" + inner,
    Exchange(end: .fault(.chunkSizeOverflow))),
  Case(
    "bare CR behind a size", post + "Transfer-Encoding: chunked\r\n\r\n1\rx\r\n0\r\n\r\n" + inner,
    Exchange(end: .fault(.bareCarriageReturn))),
  Case(
    "CR in a quoted extension", post + "Transfer-Encoding: chunked\r\n\r\n1;a=\"\r\nx\r\n0\r\n\r\n\"\r\n" + inner,
    Exchange(end: .fault(.invalidChunkExtension))),
  Case(
    "chunk shorter than said", post + "Transfer-Encoding: chunked\r\n\r\n6\r\nhello\r\n0\r\n\r\n" + inner,
    Exchange(end: .fault(.bareLineFeed))),
  Case(
    "CRLF before the first size", post + "Transfer-Encoding: chunked\r\n\r\n\r\n0\r\n\r\n" + inner,
    Exchange(end: .fault(.invalidChunkSize))),
  Case(
    "chunked in a trailer", post + "Transfer-Encoding: chunked\r\n\r\n0\r\nTransfer-Encoding: chunked\r\n\r\n" + inner,
    Exchange(end: .fault(.forbiddenTrailer))),
  Case(
    "folded trailer", post + "Transfer-Encoding: chunked\r\n\r\n0\r\nA: b\r\n c\r\n\r\n" + inner,
    Exchange(end: .fault(.lineFolding))),
  Case(
    "body longer than said", post + "Content-Length: 3\r\n\r\nabc\r\n" + inner,
    Exchange(requests: ["post:abc", "get:"], end: .idle)),
  Case(
    "a bodiless request with bytes behind it", inner + "hello\r\n\r\n",
    Exchange(requests: ["get:"], end: .fault(.invalidMethod))),
]
