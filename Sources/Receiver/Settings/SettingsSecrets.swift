// SPDX-License-Identifier: Apache-2.0

import Provider

extension Settings {
  /// The `Authorization` field of a call of the local API (RFC 6750 section 2.1); nil without a token.
  package var apiAuthorization: String? {
    api.token.map { "Bearer \($0.reveal())" }
  }

  /// Puts one key in place of all HMAC keys.
  package mutating func useOnly(hmacKey: String) {
    callbacks.hmacKeys = [Secret(hmacKey)]
  }
}
