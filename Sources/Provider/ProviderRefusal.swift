// SPDX-License-Identifier: Apache-2.0

/// The provider's "no", in its own words.
package struct ProviderRefusal: Hashable, Sendable {
  /// Who may send the same request again.
  package enum Retry: Hashable, Sendable {
    /// Nothing was made, and the cause passes: the submitter may try again after a while.
    case later
    /// Nothing was made, and the cause stays until somebody changes something.
    case byUser
    /// The provider failed at the request (500) and does not say how far it came: never again by itself.
    case unclear
  }

  /// What the code stands for.
  package enum Kind: Hashable, Sendable {
    case unauthorized
    case insufficientCredits
    case notFound
    case invalidInput
    case rateLimited
    case maintenance
    case queueFull
    case generationFailed
    case featureDisabled
    case serverError
    case other
  }

  /// The code in the body; where there was none, the HTTP status.
  package let code: Int
  /// Free text, up to 1000 characters; empty if there was none.
  package let message: String
  package let httpStatus: Int
  package let retry: Retry
  /// The body as it came.
  package let raw: [UInt8]

  /// By the code alone: texts vary (missing credits have come under 500 and 429 too) and are only for people.
  package var kind: Kind {
    switch code {
    case 401, 403: .unauthorized
    case 402: .insufficientCredits
    case 404: .notFound
    case 400, 413, 422: .invalidInput
    case 429: .rateLimited
    case 455: .maintenance
    case 550: .queueFull
    case 501, 531: .generationFailed
    case 505: .featureDisabled
    case 500: .serverError
    default: .other
    }
  }

  /// Whether the provider's answer is proof that nothing was made.
  package var isDefinite: Bool { retry != .unclear }
}

extension ProviderRefusal: CustomStringConvertible {
  package var description: String {
    let words =
      switch kind {
      case .unauthorized: "the provider does not accept the API key"
      case .insufficientCredits: "the provider's account has too few credits"
      case .notFound: "the provider does not know what was asked for"
      case .invalidInput: "the provider does not accept the input"
      case .rateLimited: "the provider's rate limit is reached"
      case .maintenance: "the provider is under maintenance"
      case .queueFull: "the provider's queue is full"
      case .generationFailed: "the generation failed"
      case .featureDisabled: "the provider has switched this feature off"
      case .serverError: "the provider failed at the request"
      case .other: "the provider refused"
      }
    return message.isEmpty ? "\(words) (code \(code))" : "\(words) (code \(code)): \(message)"
  }
}
