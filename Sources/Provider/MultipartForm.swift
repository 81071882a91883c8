// SPDX-License-Identifier: Apache-2.0

/// A `multipart/form-data` body (RFC 7578).
struct MultipartForm {
  private let boundary: String
  private var body: [UInt8] = []

  /// - Parameter boundary: must not occur in any part; 128 random bits do not.
  init(boundary: String = "form-\(UInt64.random(in: 0 ... .max))-\(UInt64.random(in: 0 ... .max))") {
    self.boundary = boundary
  }

  var contentType: String { "multipart/form-data; boundary=\(boundary)" }

  mutating func append(field name: String, _ value: String) {
    append("Content-Disposition: form-data; name=\"\(escaped(name))\"", Array(value.utf8))
  }

  mutating func append(file field: String, name: String, type: String, _ bytes: [UInt8]) {
    append(
      "Content-Disposition: form-data; name=\"\(escaped(field))\"; filename=\"\(escaped(name))\"\r\n"
        + "Content-Type: \(escaped(type))", bytes)
  }

  func encoded() -> [UInt8] { body + Array("--\(boundary)--\r\n".utf8) }

  private mutating func append(_ head: String, _ bytes: [UInt8]) {
    body += Array("--\(boundary)\r\n\(head)\r\n\r\n".utf8)
    body += bytes
    body += [0x0D, 0x0A]
  }
}

/// As browsers do: what could end a quoted string or a line is percent-encoded.
private func escaped(_ text: String) -> String {
  var result = ""
  for scalar in text.unicodeScalars {
    switch scalar {
    case "\"": result += "%22"
    case "\r": result += "%0D"
    case "\n": result += "%0A"
    default: result.unicodeScalars.append(scalar)
    }
  }
  return result
}
