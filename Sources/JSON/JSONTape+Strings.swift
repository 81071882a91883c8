// SPDX-License-Identifier: Apache-2.0

/// What is written between quotation marks. Every function takes the bytes that were parsed; with other bytes it may
/// trap or answer nonsense.
extension JSONTape {
  /// Whether the string is written with at least one escape, so that its contents are not its characters.
  /// `false` if it is no string.
  package func hasEscapes(_ node: JSONNode) -> Bool {
    let token = tokens[node.index]
    return token.kind == .string && token.flag
  }

  /// The string, decoded; `nil` if the value is no string.
  package func string(_ node: JSONNode, in bytes: Span<UInt8>) -> String? {
    let token = tokens[node.index]
    guard token.kind == .string else { return nil }
    let contents = bytes.extracting(Int(token.start) + 1..<Int(token.end) - 1)
    if token.flag { return Self.decoded(contents) }
    guard let utf8 = try? UTF8Span(validating: contents) else {
      preconditionFailure("not the bytes that were parsed")
    }
    return String(copying: utf8)
  }

  private static func decoded(_ contents: Span<UInt8>) -> String {
    var decoded: [UInt8] = []
    Unescape.append(contents, to: &decoded)
    return String(decoding: decoded, as: UTF8.self)
  }

  /// Whether the value is a string that stands for exactly the characters of `text`, however it is written.
  package func stringEquals(_ node: JSONNode, _ text: String, in bytes: Span<UInt8>) -> Bool {
    guard let range = contents(of: node) else { return false }
    let utf8 = text.utf8
    return Self.contents(bytes.extracting(range), hasEscapes: hasEscapes(node), equal: utf8.span)
  }

  /// Appends the string, decoded, as UTF-8.
  ///
  /// - Returns: `false`, and nothing appended, if the value is no string.
  @discardableResult
  package func appendString(_ node: JSONNode, in bytes: Span<UInt8>, to output: inout [UInt8]) -> Bool {
    guard let range = contents(of: node) else { return false }
    if hasEscapes(node) {
      Unescape.append(bytes.extracting(range), to: &output)
    } else {
      output.append(copying: bytes.extracting(range))
    }
    return true
  }

  static func contents(_ contents: Span<UInt8>, hasEscapes: Bool, equal utf8: Span<UInt8>) -> Bool {
    if hasEscapes { return Unescape.equals(contents, utf8) }
    guard contents.count == utf8.count else { return false }
    for i in utf8.indices where contents[i] != utf8[i] { return false }
    return true
  }
}
