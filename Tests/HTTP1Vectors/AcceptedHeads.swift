// SPDX-License-Identifier: Apache-2.0

/// A request line, followed by a valid Host.
package func line(_ text: String) -> String { text + "\r\nHost: h\r\n\r\n" }

/// A plain request with a valid Host and one more field line, or several with CRLF between.
package func field(_ text: String) -> String { "POST / HTTP/1.1\r\nHost: h\r\n" + text + "\r\n\r\n" }

/// A plain request with these field lines only.
package func only(_ text: String) -> String { "GET / HTTP/1.1\r\n" + text + "\r\n\r\n" }

/// Heads that must be read, with the part of `HeadSummary.text` that matters.
package let acceptedHeads: [Case<String>] = [
  // Methods
  Case("GET", line("GET / HTTP/1.1"), "GET[get] / origin path=/ query=- 1.1 host=h none keep=true expect=false|Host=h"),
  Case("HEAD", line("HEAD / HTTP/1.1"), "HEAD[head]"),
  Case("POST", line("POST / HTTP/1.1"), "POST[post]"),
  Case("PUT", line("PUT / HTTP/1.1"), "PUT[put]"),
  Case("DELETE", line("DELETE / HTTP/1.1"), "DELETE[delete]"),
  Case("OPTIONS", line("OPTIONS / HTTP/1.1"), "OPTIONS[options]"),
  Case("PATCH", line("PATCH / HTTP/1.1"), "PATCH[patch]"),
  Case("TRACE", line("TRACE / HTTP/1.1"), "TRACE[trace]"),
  Case("lower-case method is another one", line("get / HTTP/1.1"), "get[other]"),
  Case("every token character in a method", line("!#$%&'*+-.^_`|~09azAZ / HTTP/1.1"), "!#$%&'*+-.^_`|~09azAZ[other]"),
  Case("PRI with another target is only a method", line("PRI / HTTP/1.1"), "PRI[other]"),
  Case("one-letter method", line("A / HTTP/1.1"), "A[other]"),
  Case("method beginning like another", line("GETX / HTTP/1.1"), "GETX[other]"),

  // Targets
  Case("two slashes", line("GET //x HTTP/1.1"), " //x origin path=//x "),
  Case("dot segments are the caller's", line("GET /a/../b/. HTTP/1.1"), "path=/a/../b/. "),
  Case(
    "every path character", line("GET /-._~!$&'()*+,;=:@09azAZ%2F%aF HTTP/1.1"), "path=/-._~!$&'()*+,;=:@09azAZ%2F%aF "),
  Case("every query character", line("GET /?-._~!$&'()*+,;=:@/?%00 HTTP/1.1"), "path=/ query=-._~!$&'()*+,;=:@/?%00 "),
  Case("empty query", line("GET /? HTTP/1.1"), "path=/ query= 1.1"),
  Case("second question mark", line("GET /a?b?c HTTP/1.1"), "path=/a query=b?c "),
  Case("absolute", line("GET http://x.y/a?b HTTP/1.1"), " http://x.y/a?b absolute path=/a query=b 1.1 host=x.y "),
  Case("absolute https in capitals", line("GET HTTPS://x:8443/a HTTP/1.1"), "absolute path=/a query=- 1.1 host=x:8443"),
  Case("absolute without path", line("GET http://x HTTP/1.1"), "absolute path= query=- 1.1 host=x"),
  Case("absolute without path, with query", line("GET http://x?a=b HTTP/1.1"), "absolute path= query=a=b 1.1 host=x"),
  Case("absolute with an IPv6 address", line("GET http://[::1]:80/ HTTP/1.1"), "host=[::1]:80 "),
  Case("absolute in HTTP/1.0 without Host", "GET http://x/ HTTP/1.0\r\n\r\n", "absolute path=/ query=- 1.0 host=x"),
  Case("asterisk", line("OPTIONS * HTTP/1.1"), "OPTIONS[options] * asterisk path= query=- "),
  Case(
    "authority", line("CONNECT x.y:443 HTTP/1.1"), "CONNECT[connect] x.y:443 authority path= query=- 1.1 host=x.y:443"),
  Case(
    "authority with an IPv6 address", line("CONNECT [2001:db8::1]:1 HTTP/1.1"),
    "authority path= query=- 1.1 host=[2001:db8::1]:1"),

  Case("asterisk in HTTP/1.0", "OPTIONS * HTTP/1.0\r\n\r\n", "OPTIONS[options] * asterisk path= query=- 1.0 host=-"),
  Case(
    "OPTIONS of an absolute target without path", line("OPTIONS http://x HTTP/1.1"), "absolute path= query=- 1.1 host=x"
  ),
  Case("absolute in mixed case", line("GET hTTp://X.y/ HTTP/1.1"), "absolute path=/ query=- 1.1 host=X.y"),
  Case("absolute with an empty port", line("GET http://x:/ HTTP/1.1"), "absolute path=/ query=- 1.1 host=x: "),
  Case("absolute with a slash in the query", line("GET http://x?/a HTTP/1.1"), "absolute path= query=/a 1.1 host=x"),
  Case("encoded line end, quote and NUL", line("GET /%0D%0A%22%00 HTTP/1.1"), "path=/%0D%0A%22%00 "),

  // Versions and empty lines
  Case("HTTP/1.0 without Host", "GET / HTTP/1.0\r\n\r\n", "1.0 host=- none keep=false"),
  Case("HTTP/1.0 with Host", "GET / HTTP/1.0\r\nHost: x\r\n\r\n", "1.0 host=x none keep=false"),
  Case("HTTP/1.2 is spoken as 1.1", line("GET / HTTP/1.2"), "1.2 host=h none keep=true"),
  Case("HTTP/1.9 is spoken as 1.1", line("GET / HTTP/1.9"), "1.9 host=h none keep=true"),
  Case("one empty line before", "\r\n" + line("GET / HTTP/1.1"), "GET[get] / origin"),
  Case("two empty lines before", "\r\n\r\n" + line("GET / HTTP/1.1"), "GET[get] / origin"),

  // Field lines
  Case("no blank after the colon", field("A:b"), "|A=b"),
  Case("blanks around a value", field("A: \t b c\td \t"), "|A=b c\td"),
  Case("empty value", field("A:"), "|A="),
  Case("value of blanks only", field("A: \t  "), "|A="),
  Case("every token character in a name", field("!#$%&'*+-.^_`|~09azAZ: v"), "|!#$%&'*+-.^_`|~09azAZ=v"),
  Case(
    "every visible character in a value", field("A: !\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"),
    "|A=!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"),
  Case("obs-text in a value", field("A: \u{C3}\u{A9}"), "|A=\u{E9}"),
  Case("colons in a value", field("A: b: c"), "|A=b: c"),
  Case("the same name twice", field("A: 1\r\nA: 2"), "|A=1|A=2"),
  Case("an underscore makes another name", field("Content_Length: 5\r\nTransfer_Encoding: chunked"), " none keep=true"),
  Case("a longer name is another name", field("Content-Length-X: 5\r\nX-Host: b"), " none keep=true"),

  // Host
  Case("Host with port", only("Host: a.example:8080"), "host=a.example:8080"),
  Case("Host with empty port", only("Host: a:"), "host=a: "),
  Case("Host with the last port", only("Host: a:65535"), "host=a:65535"),
  Case("Host in capitals with blanks", only("HOST: \tA.B \t"), "host=A.B "),
  Case("Host as IPv4", only("Host: 127.0.0.1:80"), "host=127.0.0.1:80"),
  Case("Host as IPv6", only("Host: [2001:DB8:0:1:2:3:4:5]"), "host=[2001:DB8:0:1:2:3:4:5]"),
  Case("Host as IPv6 with port", only("Host: [::]:8080"), "host=[::]:8080"),
  Case("Host as IPv6 ending in IPv4", only("Host: [::ffff:192.0.2.1]"), "host=[::ffff:192.0.2.1]"),
  Case("Host as full IPv6 ending in IPv4", only("Host: [1:2:3:4:5:6:1.2.3.4]"), "host=[1:2:3:4:5:6:1.2.3.4]"),
  Case("Host as IPv6, seven groups compressed", only("Host: [1:2:3:4:5:6:7::]"), "host=[1:2:3:4:5:6:7::]"),
  Case("Host as a future IP literal", only("Host: [v1F.a:b~!]:8080"), "host=[v1F.a:b~!]:8080"),
  Case("Host with delimiters and escapes of reg-name", only("Host: a_b~!$&'()*+;=%7E.c"), "host=a_b~!$&'()*+;=%7E.c"),
  Case("Host differs from the absolute target", "GET http://x/ HTTP/1.1\r\nHost: y\r\n\r\n", "host=x none"),

  // Framing
  Case("Content-Length", field("Content-Length: 5"), " length(5) keep=true"),
  Case("Content-Length 0", field("content-length: 0"), " length(0) keep=true"),
  Case("Content-Length with leading zeros", field("Content-Length: 007"), " length(7) keep=true"),
  Case(
    "Content-Length of a GET", "GET / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\n",
    "GET[get] / origin path=/ query=- 1.1 host=h length(3)"),
  Case("Content-Length in HTTP/1.0", "POST / HTTP/1.0\r\nContent-Length: 3\r\n\r\n", "1.0 host=- length(3) keep=false"),
  Case("Content-Length at the limit", field("Content-Length: 1048576"), " length(1048576) keep=true"),
  Case("chunked", field("Transfer-Encoding: chunked"), " chunked keep=true"),
  Case("chunked in any case", field("TRANSFER-ENCODING:CHUNKED \t"), " chunked keep=true"),
  Case("TE is not Transfer-Encoding", field("TE: trailers, chunked"), " none keep=true"),

  Case("Content-Length between blanks", field("Content-Length: \t 5 \t"), " length(5) keep=true"),
  Case(
    "Content-Length behind many zeros", field("Content-Length: " + String(repeating: "0", count: 40) + "5"),
    " length(5) keep=true"),
  Case("chunked between blanks", field("Transfer-Encoding:\t chunked \t"), " chunked keep=true"),
  Case(
    "chunked in HTTP/1.2", "POST / HTTP/1.2\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n",
    "1.2 host=h chunked keep=true"),
  Case(
    "Content-Length of a HEAD", "HEAD / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\n",
    "HEAD[head] / origin path=/ query=- 1.1 host=h length(3)"),
  Case(
    "chunked of a DELETE", "DELETE / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n",
    "DELETE[delete] / origin path=/ query=- 1.1 host=h chunked"),
  Case(
    "Content-Encoding is not Transfer-Encoding", field("Content-Encoding: gzip\r\nContent-Length: 1"),
    " length(1) keep=true"),
  Case("Trailer announces and frames nothing", field("Trailer: Content-Length"), " none keep=true"),

  // Connection
  Case("close", field("Connection: close"), "keep=false"),
  Case("close in capitals", field("CONNECTION: CLOSE"), "keep=false"),
  Case("keep-alive", field("Connection: keep-alive"), "keep=true"),
  Case("close wins in a list", field("Connection: keep-alive, close"), "keep=false"),
  Case("close wins over lines", field("Connection: close\r\nConnection: keep-alive"), "keep=false"),
  Case("empty list elements", field("Connection: ,, x ,\t, close,"), "keep=false"),
  Case("empty Connection", field("Connection:"), "keep=true"),
  Case("an option that only begins like close", field("Connection: closed, close-d"), "keep=true"),
  Case("HTTP/1.0 keep-alive", "GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", "keep=true"),
  Case("HTTP/1.0 keep-alive and close", "GET / HTTP/1.0\r\nConnection: keep-alive, close\r\n\r\n", "keep=false"),
  Case("Upgrade is not heard", field("Connection: upgrade, HTTP2-Settings\r\nUpgrade: h2c"), "keep=true expect=false"),
  Case("Proxy-Connection is not Connection", field("Proxy-Connection: close"), "keep=true"),

  Case("close in HTTP/1.2", "GET / HTTP/1.2\r\nHost: h\r\nConnection: close\r\n\r\n", "1.2 host=h none keep=false"),
  Case(
    "a field named in Connection still counts", field("Connection: Content-Length\r\nContent-Length: 5"),
    " length(5) keep=true"),
  Case("Host named in Connection still counts", field("Connection: Host"), "host=h none keep=true"),
  Case("Keep-Alive is only a hint", field("Keep-Alive: timeout=5, max=1"), "keep=true"),
  Case(
    "an offer of HTTP/2 by Upgrade", field("Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13"),
    "keep=true"),

  // Expect
  Case("100-continue", field("Expect: 100-continue\r\nContent-Length: 1"), "length(1) keep=true expect=true"),
  Case("100-continue in any case", field("EXPECT: 100-Continue"), "expect=true"),
  Case("100-continue in HTTP/1.0 is not heard", "POST / HTTP/1.0\r\nExpect: 100-continue\r\n\r\n", "expect=false"),
]
