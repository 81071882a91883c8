// SPDX-License-Identifier: Apache-2.0

package import JSON

/// What the doctor found about one precondition.
package struct Finding: Hashable, Sendable {
  package enum Status: String, Sendable {
    case ok
    /// Works, but not as well as it could, or could not be looked at.
    case warning
    /// Something that people rely on does not work.
    case fault
  }

  /// Which precondition.
  package let check: String
  package let status: Status
  /// What is the case, in plain words.
  package let detail: String
  /// What to do about it; `nil` if nothing is to be done.
  package let remedy: String?

  package static func ok(_ check: String, _ detail: String) -> Finding {
    Finding(check: check, status: .ok, detail: detail, remedy: nil)
  }

  package static func warning(_ check: String, _ detail: String, remedy: String) -> Finding {
    Finding(check: check, status: .warning, detail: detail, remedy: remedy)
  }

  package static func fault(_ check: String, _ detail: String, remedy: String) -> Finding {
    Finding(check: check, status: .fault, detail: detail, remedy: remedy)
  }

  package var json: JSON {
    JSON.object(
      JSONObject([
        ("check", .string(check)), ("status", .string(status.rawValue)), ("detail", .string(detail)),
        ("remedy", remedy.map { .string($0) } ?? .null),
      ]))
  }
}

extension [Finding] {
  package var isWell: Bool { allSatisfy { $0.status != .fault } }

  /// `{"ok":…, "findings":[…]}`
  package var json: JSON {
    JSON.object(JSONObject([("ok", .bool(isWell)), ("findings", .array(map(\.json)))]))
  }
}
