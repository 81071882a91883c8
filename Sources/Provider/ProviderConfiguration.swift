// SPDX-License-Identifier: Apache-2.0

package import HTTPClient

/// Where the provider is and who we are to it.
package struct ProviderConfiguration: Sendable {
  /// The API's origin, with or without a trailing slash.
  package var url: String
  /// The origin of the upload API, which is another host (the provider's OpenAPI files name the wrong one).
  package var uploadURL: String
  package var apiKey: Secret
  /// For every call but uploads.
  package var timeouts: HTTPClientTimeouts
  /// For uploads, which may take as long as they keep moving.
  package var uploadTimeouts: HTTPClientTimeouts

  package static let defaultURL = "https://api.kie.ai"
  package static let defaultUploadURL = "https://kieai.redpandaai.co"

  package init(
    url: String = Self.defaultURL, uploadURL: String = Self.defaultUploadURL, apiKey: Secret,
    timeouts: HTTPClientTimeouts = HTTPClientTimeouts(),
    uploadTimeouts: HTTPClientTimeouts = HTTPClientTimeouts(total: .seconds(900))
  ) {
    self.url = url
    self.uploadURL = uploadURL
    self.apiKey = apiKey
    self.timeouts = timeouts
    self.uploadTimeouts = uploadTimeouts
  }
}
