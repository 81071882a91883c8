// SPDX-License-Identifier: Apache-2.0

internal import JSON

/// The profiles that the program knows, by model.
package struct ModelProfiles: Sendable {
  private var byModel: [String: ModelProfile] = [:]

  /// The profiles that are part of the program.
  package static let embedded = ModelProfiles(
    embeddedProfiles.map { file, text in
      do {
        return try ModelProfile(JSON.parse(text))
      } catch {
        // The files are ours, and a test reads each of them.
        preconditionFailure("embedded profile \(file): \(error)")
      }
    })

  /// Of several profiles for one model the last counts.
  package init(_ profiles: [ModelProfile]) {
    for profile in profiles { byModel[profile.model] = profile }
  }

  /// These profiles, with those of the operator in place of or beside them.
  package func overridden(by profiles: [ModelProfile]) -> ModelProfiles {
    var result = self
    for profile in profiles { result.byModel[profile.model] = profile }
    return result
  }

  /// The described models in alphabetical order.
  package var models: [String] { byModel.keys.sorted() }

  /// The profile of a model, or one that takes any object: the provider has far more models than anyone describes.
  package func profile(for model: String) -> ModelProfile { byModel[model] ?? ModelProfile(unknown: model) }
}
