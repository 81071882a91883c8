// SPDX-License-Identifier: Apache-2.0

/// What a code means for the question "was something made that costs money?". Only a definite refusal permits another try.
///
/// | code in the body                | verdict           | why                                                                |
/// |---------------------------------|-------------------|--------------------------------------------------------------------|
/// | 200                             | done              | the call's own data must bear it out                               |
/// | 429, 455, 550                   | refused, later    | rate, maintenance, queue full: "refused, not queued"               |
/// | 400 401 402 404 422, other 4xx  | refused, by user  | key, credits, model or input: the same again is refused again      |
/// | 501 505 531                     | refused, by user  | generation failed, feature disabled: an end, and not for machines  |
/// | 500                             | refused, unclear  | input errors hide there, but so do faults after the work began     |
/// | 408, 409, 499                   | unknown           | silence upstream, or a double: the work may be going on            |
/// | 502 503 504, any other          | unknown           | a gateway's word, or nobody's                                      |
///
/// | HTTP status without such a code | verdict           | why                                                                |
/// |---------------------------------|-------------------|--------------------------------------------------------------------|
/// | 2xx                             | unknown           | taken by something that does not speak the API                     |
/// | 301 307 308                     | refused, by user  | not acted upon (RFC 9110, 15.4): the address is wrong               |
/// | 429                             | refused, later    | as above                                                           |
/// | other 4xx, but 408 409 499      | refused, by user  | turned away at the door                                            |
/// | 5xx and the rest                | unknown           | Cloudflare's HTML says nothing about the origin                    |
enum Verdict: Hashable, Sendable {
  case done
  case refused(ProviderRefusal.Retry)
  case unknown

  init(code: Int) {
    switch code {
    case 200: self = .done
    case 429, 455, 550: self = .refused(.later)
    case 408, 409, 499: self = .unknown
    case 400...499, 501, 505, 531: self = .refused(.byUser)
    case 500: self = .refused(.unclear)
    default: self = .unknown
    }
  }

  init(httpStatus: Int) {
    switch httpStatus {
    case 429: self = .refused(.later)
    case 408, 409, 499: self = .unknown
    case 301, 307, 308, 400...499: self = .refused(.byUser)
    default: self = .unknown
    }
  }
}
