// SPDX-License-Identifier: Apache-2.0

internal import HTTP1
internal import Server

/// What every answer of the local API tells a browser, should one ask: keep nothing, guess nothing, show it in no frame,
/// load and run nothing for it, tell no other site of it. An answer with a policy of its own says it instead.
enum APIFields {
  static let standing = StandingFields([
    ResponseHead.Field("Cache-Control", "no-store"),
    ResponseHead.Field("X-Content-Type-Options", "nosniff"),
    ResponseHead.Field("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
    ResponseHead.Field("X-Frame-Options", "DENY"),
    ResponseHead.Field("Referrer-Policy", "no-referrer"),
    ResponseHead.Field("Cross-Origin-Resource-Policy", "same-origin"),
  ])
}
