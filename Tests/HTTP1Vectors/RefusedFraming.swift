// SPDX-License-Identifier: Apache-2.0

import HTTP1

/// Heads whose framing fields leave open where the message ends, or would let two recipients differ on it.
let refusedFraming: [Case<HTTPFault>] =
  [
    "", " ", "+5", "-5", "-0", "0x5", "0X5", "0o5", "0b1", "5a", "a", "five", "5.0", "5,", ",5", "5, 5", "5,5", "5, 6",
    "5;5",
    "5 5", "1_0", "1'000", "1e3", "\"5\"", "5 bytes", "NaN", "\u{B2}", "5\u{A0}", "chunked", "0 0", "5\t5", "/5", ":5",
  ].map { Case("Content-Length: \($0)", field("Content-Length: " + $0), .invalidContentLength) } + [
    Case("Content-Length twice", field("Content-Length: 5\r\nContent-Length: 6"), .duplicateContentLength),
    Case("Content-Length twice, equal", field("Content-Length: 5\r\nContent-Length: 5"), .duplicateContentLength),
    Case(
      "Content-Length twice, zeros", field("Content-Length: 0\r\nA: b\r\ncontent-length: 00"), .duplicateContentLength),
    Case(
      "Content-Length twice in HTTP/1.0", "POST / HTTP/1.0\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\n",
      .duplicateContentLength),
    Case("Content-Length and an empty one", field("Content-Length: 5\r\nContent-Length:"), .duplicateContentLength),
    Case("Content-Length 0 and another", field("Content-Length: 0\r\nContent-Length: 5"), .duplicateContentLength),
    Case(
      "Content-Length three times", field("Content-Length: 5\r\nContent-Length: 5\r\nContent-Length: 5"),
      .duplicateContentLength),
    Case("Content-Length list and line", field("Content-Length: 5, 5\r\nContent-Length: 5"), .invalidContentLength),
    Case(
      "Content-Length of 21 zeros and a sign", field("Content-Length: 000000000000000000000-5"), .invalidContentLength),
    Case("Content-Length 2^32 + 5", field("Content-Length: 4294967301"), .bodyTooLarge),
    Case(
      "Content-Length of a GET that lies", "GET / HTTP/1.1\r\nHost: h\r\nContent-Length: -1\r\n\r\n",
      .invalidContentLength),
    Case("full-width digit as Content-Length", field("Content-Length: \u{EF}\u{BC}\u{95}"), .invalidContentLength),
    Case("Content-Length with NUL", field("Content-Length: 5\0"), .invalidFieldValue),
    Case("Content-Length with vertical tab", field("Content-Length: \u{0B}5"), .invalidFieldValue),
    Case("Content-Length with form feed", field("Content-Length: 5\u{0C}"), .invalidFieldValue),
    Case("Content-Length folded", field("Content-Length:\r\n 5"), .invalidContentLength),
    Case("Content-Length continued", field("Content-Length: 1\r\n 0"), .lineFolding),
    Case("Content-Length with a space before the colon", field("Content-Length : 5"), .whitespaceBeforeColon),
    Case("Content-Length and bare CR", field("Content-Length: 5\rContent-Length: 6"), .bareCarriageReturn),
    Case("Content-Length one beyond the limit", field("Content-Length: 1048577"), .bodyTooLarge),
    Case("Content-Length of 63 bits", field("Content-Length: 9223372036854775807"), .bodyTooLarge),
    Case("Content-Length of 64 bits", field("Content-Length: 9223372036854775808"), .contentLengthOverflow),
    Case("Content-Length 2^64 + 5", field("Content-Length: 18446744073709551621"), .contentLengthOverflow),
    Case(
      "Content-Length of forty digits", field("Content-Length: " + String(repeating: "9", count: 40)),
      .contentLengthOverflow),

    Case(
      "chunked and Content-Length", field("Transfer-Encoding: chunked\r\nContent-Length: 5"),
      .transferEncodingWithContentLength),
    Case(
      "Content-Length and chunked", field("Content-Length: 5\r\nTransfer-Encoding: chunked"),
      .transferEncodingWithContentLength),
    Case(
      "Content-Length 0 and chunked", field("Content-Length: 0\r\nTransfer-Encoding: chunked"),
      .transferEncodingWithContentLength),
    Case(
      "huge Content-Length and chunked", field("Content-Length: 99999999\r\nTransfer-Encoding: chunked"),
      .transferEncodingWithContentLength),
    Case(
      "Content-Length and gzip", field("Content-Length: 5\r\nTransfer-Encoding: gzip"),
      .transferEncodingWithContentLength),
    Case(
      "Content-Length and identity", field("Content-Length: 5\r\nTransfer-Encoding: identity"),
      .transferEncodingWithContentLength),
    Case(
      "Content-Length and gzip, chunked", field("Content-Length: 5\r\nTransfer-Encoding: gzip, chunked"),
      .transferEncodingWithContentLength),
    Case("chunked in HTTP/1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", .transferEncodingInHTTP10),
    Case(
      "chunked in HTTP/1.0 with keep-alive",
      "POST / HTTP/1.0\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n", .transferEncodingInHTTP10),
    Case(
      "gzip, chunked in HTTP/1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
      .transferEncodingInHTTP10),
    Case(
      "both in HTTP/1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n",
      .transferEncodingWithContentLength),
    Case(
      "identity and chunked in HTTP/1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: identity\r\n\r\n",
      .transferEncodingInHTTP10),
    Case(
      "chunked, Content-Length, chunked",
      field("Transfer-Encoding: chunked\r\nContent-Length: 5\r\nTransfer-Encoding: chunked"),
      .duplicateTransferEncoding),
    Case(
      "chunked and an empty line of it", field("Transfer-Encoding: chunked\r\nTransfer-Encoding:"),
      .duplicateTransferEncoding),
    Case(
      "chunked twice", field("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked"), .duplicateTransferEncoding),
    Case(
      "chunked, then identity", field("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity"),
      .duplicateTransferEncoding),
    Case(
      "gzip line, then chunked line", field("Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked"),
      .duplicateTransferEncoding),
    Case("chunked with NUL", field("Transfer-Encoding: chunked\0"), .invalidFieldValue),
    Case("chunked after a vertical tab", field("Transfer-Encoding: \u{0B}chunked"), .invalidFieldValue),
    Case("chunked after a form feed", field("Transfer-Encoding: \u{0C}chunked"), .invalidFieldValue),
    Case("chunked folded", field("Transfer-Encoding:\r\n chunked"), .invalidTransferEncoding),
    Case("chunked continued", field("Transfer-Encoding: chun\r\n ked"), .lineFolding),
    Case("chunked before a fold", field("Transfer-Encoding: chunked\r\n "), .lineFolding),
    Case(
      "Transfer-Encoding with a space before the colon", field("Transfer-Encoding : chunked"), .whitespaceBeforeColon),
    Case(
      "Transfer-Encoding with a tab before the colon", field("Transfer-Encoding\t: chunked"), .whitespaceBeforeColon),
    Case("Transfer-Encoding after a space", field(" Transfer-Encoding: chunked"), .lineFolding),
    Case("Transfer-Encoding after LF", field("A: b\nTransfer-Encoding: chunked"), .bareLineFeed),
    Case("Transfer-Encoding after CR", field("A: b\rTransfer-Encoding: chunked"), .bareCarriageReturn),
    Case("Transfer-Encoding with NUL in the name", field("Transfer-Encoding\0: chunked"), .invalidFieldName),
    Case("Transfer Encoding", field("Transfer Encoding: chunked"), .whitespaceBeforeColon),
    Case("gzip, chunked", field("Transfer-Encoding: gzip, chunked"), .unknownTransferCoding),
    Case("gzip,chunked in capitals", field("Transfer-Encoding: GZIP,CHUNKED"), .unknownTransferCoding),
    Case("identity, chunked", field("Transfer-Encoding: identity, chunked"), .unknownTransferCoding),
  ]
  + [
    "gzip", "identity", "deflate", "compress", "x", "xchunked", "chunkedx", "chunke", "x-chunked", "chunked-x", "cow",
    "chunked, gzip",
    "chunked, identity", "chunked, chunked", "chunked,chunked", "gzip, chunked, identity", "gzip, identity",
  ].map { Case("Transfer-Encoding: \($0)", field("Transfer-Encoding: " + $0), .transferEncodingWithoutFinalChunked) }
  + [
    "", " ", ",", ",chunked", ", chunked", "chunked,", "chunked, ", "chunked , ", "gzip,,chunked", "\"chunked\"",
    "'chunked' x",
    "chunked;", "chunked;q=1", "chunked; a=b", "gzip;q=0.5, chunked", "chunked chunked", "chun ked", "chunked\tx",
    "chunked=1",
    "chunked/1", "(chunked)", "[chunked]", "chunked\u{A0}", "\u{A0}chunked", "\u{FF}chunked", "chunked:", "{chunked}",
  ].map { Case("Transfer-Encoding: \($0)", field("Transfer-Encoding: " + $0), .invalidTransferEncoding) }
