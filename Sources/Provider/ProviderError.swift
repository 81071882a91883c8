// SPDX-License-Identifier: Apache-2.0

package import HTTPClient

/// Why a call that may safely be repeated (credits, links, uploads) gave nothing.
package enum ProviderError: Error, Hashable, Sendable {
  case refused(ProviderRefusal)
  /// The provider, or something in front of it, answered with neither a result nor a refusal; the answer in a few words.
  case unavailable(String)
  /// The answer says that it went well, but the result is not in it; what is missing.
  case malformed(String)
  case transport(HTTPClientError)
}

extension ProviderError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .refused(let refusal): "\(refusal)"
    case .unavailable(let answer): "the provider is not available (\(answer))"
    case .malformed(let detail): "the provider's answer is not understood: \(detail)"
    case .transport(let error): "the provider was not reached: \(error)"
    }
  }
}
