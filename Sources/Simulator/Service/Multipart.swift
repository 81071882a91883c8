// SPDX-License-Identifier: Apache-2.0

/// The parts of a multipart/form-data body (RFC 7578) by name, as far as the stream upload needs them.
struct Multipart {
  struct Part {
    let fileName: String?
    let content: Range<Int>
  }

  private(set) var parts: [String: Part] = [:]

  /// `nil` when the content type names no boundary or the body does not keep to it.
  init?(_ body: [UInt8], contentType: String) {
    guard let boundary = Self.parameter("boundary", in: contentType), !boundary.isEmpty else { return nil }
    let delimiter = Array("\r\n--\(boundary)".utf8)
    // The first delimiter may do without the line end before it.
    guard body.starts(with: delimiter.dropFirst(2)) else { return nil }
    var position = delimiter.count - 2
    while !body[position...].starts(with: "--".utf8) {
      guard
        let head = Self.place(of: Array("\r\n\r\n".utf8), in: body, from: position),
        let end = Self.place(of: delimiter, in: body, from: head + 4)
      else { return nil }
      add(String(decoding: body[position..<head], as: UTF8.self), head + 4..<end)
      position = end + delimiter.count
    }
  }

  private mutating func add(_ head: String, _ content: Range<Int>) {
    let disposition = head.split(separator: "\r\n").first { $0.lowercased().hasPrefix("content-disposition:") }
    guard let disposition, let name = Self.parameter("name", in: String(disposition)) else { return }
    parts[name] = Part(fileName: Self.parameter("filename", in: String(disposition)), content: content)
  }

  /// A field as text.
  func text(_ name: String, in body: [UInt8]) -> String? {
    parts[name].map { String(decoding: body[$0.content], as: UTF8.self) }
  }

  private static func parameter(_ name: String, in value: String) -> String? {
    for piece in value.split(separator: ";").dropFirst() {
      let pair = piece.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard pair.count == 2, pair[0].drop(while: { $0 == " " }).lowercased() == name else { continue }
      let text = pair[1]
      let isQuoted = text.count >= 2 && text.hasPrefix("\"") && text.hasSuffix("\"")
      return String(isQuoted ? text.dropFirst().dropLast() : text)
    }
    return nil
  }

  private static func place(of pattern: [UInt8], in body: [UInt8], from start: Int) -> Int? {
    guard body.count >= pattern.count, start <= body.count - pattern.count else { return nil }
    return (start...body.count - pattern.count).first { place in
      body[place] == pattern[0] && body[place..<place + pattern.count].elementsEqual(pattern)
    }
  }
}
