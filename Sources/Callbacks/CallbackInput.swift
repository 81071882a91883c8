// SPDX-License-Identifier: Apache-2.0

/// Where the parts of a callback stand in the bytes of the request's head.
package struct CallbackInput: Hashable, Sendable {
  /// Which address was called.
  package var kind: CallbackKind
  /// The path segment that holds the token; `nil` on the shared address.
  package var token: Range<Int>?
  /// The value of `X-Webhook-Timestamp`, without white space around it; `nil` if there is none.
  package var timestamp: Range<Int>?
  /// The value of `X-Webhook-Signature`, without white space around it; `nil` if there is none.
  package var signature: Range<Int>?

  /// A callback with these parts.
  package init(
    kind: CallbackKind, token: Range<Int>? = nil, timestamp: Range<Int>? = nil, signature: Range<Int>? = nil
  ) {
    self.kind = kind
    self.token = token
    self.timestamp = timestamp
    self.signature = signature
  }
}
