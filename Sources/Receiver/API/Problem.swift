// SPDX-License-Identifier: Apache-2.0

package import HTTP1
package import JSON
package import Server

/// An error as RFC 9457 problem details.
package struct Problem: Sendable {
  package var status: Int
  /// What is wrong in this case, in plain words, with the remedy where there is one.
  package var detail: String
  /// Names the request in the log and, for callbacks, in `requests list`.
  package var requestID: String
  /// Further members.
  package var members: [(name: String, value: JSON)]
  package var fields: [ResponseHead.Field]

  package init(
    _ status: Int, _ detail: String, requestID: String, members: [(name: String, value: JSON)] = [],
    fields: [ResponseHead.Field] = []
  ) {
    self.status = status
    self.detail = detail
    self.requestID = requestID
    self.members = members
    self.fields = fields
  }

  /// The answer: `application/problem+json`, of the type `about:blank`, which the RFC gives to problems that the
  /// status alone tells apart.
  package var response: Response {
    var object = JSONObject()
    object.append("title", .string(ResponseWriter.reasonPhrase(status)))
    object.append("status", JSON(status))
    object.append("detail", .string(detail))
    object.append("requestId", .string(requestID))
    for member in members { object.append(member.name, member.value) }
    return Response(
      status: status,
      fields: [
        ResponseHead.Field("Content-Type", "application/problem+json"), ResponseHead.Field("Cache-Control", "no-store"),
      ]
        + fields,
      body: .bytes(JSON.object(object).compact()))
  }
}
