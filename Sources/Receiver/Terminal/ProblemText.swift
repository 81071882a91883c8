// SPDX-License-Identifier: Apache-2.0

package import JSON

/// An answer of the local API that is no success, in plain words.
package struct ProblemText: Hashable, Sendable {
  /// What happened, then each validation error by its pointer.
  package let lines: [String]

  /// - Parameters:
  ///   - status: the HTTP status.
  ///   - body: the `application/problem+json` body (RFC 9457); nil if the body was no JSON.
  package init(status: Int, body: JSON?) {
    let words = [body?["detail"], body?["title"]].compactMap { $0?.string }.first { !$0.isEmpty }
    let reason = words ?? "the server answered with HTTP status \(status)"
    let request = body?["requestId"]?.string.map { " (request \($0))" } ?? ""
    let errors = (body?["errors"]?.array ?? []).map { error in
      let pointer = error["pointer"]?.string ?? ""
      let message = error["message"]?.string ?? error.description
      return pointer.isEmpty ? "  \(message)" : "  \(pointer): \(message)"
    }
    lines = ([reason + request] + errors).map(\.withoutControls)
  }
}
