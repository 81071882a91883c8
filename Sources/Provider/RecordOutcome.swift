// SPDX-License-Identifier: Apache-2.0

package import Callbacks
internal import HTTPClient
internal import JSON

/// How a recordInfo call ended.
package enum RecordOutcome: Sendable {
  /// The provider's own record of the task, and the answer as it came.
  case record(TaskReport, raw: [UInt8])
  /// The provider does not know the task; for up to 90 seconds after its creation that means "not yet".
  case notFound(raw: [UInt8])
  /// The provider refused the question (key, rate, maintenance): says nothing about the task.
  case refused(ProviderRefusal)
  /// An answer that cannot be read as the record of this task: ask again later, and do not hold it against the task.
  case unparseable(raw: [UInt8])
  /// No answer from the provider itself: transport, gateway or a fault of its own.
  case unavailable(String)
}

extension RecordOutcome {
  init(_ result: Result<Envelope, HTTPClientError>, taskID: String) {
    switch result {
    case .failure(let error): self = .unavailable("\(error)")
    case .success(let envelope): self.init(envelope, taskID: taskID)
    }
  }

  /// A record in the data counts whatever the code beside it says: failed tasks have been announced under 501.
  ///
  /// Not found, in all its variants: 404; 422 ("recordInfo is null", "Record does not exist"), which for this call can only
  /// mean the task; 200 with data that is null.
  private init(_ envelope: Envelope, taskID: String) {
    if envelope.data?.object != nil {
      self = .reading(envelope, taskID: taskID)
      return
    }
    switch (envelope.code ?? envelope.httpStatus, envelope.verdict) {
    case (404, _), (422, _): self = .notFound(raw: envelope.raw)
    case (_, .refused(.later)), (_, .refused(.byUser)):
      self = envelope.refusal.map(RecordOutcome.refused) ?? .unavailable(envelope.summary)
    case (_, .done): self = envelope.data == nil ? .notFound(raw: envelope.raw) : .unparseable(raw: envelope.raw)
    case (200..<300, .unknown): self = .unparseable(raw: envelope.raw)
    default: self = .unavailable(envelope.message.map { "\(envelope.summary): \($0.prefix(200))" } ?? envelope.summary)
    }
  }

  /// The code of a record is about the question, not about the task, so it must not stand in for a missing state: read
  /// as a progress callback, whose code does not either.
  ///
  /// The record of another task would be taken for the truth about this one, so it counts as unreadable.
  private static func reading(_ envelope: Envelope, taskID: String) -> RecordOutcome {
    var reader = TaskReportReader()
    guard let report = try? reader.read(envelope.raw.span, kind: .progress),
      report.providerTaskID.utf8.elementsEqual(taskID.utf8)
    else { return .unparseable(raw: envelope.raw) }
    return .record(report, raw: envelope.raw)
  }
}
