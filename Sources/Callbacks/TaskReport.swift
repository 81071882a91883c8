// SPDX-License-Identifier: Apache-2.0

/// What one message of the provider says about one task, whatever product it came from and in whatever shape.
///
/// A claim, not a state: what follows from it is for the ledger to decide.
package struct TaskReport: Hashable, Sendable {
  /// Whether there was a result text that is not JSON, so that addresses may be missing here.
  package var hasMalformedResult: Bool
  /// The provider's own name of the task: opaque, 1 to 256 bytes of UTF-8 without control characters.
  package var providerTaskID: String
  /// The model, as the provider spells it.
  package var model: String?
  /// The state, read from the body's own word or, where the product has none, from its verdict; `nil` if it says neither.
  package var state: ProviderState?
  /// Percent done, 0 to 100.
  package var progress: Int?
  /// The progress exactly as written (a string without its quotes), also where ``progress`` cannot be told from it.
  package var progressText: String?
  /// Addresses of the results as written, in the order of each list and without repetition; at most 256.
  package var urls: TextList
  /// Addresses of watermarked copies of the results, likewise.
  package var watermarkURLs: TextList
  /// A result that is not a list of files, as compact JSON text.
  package var object: String?
  /// The failure code as text (the provider writes strings and numbers).
  package var failureCode: String?
  /// The failure message: free text.
  package var failureMessage: String?
  /// Credits consumed, as the decimal text that the provider wrote.
  package var credits: String?
  /// The envelope's verdict: 200 is good.
  package var code: Int?
  /// The envelope's message: free text.
  package var message: String?
  /// When the provider made the task, in milliseconds since 1970.
  package var createdMilliseconds: Int64?
  /// When the provider ended the task, in milliseconds since 1970.
  package var completedMilliseconds: Int64?
  /// The provider's `costTime` as written; sources disagree on whether it is seconds or milliseconds.
  package var costTime: String?
}

extension TaskReport {
  /// A report of these parts.
  package init(
    providerTaskID: String, model: String? = nil, state: ProviderState? = nil, progress: Int? = nil,
    progressText: String? = nil, urls: TextList = [], watermarkURLs: TextList = [], object: String? = nil,
    failureCode: String? = nil, failureMessage: String? = nil, credits: String? = nil, code: Int? = nil,
    message: String? = nil, createdMilliseconds: Int64? = nil, completedMilliseconds: Int64? = nil,
    costTime: String? = nil, hasMalformedResult: Bool = false
  ) {
    self.init(
      hasMalformedResult: hasMalformedResult, providerTaskID: providerTaskID, model: model, state: state,
      progress: progress, progressText: progressText, urls: urls, watermarkURLs: watermarkURLs, object: object,
      failureCode: failureCode, failureMessage: failureMessage, credits: credits, code: code, message: message,
      createdMilliseconds: createdMilliseconds, completedMilliseconds: completedMilliseconds, costTime: costTime)
  }
}
