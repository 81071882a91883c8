// SPDX-License-Identifier: Apache-2.0

/// Why a request was refused. After a fault the place where the next message begins is unknown, so the connection must be
/// closed once the answer is sent (RFC 9112, 9.6).
package enum HTTPFault: Error, Hashable, Sendable, CaseIterable {
  /// The first byte is that of a TLS record: the peer speaks HTTPS to a plain port.
  case tlsOnPlainPort

  case tooManyEmptyLines
  case bareCarriageReturn
  case bareLineFeed

  case invalidMethod
  case methodTooLong
  case invalidTarget
  case invalidAuthority
  case targetFormNotForMethod
  case invalidVersion
  case unsupportedVersion
  case requestLineTooLong

  case whitespaceBeforeFirstField
  case lineFolding
  case emptyFieldName
  case invalidFieldName
  case whitespaceBeforeColon
  case missingColon
  case invalidFieldValue
  case tooManyFields
  case headTooLarge

  case missingHost
  case duplicateHost
  case invalidHost
  case invalidConnection
  case unknownExpectation

  case invalidContentLength
  case contentLengthOverflow
  case duplicateContentLength
  case invalidTransferEncoding
  case duplicateTransferEncoding
  case transferEncodingWithoutFinalChunked
  case transferEncodingInHTTP10
  case transferEncodingWithContentLength
  case unknownTransferCoding
  case bodyTooLarge

  case invalidChunkSize
  case chunkSizeOverflow
  case invalidChunkExtension
  case chunkLineTooLong
  case chunkExtensionsTooLarge
  case invalidChunkEnd
  case forbiddenTrailer
  case tooManyTrailers
  case trailersTooLarge

  /// The status code to answer with: 400, 413, 414, 417, 431, 501 or 505.
  package var status: Int {
    switch self {
    case .bodyTooLarge: 413
    case .requestLineTooLong: 414
    case .unknownExpectation: 417
    case .tooManyFields, .headTooLarge, .tooManyTrailers, .trailersTooLarge: 431
    case .unknownTransferCoding, .methodTooLong: 501
    case .unsupportedVersion: 505
    default: 400
    }
  }

  /// One line for the log; it never contains a byte of the request.
  package var reason: StaticString {
    switch self {
    case .tlsOnPlainPort: "a TLS record on a plain HTTP port"
    case .tooManyEmptyLines: "too many empty lines before the request line"
    case .bareCarriageReturn: "a carriage return without a line feed"
    case .bareLineFeed: "a line feed without a carriage return"
    case .invalidMethod: "the method is not a token"
    case .methodTooLong: "the method is longer than any method"
    case .invalidTarget: "the request target is not in one of the four forms"
    case .invalidAuthority: "the authority of the request target is not valid"
    case .targetFormNotForMethod: "the request target has a form that this method does not take"
    case .invalidVersion: "the HTTP version is malformed"
    case .unsupportedVersion: "the major HTTP version is not 1"
    case .requestLineTooLong: "the request line is too long"
    case .whitespaceBeforeFirstField: "whitespace between the request line and the first field"
    case .lineFolding: "a folded field line"
    case .emptyFieldName: "a field line without a name"
    case .invalidFieldName: "a field name is not a token"
    case .whitespaceBeforeColon: "whitespace between a field name and its colon"
    case .missingColon: "a field line without a colon"
    case .invalidFieldValue: "a control character in a field value"
    case .tooManyFields: "too many fields"
    case .headTooLarge: "the head is too large"
    case .missingHost: "the Host field is missing"
    case .duplicateHost: "more than one Host field"
    case .invalidHost: "the Host field is not a host with an optional port"
    case .invalidConnection: "the Connection field is not a list of tokens"
    case .unknownExpectation: "an expectation other than 100-continue"
    case .invalidContentLength: "Content-Length is not a decimal number"
    case .contentLengthOverflow: "Content-Length has more than 63 bits"
    case .duplicateContentLength: "more than one Content-Length field"
    case .invalidTransferEncoding: "Transfer-Encoding is malformed"
    case .duplicateTransferEncoding: "more than one Transfer-Encoding field"
    case .transferEncodingWithoutFinalChunked: "chunked is not the one final transfer coding"
    case .transferEncodingInHTTP10: "Transfer-Encoding in HTTP/1.0"
    case .transferEncodingWithContentLength: "both Transfer-Encoding and Content-Length"
    case .unknownTransferCoding: "a transfer coding other than chunked"
    case .bodyTooLarge: "the body is too large"
    case .invalidChunkSize: "a chunk size is not a hexadecimal number"
    case .chunkSizeOverflow: "a chunk size has more than 63 bits"
    case .invalidChunkExtension: "a chunk extension is malformed"
    case .chunkLineTooLong: "a chunk-size line is too long"
    case .chunkExtensionsTooLarge: "too many chunk extensions"
    case .invalidChunkEnd: "chunk data does not end where its size says"
    case .forbiddenTrailer: "a trailer field that decides framing or routing"
    case .tooManyTrailers: "too many trailer fields"
    case .trailersTooLarge: "the trailer section is too large"
    }
  }
}
