// SPDX-License-Identifier: Apache-2.0

internal import CCurl

extension HTTPClientError.Reason {
  /// libcurl's verdict in our words. `detail` is its own text, which names hosts and ports but never headers or bodies.
  init(_ code: CURLcode, detail: String, mayHaveLeft: Bool, usesProxy: Bool) {
    switch code {
    case CURLE_URL_MALFORMAT: self = .invalidRequest(detail)
    case CURLE_UNSUPPORTED_PROTOCOL: self = mayHaveLeft ? .malformedAnswer(detail) : .invalidRequest(detail)
    case CURLE_COULDNT_RESOLVE_HOST: self = .nameNotResolved(detail)
    case CURLE_COULDNT_CONNECT: self = .connectionFailed(detail)
    case CURLE_COULDNT_RESOLVE_PROXY, CURLE_PROXY: self = .proxyFailed(detail)
    case CURLE_OPERATION_TIMEDOUT: self = .timedOut
    case CURLE_PARTIAL_FILE: self = .truncated
    case CURLE_WEIRD_SERVER_REPLY, CURLE_BAD_CONTENT_ENCODING: self = .malformedAnswer(detail)
    case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CACERT_BADFILE, CURLE_SSL_CERTPROBLEM,
      CURLE_SSL_CIPHER, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_CRL_BADFILE, CURLE_SSL_INVALIDCERTSTATUS,
      CURLE_SSL_CLIENTCERT:
      self = .tlsFailed(detail)
    case CURLE_SEND_ERROR, CURLE_RECV_ERROR, CURLE_GOT_NOTHING, CURLE_HTTP2, CURLE_HTTP2_STREAM:
      // Before the request there is only the handshake with a proxy to break.
      self = mayHaveLeft ? .connectionLost(detail) : usesProxy ? .proxyFailed(detail) : .connectionFailed(detail)
    default: self = .other(code: Int(code.rawValue), detail)
    }
  }
}
