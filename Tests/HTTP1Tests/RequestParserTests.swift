// SPDX-License-Identifier: Apache-2.0

import HTTP1
import Testing

@Suite struct RequestParserTests {
  @Test func aPlainRequestIsReadInPlaces() {
    let bytes = "POST /a/b?c=d HTTP/1.1\r\nHost: example.com:80\r\nContent-Length: 5\r\nX:\t y z \r\n\r\nhello".bytes
    let expected =
      "POST[post] /a/b?c=d origin path=/a/b query=c=d 1.1 host=example.com:80 length(5) keep=true expect=false"
      + "|Host=example.com:80|Content-Length=5|X=y z"
    guard case .head(let summary) = whole(bytes) else {
      Issue.record("\(whole(bytes))")
      return
    }
    #expect(summary.text == expected)
    #expect(summary.consumed == bytes.count - 5)
  }
}
